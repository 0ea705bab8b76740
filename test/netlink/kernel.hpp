// The real kernel, in a network of the test case's own, and what is heard of it.
#pragma once

#include <linux/netlink.h>
#include <sys/socket.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "netlink/monitor.hpp"
#include "netlink/requests.hpp"
#include "support/sandbox.hpp"

namespace guardian::test {

/// A network with a pair of veths, both up: v0, where the addresses go, and v1.
struct Network {
  Network() {
    enterFreshNetwork();
    // No link-local addresses that come by themselves, some time later.
    spill("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
    sh("ip link add v0 address 02:00:5e:10:20:30 type veth peer name v1; ip link set v1 up; ip link set v0 up");
    index = std::stoi(sh("cat /sys/class/net/v0/ifindex 2>/dev/null || ip -o link show v0 | cut -d: -f1"));
  }
  int index = 0;
};

/// Everything that a monitor said so far.
class Heard {
 public:
  Heard() : monitor([this](const core::Event& event) { events.push_back(event); }) {}

  template <class Event> std::vector<Event> all() {
    monitor.drain();
    std::vector<Event> found;
    for (const core::Event& event : events)
      if (const auto* wanted = std::get_if<Event>(&event)) found.push_back(*wanted);
    return found;
  }
  template <class Event> Event last() {
    const auto found = all<Event>();
    if (found.empty()) throw std::runtime_error("no such event was heard");
    return found.back();
  }

  /// The last event of this kind about this address. Waits for it: the kernel tells of new IPv6 addresses from a work
  /// queue, after the answer to the request.
  template <class Event> Event lastOf(const core::AddressKey& key) {
    std::optional<Event> found;
    eventually([&] {
      for (const Event& event : all<Event>())
        if (event.record.key == key) found = event;
      return found.has_value();
    });
    if (!found) throw std::runtime_error("no such event was heard of " + core::toString(key.address));
    return *found;
  }

  std::vector<core::Event> events;
  netlink::Monitor monitor;
};

inline core::AddressRecord record(int ifindex, const std::string& address, std::uint8_t length) {
  core::AddressRecord out;
  out.key = {ifindex, *core::parseAddress(address), length};
  return out;
}

inline core::Snapshot snapshot(netlink::Requests& requests) {
  auto result = requests.snapshot();
  if (!result) throw std::runtime_error(result.error().text());
  return result.value();
}

/// A netlink socket of the test's own, on a port of its choice.
inline Fd boundSocket(std::uint32_t port, std::uint32_t groups = 0) {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_pid = port;
  own.nl_groups = groups;
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  return socket;
}

}  // namespace guardian::test
