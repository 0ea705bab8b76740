#include "systemd/journal_socket.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace guardian::systemd {
namespace {

/// As much as libsystemd asks for: an entry names every address of its incident. More than the sysctl allows takes
/// CAP_NET_ADMIN.
constexpr int kLargestEntry = 8 * 1024 * 1024;

}  // namespace

void appendField(std::string& entry, std::string_view name, std::string_view value) {
  entry.append(name);
  if (value.find('\n') == std::string_view::npos) {
    entry += '=';
  } else {
    entry += '\n';
    for (unsigned shift = 0; shift < 64; shift += 8)
      entry += static_cast<char>(static_cast<std::uint64_t>(value.size()) >> shift & 0xffU);
  }
  entry.append(value);
  entry += '\n';
}

JournalSocket::JournalSocket() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUFFORCE, &kLargestEntry, sizeof kLargestEntry) < 0)
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &kLargestEntry, sizeof kLargestEntry);
}

/// By name each time: a journal that was started anew may have a new socket.
JournalSocket::Sent JournalSocket::send(const std::string& entry) const {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, "/run/systemd/journal/socket");
  if (::sendto(socket_.get(), entry.data(), entry.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&name),
               sizeof name) >= 0)
    return Sent::Yes;
  return errno == EAGAIN ? Sent::NoRoom : Sent::Nobody;
}

}  // namespace guardian::systemd
