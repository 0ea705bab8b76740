// What both kinds of probes need of sockets.
#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>

#include "probe/probe.hpp"

namespace guardian::probe {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  int family = AF_UNSPEC;

  SocketAddress(const Target& target, std::uint16_t port) {
    if (target.address.family == core::Family::IPv4) {
      sockaddr_in ip{};
      ip.sin_family = AF_INET;
      ip.sin_port = htons(port);
      std::memcpy(&ip.sin_addr, target.address.bytes.data(), sizeof ip.sin_addr);
      std::memcpy(&storage, &ip, sizeof ip);
      length = sizeof ip;
    } else {
      sockaddr_in6 ip{};
      ip.sin6_family = AF_INET6;
      ip.sin6_port = htons(port);
      ip.sin6_scope_id = target.address.isLinkLocal() ? static_cast<std::uint32_t>(target.ifindex) : 0;
      std::memcpy(&ip.sin6_addr, target.address.bytes.data(), sizeof ip.sin6_addr);
      std::memcpy(&storage, &ip, sizeof ip);
      length = sizeof ip;
    }
    family = storage.ss_family;
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }  // NOLINT: what the API wants
};

/// Rounded up, so that nobody spins through the last millisecond.
inline int millisecondsUntil(Deadline at) {
  using std::chrono::milliseconds;
  const auto left = std::chrono::duration_cast<milliseconds>(at - std::chrono::steady_clock::now() + milliseconds(1));
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, 60000));
}

/// False: the time is over.
inline bool waitFor(int fd, short what, Deadline deadline) {
  pollfd waiting{fd, what, 0};
  return ::poll(&waiting, 1, millisecondsUntil(deadline)) > 0;
}

}  // namespace guardian::probe
