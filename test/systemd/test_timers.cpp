// When a timer elapses, as asked on a bus where a stand-in for systemd answers.
#include <catch2/catch.hpp>

#include "support/bus.hpp"
#include "systemd/timers.hpp"

using guardian::systemd::nextRunOf;
using guardian::test::Bus;
using guardian::test::TimerManager;

TEST_CASE("a timer's next run is what systemd says of it") {
  const Bus bus;
  const TimerManager systemd("apt-daily-upgrade.timer", 1763792640000000);
  CHECK(nextRunOf("apt-daily-upgrade.timer") == 1763792640000000);
  CHECK_FALSE(nextRunOf("another.timer"));
}

TEST_CASE("a timer that does not run has no next run") {
  const Bus bus;
  const TimerManager systemd("apt-daily-upgrade.timer", 0);
  CHECK_FALSE(nextRunOf("apt-daily-upgrade.timer"));
}

TEST_CASE("without systemd, or without a bus, there is no next run") {
  {
    const Bus bus;
    CHECK_FALSE(nextRunOf("apt-daily-upgrade.timer"));
  }
  CHECK_FALSE(nextRunOf("apt-daily-upgrade.timer"));
}
