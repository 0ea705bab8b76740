// Echo requests through the kernel's ping sockets, which need no rights where the administrator allows it; root may
// always have a raw one.
#include <unistd.h>

#include <array>
#include <cerrno>

#include "guardian/util/handle.hpp"
#include "probe/echo.hpp"
#include "probe/socket.hpp"

namespace guardian::probe {
namespace {

constexpr std::chrono::milliseconds kBetween{200};

struct Pinger {
  Fd fd;
  bool raw = false;
  bool v6 = false;
  std::uint16_t id = 0;

  bool isAnswer(const std::uint8_t* data, std::size_t size) const {
    const auto answer = echoAnswer(v6, raw, data, size);
    // A ping socket has an identifier of its own, and gets nothing else.
    return answer && (!raw || answer->id == id);
  }
};

bool open(Pinger& pinger, int family) {
  const int protocol = pinger.v6 ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
  pinger.fd.reset(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (pinger.fd) return true;
  pinger.raw = true;
  pinger.fd.reset(::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  return static_cast<bool>(pinger.fd);
}

bool sawAnswer(const Pinger& pinger) {
  std::array<std::uint8_t, 512> data{};
  for (;;) {
    const ssize_t got = ::recv(pinger.fd.get(), data.data(), data.size(), 0);
    if (got < 0) return false;  // none left; or one that says that nobody is there, and the next may be answered
    if (pinger.isAnswer(data.data(), static_cast<std::size_t>(got))) return true;
  }
}

}  // namespace

Said ping(const Target& target, Deadline deadline) {
  const SocketAddress address(target, 0);
  Pinger pinger;
  pinger.v6 = target.address.family == core::Family::IPv6;
  pinger.id = static_cast<std::uint16_t>(::getpid());
  if (!open(pinger, address.family)) return {Answer::Unknown, "pinging takes root or net.ipv4.ping_group_range"};
  // Others than the target are not heard.
  if (::connect(pinger.fd.get(), address.get(), address.length) != 0) return {Answer::Unknown, std::strerror(errno)};
  for (std::uint16_t sequence = 1; std::chrono::steady_clock::now() < deadline; ++sequence) {
    const Echo echo = echoRequest(pinger.v6, pinger.id, sequence);
    // EHOSTUNREACH and ECONNREFUSED are news of an earlier request.
    static_cast<void>(::send(pinger.fd.get(), echo.data(), echo.size(), MSG_NOSIGNAL));
    const Deadline next = std::min<Deadline>(deadline, std::chrono::steady_clock::now() + kBetween);
    while (waitFor(pinger.fd.get(), POLLIN, next)) {
      if (sawAnswer(pinger)) return {Answer::Yes, {}};
      if (std::chrono::steady_clock::now() >= next) break;
    }
  }
  return {Answer::No, "no answer to pings"};
}

}  // namespace guardian::probe
