#include <catch2/catch.hpp>

#include "core/networkd_window.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {
const Instant kStart = Instant{} + 1000s;
}

TEST_CASE("a restart as systemd 252 tells it closes with the link configured, not with the unit active") {
  NetworkdWindow window;
  window.jobQueued(kStart);
  CHECK(window.isOpen());
  window.nameChanged(false, kStart + 1ms);
  window.unitChanged(ActiveState::Deactivating, kStart + 2ms);
  window.unitChanged(ActiveState::Inactive, kStart + 13ms);
  window.unitChanged(ActiveState::Activating, kStart + 19ms);
  window.removedByNetworkd(2, "eth0", kStart + 51ms);
  window.nameChanged(true, kStart + 53ms);
  window.unitChanged(ActiveState::Active, kStart + 53ms);
  window.jobFinished(kStart + 54ms);
  CHECK(window.isOpen());
  CHECK_FALSE(window.takeClosed(kStart + 55ms));
  window.linkSetup(2, LinkSetup::Configured, "eth0", kStart + 69ms);
  CHECK_FALSE(window.isOpen());
  CHECK(window.takeClosed(kStart + 69ms));
  CHECK_FALSE(window.takeClosed(kStart + 70ms));
  CHECK(window.trigger(kStart + 60ms) == "restarted");
}

TEST_CASE("a reconfiguration has no unit signal at all") {
  NetworkdWindow window;
  window.linkSetup(2, LinkSetup::Other, "eth0", kStart);
  window.linkSetup(2, LinkSetup::Configuring, "eth0", kStart + 8ms);
  CHECK(window.isOpen());
  CHECK(window.trigger(kStart + 8ms) == "reconfiguring eth0");
  window.linkSetup(2, LinkSetup::Configured, "eth0", kStart + 1400ms);
  CHECK_FALSE(window.isOpen());
}

TEST_CASE("who made networkd do it is looked for once a window, while there is time, and named") {
  NetworkdWindow window;
  window.jobQueued(kStart);
  CHECK(window.takeAnnounced());
  CHECK_FALSE(window.takeAnnounced());
  window.instigatedBy("apt-daily-upgrade.service");
  window.nameChanged(false, kStart + 1ms);
  CHECK_FALSE(window.takeAnnounced());
  CHECK(window.trigger(kStart + 5ms) == "restarted by apt-daily-upgrade.service");
  window.takeClosed(kStart + 10s);
  window.linkSetup(2, LinkSetup::Other, "eth0", kStart + 20s);
  CHECK(window.takeAnnounced());
  CHECK(window.trigger(kStart + 20s) == "reconfiguring eth0");  // no longer for apt's sake

  NetworkdWindow unannounced;
  unannounced.removedByNetworkd(2, "eth0", kStart);
  CHECK_FALSE(unannounced.takeAnnounced());
}

TEST_CASE("without the bus, a removal by networkd's socket opens a window that time closes") {
  NetworkdWindow window;
  window.removedByNetworkd(2, "eth0", kStart);
  CHECK(window.isOpen());
  REQUIRE(window.deadline());
  CHECK_FALSE(window.takeClosed(*window.deadline() - 1ms));
  CHECK(window.takeClosed(*window.deadline()));
  CHECK_FALSE(window.isOpen());
}

TEST_CASE("a link that is configured while no window is open opens none") {
  NetworkdWindow window;
  window.linkSetup(2, LinkSetup::Configured, "eth0", kStart);
  CHECK_FALSE(window.isOpen());
  CHECK(window.trigger(kStart).empty());
}

TEST_CASE("a window waits for every link that left configured") {
  NetworkdWindow window;
  window.linkSetup(2, LinkSetup::Configuring, "eth0", kStart);
  window.linkSetup(3, LinkSetup::Configuring, "eth1", kStart);
  window.linkSetup(2, LinkSetup::Configured, "eth0", kStart + 10ms);
  CHECK(window.isOpen());
  window.linkSetup(3, LinkSetup::Configured, "eth1", kStart + 20ms);
  CHECK_FALSE(window.isOpen());
}

TEST_CASE("a removal shortly after a window still belongs to it, one much later does not") {
  NetworkdWindow window;
  window.linkSetup(2, LinkSetup::Configuring, "eth0", kStart);
  window.linkSetup(2, LinkSetup::Configured, "eth0", kStart + 10ms);
  CHECK(window.covers(kStart + 100ms));
  CHECK_FALSE(window.covers(kStart + 5s));
  CHECK(window.trigger(kStart + 5s).empty());
}

TEST_CASE("a lost bus cannot keep a window open for ever") {
  NetworkdWindow window;
  window.jobQueued(kStart);
  window.unitChanged(ActiveState::Deactivating, kStart);
  window.busLost();
  CHECK(window.takeClosed(kStart + 10s));
}

TEST_CASE("a stopped networkd does not keep a window open for ever") {
  NetworkdWindow window;
  window.jobQueued(kStart);
  window.unitChanged(ActiveState::Inactive, kStart + 10ms);
  window.nameChanged(false, kStart + 10ms);
  window.jobFinished(kStart + 11ms);
  CHECK(window.takeClosed(kStart + 10s));
}

TEST_CASE("a unit of which nothing is known opens nothing, and closes what waited for it") {
  NetworkdWindow window;
  window.unitChanged(ActiveState::Unknown, kStart);
  CHECK_FALSE(window.isOpen());
  window.linkSetup(2, LinkSetup::Configuring, "eth0", kStart);
  window.unitChanged(ActiveState::Reloading, kStart + 1ms);
  window.linkSetup(2, LinkSetup::Configured, "eth0", kStart + 2ms);
  CHECK(window.isOpen());
  window.unitChanged(ActiveState::Unknown, kStart + 3ms);
  CHECK_FALSE(window.isOpen());
}

TEST_CASE("a reconfiguration is told with its links and with who asked for it, as far as they are known") {
  for (const char* link : {"", "eth0"})
    for (const char* who : {"", "netplan.service"}) {
      NetworkdWindow window;
      window.linkSetup(2, LinkSetup::Configuring, link, kStart);
      window.instigatedBy(who);
      window.instigatedBy("a later one");  // who is at it is not who began it
      std::string expected = std::string("reconfiguring ") + (*link == '\0' ? "its links" : link);
      expected += std::string(" for ") + (*who == '\0' ? "a later one" : who);
      CHECK(window.trigger(kStart) == expected);
    }
}
