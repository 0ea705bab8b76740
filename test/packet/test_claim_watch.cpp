// Needs root: claims to addresses on a wire of the test's own.
#include <net/if.h>

#include <algorithm>
#include <optional>

#include <catch2/catch.hpp>

#include "packet/announcer.hpp"
#include "packet/claim_watch.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

constexpr core::Mac kMac{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};

/// v0, where we listen, and v1, where somebody speaks.
struct Wire {
  Wire() {
    enterFreshNetwork();
    sh("ip link add v0 type veth peer name v1 address 02:00:5e:10:20:30; ip link set v1 up; ip link set v0 up");
    from.ifindex = static_cast<int>(::if_nametoindex("v1"));
    from.mac = kMac;
    announcer.emplace();  // in the new network
  }
  void says(const std::string& address) {
    from.address = *core::parseAddress(address);
    REQUIRE(announcer->send(from));
  }
  int here() const { return static_cast<int>(::if_nametoindex("v0")); }

  std::optional<packet::Announcer> announcer;
  core::Announce from;
};

std::vector<core::IpAddress> list(int v4, int v6) {
  std::vector<core::IpAddress> addresses;
  addresses.reserve(static_cast<std::size_t>(v4) + static_cast<std::size_t>(v6));
  for (int i = 0; i < v4; ++i)
    addresses.push_back(*core::parseAddress("10.7." + std::to_string(i / 250) + "." + std::to_string(i % 250 + 1)));
  for (int i = 0; i < v6; ++i) addresses.push_back(*core::parseAddress("fd07::" + std::to_string(i + 1)));
  return addresses;
}

/// Says it until it is heard, for an interface that has just come up drops what it is given; others in between count.
std::vector<std::string> heardUntil(Wire& wire, packet::ClaimWatch& watch, const std::string& last) {
  std::vector<std::string> heard;
  REQUIRE(eventually([&] {
    wire.says(last);
    for (const core::Claim& claim : watch.take()) {
      CHECK(claim.mac == kMac);
      heard.push_back(core::toString(claim.address));
    }
    return std::count(heard.begin(), heard.end(), last) > 0;
  }));
  return heard;
}

}  // namespace

TEST_CASE("of the claims on a wire those to our addresses are heard, however many these are") {
  for (const auto& [v4, v6] : std::vector<std::pair<int, int>>{{1, 1}, {3, 2}, {500, 100}, {501, 101}}) {
    INFO(v4 << " and " << v6);
    Wire wire;
    const auto addresses = list(v4, v6);
    auto watch = packet::ClaimWatch::open(wire.here(), addresses);
    REQUIRE(watch);
    heardUntil(wire, watch.value(), core::toString(addresses.front()));  // it works
    wire.says("10.8.0.1");
    wire.says("fd08::1");
    for (const core::IpAddress& end : {addresses[static_cast<std::size_t>(v4) - 1], addresses.back()}) {
      const auto heard = heardUntil(wire, watch.value(), core::toString(end));
      // Too many to choose from in the kernel: then others are heard as well, and the core knows its own.
      if (v4 <= 500) CHECK(std::count(heard.begin(), heard.end(), "10.8.0.1") == 0);
      if (v6 <= 100) CHECK(std::count(heard.begin(), heard.end(), "fd08::1") == 0);
    }
  }
}

TEST_CASE("our own announcements are not heard") {
  Wire wire;
  auto watch = packet::ClaimWatch::open(wire.here(), list(2, 0));
  REQUIRE(watch);
  core::Announce own;
  own.ifindex = wire.here();
  own.address = *core::parseAddress("10.7.0.1");
  heardUntil(wire, watch.value(), "10.7.0.2");
  REQUIRE(wire.announcer->send(own));
  const auto heard = heardUntil(wire, watch.value(), "10.7.0.2");
  CHECK(std::count(heard.begin(), heard.end(), "10.7.0.1") == 0);
}

TEST_CASE("a neighbour that has the address answers our question, and has learned nothing from it") {
  Wire wire;
  sh("ip address add 10.7.0.1/24 dev v1; ip address add fd07::1/64 dev v1 nodad; ip link set v0 address "
     "02:00:00:00:00:07;"
     "ip address add fe80::7/64 dev v0 nodad");
  auto watch = packet::ClaimWatch::open(wire.here(), list(1, 1));
  REQUIRE(watch);
  for (const char* address : {"10.7.0.1", "fd07::1"}) {
    INFO(address);
    core::Probe question;
    question.ifindex = wire.here();
    question.address = *core::parseAddress(address);
    question.mac = {0x02, 0, 0, 0, 0, 0x07};
    question.source = *core::parseAddress("fe80::7");
    CHECK(eventually([&] {
      REQUIRE(wire.announcer->send(question));
      for (const core::Claim& claim : watch.value().take())
        if (claim.address == question.address && claim.mac == kMac) return true;
      return false;
    }));
  }
  CHECK(sh("ip -4 neigh show dev v1").find("02:00:00:00:00:07") == std::string::npos);
}

TEST_CASE("an interface that is not there is an error that names it") {
  Wire wire;
  for (const auto& addresses : {list(1, 0), list(0, 1)}) {
    const auto watch = packet::ClaimWatch::open(4711, addresses);
    REQUIRE_FALSE(watch);
    CHECK(watch.error().doing == "watching for claims on interface 4711");
  }
}
