// The record of one incident, by itself; what the core makes of it stands in other tests.
#include <catch2/catch.hpp>

#include "core/incident.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant{} + 1000s;
const AddressKey kVip{2, *parseAddress("192.0.2.100"), 24};
const AddressKey kOther{3, *parseAddress("192.0.2.101"), 24};

Incident withLoss() {
  Incident incident("VI_1", kStart);
  incident.lost(kVip, "eth0", Origin{7}, kStart);
  return incident;
}

}  // namespace

TEST_CASE("a notification that comes twice is one loss") {
  Incident incident = withLoss();
  incident.lost(kVip, "eth0", Origin{7}, kStart + 1s);
  REQUIRE(incident.report(Outcome::Open, kStart + 2s).losses.size() == 1);
  CHECK(incident.report(Outcome::Open, kStart + 2s).losses[0].timesLost == 1);
  CHECK(incident.report(Outcome::Open, kStart + 2s).losses[0].outage == 2s);
}

TEST_CASE("what a stand-in has served is no outage, however often its coming and going is told") {
  Incident incident = withLoss();
  incident.held(kVip, kStart + 1s);
  incident.held(kVip, kStart + 2s);
  CHECK(incident.report(Outcome::Open, kStart + 9s).losses[0].outage == 1s);
  incident.unheld(kVip, kStart + 10s);
  incident.unheld(kVip, kStart + 11s);
  incident.back(kVip, kStart + 12s, true);
  const LossRecord loss = incident.report(Outcome::Repaired, kStart + 20s).losses[0];
  CHECK(loss.outage == 3s);
  CHECK(loss.held);
  CHECK(loss.back);
  CHECK(loss.reinstated == 1);
}

TEST_CASE("news of an address that is not missing changes nothing") {
  Incident incident = withLoss();
  incident.back(kOther, kStart + 1s, true);
  incident.held(kOther, kStart + 1s);
  incident.unheld(kOther, kStart + 1s);
  CHECK_FALSE(incident.has(kOther));
  CHECK_FALSE(incident.anyByUs());
  incident.back(kVip, kStart + 2s, false);
  incident.back(kVip, kStart + 3s, true);
  incident.held(kVip, kStart + 3s);
  incident.unheld(kVip, kStart + 3s);
  CHECK(incident.allBack());
  CHECK_FALSE(incident.anyByUs());
  CHECK(incident.report(Outcome::Returned, kStart + 9s).losses[0].outage == 2s);
}

TEST_CASE("the hands of a fight are remembered up to a number, the kernel's own is none") {
  Incident incident("VI_1", kStart);
  CHECK(incident.ifindex() == 0);  // nothing is lost yet
  for (std::uint32_t port = 0; port < 1000; ++port) {
    incident.lost(kVip, "eth0", Origin{port}, kStart);
    incident.back(kVip, kStart, true);
  }
  CHECK(incident.ports().size() == 64);
  CHECK(incident.ports().count(0) == 0);
  CHECK(incident.ifindex() == 2);
}

TEST_CASE("since when something is missing follows the longest loss") {
  Incident incident = withLoss();
  incident.lost(kOther, "eth1", Origin{7}, kStart + 1s);
  CHECK(incident.missingSince(kStart + 5s) == kStart);
  incident.back(kVip, kStart + 2s, true);
  CHECK(incident.missingSince(kStart + 5s) == kStart + 1s);
  incident.back(kOther, kStart + 3s, true);
  CHECK(incident.missingSince(kStart + 5s) == kStart + 5s);
}
