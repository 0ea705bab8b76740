#include <catch2/catch.hpp>

#include "core/epoch.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant{} + 1000s;

InstanceClaim claim(int transition = 1) {
  InstanceClaim out;
  out.lastTransition = std::chrono::microseconds(transition);
  return out;
}

Epoch::Context asked(Duration at, bool vipPresent = true, bool hasWindow = true) {
  return {kStart + at, vipPresent, hasWindow};
}

/// Closed, and an own advert was seen leaving since.
Epoch advertising() {
  Epoch epoch;
  epoch.proven();
  return epoch;
}

}  // namespace

TEST_CASE("an installation by keepalived opens an epoch at once") {
  Epoch epoch;
  epoch.installed(kStart);
  CHECK(epoch.isOpen());
  CHECK(epoch.recheckAt() == kStart);  // to learn keepalived's own date of it
}

TEST_CASE("below 2.0 it takes a second MASTER answer, two advert intervals after the first") {
  Epoch epoch = advertising();
  epoch.heard(claim(), Role::Master, asked(0s));
  CHECK(epoch.state() == Epoch::State::Closed);
  REQUIRE(epoch.recheckAt());
  const Duration window = *epoch.recheckAt() - kStart;
  CHECK(window > 2s);
  epoch.heard(claim(), Role::Master, asked(window - 1ms));
  CHECK(epoch.state() == Epoch::State::Closed);
  epoch.heard(claim(), Role::Master, asked(window));
  CHECK(epoch.isOpen());
}

TEST_CASE("from 2.0 on one MASTER answer is enough") {
  Epoch epoch = advertising();
  epoch.heard(claim(), Role::Master, asked(0s, true, false));
  CHECK(epoch.isOpen());
}

TEST_CASE("an answer in between that is not MASTER starts the wait anew") {
  Epoch epoch = advertising();
  epoch.heard(claim(), Role::Master, asked(0s));
  epoch.heard(claim(), Role::Backup, asked(1s));
  epoch.proven();
  epoch.heard(claim(), Role::Master, asked(3s));
  CHECK(epoch.state() == Epoch::State::Closed);
}

TEST_CASE("without any address of keepalived's on the host, MASTER opens nothing") {
  for (const bool hasWindow : {true, false}) {
    Epoch epoch = advertising();
    epoch.heard(claim(), Role::Master, asked(0s, false, hasWindow));
    epoch.heard(claim(), Role::Master, asked(10s, false, hasWindow));
    CHECK(epoch.state() == Epoch::State::Closed);
  }
}

TEST_CASE("BACKUP and FAULT close an epoch") {
  for (const Role role : {Role::Backup, Role::Fault}) {
    Epoch epoch;
    epoch.installed(kStart);
    epoch.heard(claim(), role, asked(0s));
    CHECK(epoch.state() == Epoch::State::Closed);
  }
}

TEST_CASE("the number that 1.3.9 prints while it reloads puts an epoch in doubt until MASTER is settled again") {
  Epoch epoch;
  epoch.installed(kStart);
  epoch.heard(claim(), Role::Master, asked(0s));
  epoch.heard(claim(), Role::Other, asked(1s));
  CHECK(epoch.state() == Epoch::State::Doubt);
  REQUIRE(epoch.recheckAt());
  epoch.heard(claim(), Role::Master, asked(2s));
  CHECK(epoch.state() == Epoch::State::Doubt);
  // All addresses may be missing by now: it was keepalived's epoch all the same.
  epoch.heard(claim(), Role::Master, asked(5s, false));
  CHECK(epoch.isOpen());
}

TEST_CASE("another date of the last transition means that mastership was lost in between") {
  Epoch epoch;
  epoch.installed(kStart);
  epoch.heard(claim(7), Role::Master, asked(0s));
  epoch.heard(claim(7), Role::Master, asked(60s));
  CHECK(epoch.isOpen());
  epoch.heard(claim(8), Role::Master, asked(61s));
  CHECK(epoch.state() == Epoch::State::Doubt);
  epoch.heard(claim(8), Role::Master, asked(64s));
  CHECK(epoch.isOpen());
}

TEST_CASE("two MASTER answers of different masterships are not two of one") {
  Epoch epoch = advertising();
  epoch.heard(claim(7), Role::Master, asked(0s));
  epoch.heard(claim(8), Role::Master, asked(3s));  // BACKUP in between, and now perhaps in its window
  CHECK(epoch.state() == Epoch::State::Closed);
  epoch.heard(claim(8), Role::Master, asked(6s));
  CHECK(epoch.isOpen());
}

TEST_CASE("who says MASTER and was not seen advertising since the epoch was closed is not believed") {
  for (const bool hasWindow : {true, false}) {
    Epoch epoch = advertising();
    epoch.close(kStart);  // the interface was replaced, for one, and 1.3.9 has not noticed
    CHECK(epoch.needsProof());
    epoch.heard(claim(), Role::Master, asked(1s, true, hasWindow));
    epoch.heard(claim(), Role::Master, asked(10s, true, hasWindow));
    CHECK(epoch.state() == Epoch::State::Closed);
    epoch.proven();
    epoch.heard(claim(), Role::Master, asked(11s, true, hasWindow));
    CHECK(epoch.isOpen());
  }
}

TEST_CASE("an epoch of a former life goes on at once where keepalived gives the same date") {
  Epoch epoch;
  epoch.resume(7us);
  CHECK(epoch.state() == Epoch::State::Doubt);
  SECTION("the same") {
    epoch.heard(claim(7), Role::Master, asked(0s, false));
    CHECK(epoch.isOpen());
    CHECK(epoch.transition() == 7us);
  }
  SECTION("another one: of that mastership nothing is known") {
    epoch.heard(claim(8), Role::Master, asked(0s));
    CHECK(epoch.state() == Epoch::State::Closed);
    CHECK(epoch.needsProof());
  }
  SECTION("the same, but contradicted in between") {
    epoch.doubt(kStart);
    epoch.heard(claim(7), Role::Master, asked(0s));
    CHECK_FALSE(epoch.isOpen());
  }
}

TEST_CASE("an answer to a question older than the contradiction opens nothing") {
  for (const bool hasWindow : {true, false}) {
    Epoch epoch;
    epoch.installed(kStart);
    epoch.doubt(kStart + 10s);  // keepalived was seen removing an address
    epoch.heard(claim(), Role::Master, asked(9s, true, hasWindow));
    CHECK(epoch.state() == Epoch::State::Doubt);
    CHECK(epoch.recheckAt() == kStart + 10s);  // ask anew at once
    epoch.heard(claim(), Role::Master, asked(10s, true, hasWindow));
    CHECK(epoch.isOpen() != hasWindow);
  }
}

TEST_CASE("doubt about a closed epoch does not half-open it") {
  Epoch epoch;
  epoch.doubt(kStart);
  CHECK(epoch.state() == Epoch::State::Closed);
}
