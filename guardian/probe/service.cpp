#include <cerrno>

#include "guardian/util/handle.hpp"
#include "probe/socket.hpp"

namespace guardian::probe {
namespace {

constexpr std::size_t kStatusLine = 12;  // "HTTP/1.1 200"

Said no(int code) { return {Answer::No, std::strerror(code)}; }

/// Connected, or what happened instead.
Said connectTo(const Target& target, std::uint16_t port, Deadline deadline, Fd& fd) {
  const SocketAddress address(target, port);
  fd.reset(::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return {Answer::Unknown, std::strerror(errno)};
  if (::connect(fd.get(), address.get(), address.length) == 0) return {Answer::Yes, {}};
  if (errno == ENETUNREACH || errno == EADDRNOTAVAIL) return {Answer::Unknown, std::strerror(errno)};
  if (errno != EINPROGRESS) return no(errno);
  if (!waitFor(fd.get(), POLLOUT, deadline)) return no(ETIMEDOUT);
  int code = 0;
  socklen_t size = sizeof code;
  if (::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &code, &size) != 0) code = errno;
  return code == 0 ? Said{Answer::Yes, {}} : no(code);
}

std::string hostOf(const core::IpAddress& address) {
  return address.family == core::Family::IPv4 ? toString(address) : '[' + toString(address) + ']';
}

/// Up to the status; what follows is nobody's business here.
Said readStatus(const Fd& fd, Deadline deadline) {
  std::string line;
  while (line.size() < kStatusLine) {
    if (!waitFor(fd.get(), POLLIN, deadline)) return no(ETIMEDOUT);
    char piece[64];
    const ssize_t got = ::recv(fd.get(), piece, sizeof piece, 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return no(errno);
    if (got == 0) return {Answer::No, "the connection was closed without an answer"};
    line.append(piece, static_cast<std::size_t>(got));
  }
  const bool http = line.compare(0, 5, "HTTP/") == 0;
  if (http && (line[9] == '2' || line[9] == '3')) return {Answer::Yes, {}};
  return {Answer::No, http ? "the answer was " + line.substr(9, 3) : "the answer was not HTTP"};
}

}  // namespace

Said tcp(const Target& target, std::uint16_t port, Deadline deadline) {
  Fd fd;
  return connectTo(target, port, deadline, fd);
}

Said http(const Target& target, std::uint16_t port, const std::string& path, Deadline deadline) {
  Fd fd;
  Said connected = connectTo(target, port, deadline, fd);
  if (connected.answer != Answer::Yes) return connected;
  const std::string request = "GET " + path + " HTTP/1.0\r\nHost: " + hostOf(target.address) +
                              "\r\nUser-Agent: vip-guardian\r\nConnection: close\r\n\r\n";
  // It fits the socket's buffer: what is not taken at once is never taken.
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return no(errno);
  return readStatus(fd, deadline);
}

}  // namespace guardian::probe
