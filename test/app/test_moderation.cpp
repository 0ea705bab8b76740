#include <catch2/catch.hpp>

#include "app/moderation.hpp"

using namespace guardian;
using namespace std::chrono_literals;

namespace {

const core::Instant kStart = core::Instant{} + 1000s;

/// So many events that are nobody's business, one every `apart`; the time after the last one.
core::Instant foreign(app::Moderation& moderation, int count, core::Duration apart, core::Instant from = kStart) {
  for (int i = 0; i < count; ++i) moderation.heard(false, from += apart);
  return from;
}

}  // namespace

TEST_CASE("foreign events are let gather when they come by the thousand") {
  app::Moderation moderation;
  CHECK(moderation.wanted(foreign(moderation, 1000, 20us)));
}

TEST_CASE("a few foreign events are read as they come") {
  app::Moderation moderation;
  CHECK_FALSE(moderation.wanted(foreign(moderation, 100, 20us)));
}

TEST_CASE("many foreign events in a long time are read as they come") {
  app::Moderation moderation;
  CHECK_FALSE(moderation.wanted(foreign(moderation, 1000, 1ms)));
}

TEST_CASE("an event that matters ends the waiting at once") {
  app::Moderation moderation;
  const core::Instant now = foreign(moderation, 1000, 20us);
  moderation.heard(true, now);
  CHECK_FALSE(moderation.wanted(now));
}

TEST_CASE("a storm that is over delays nothing") {
  app::Moderation moderation;
  const core::Instant now = foreign(moderation, 1000, 20us) + 1s;
  moderation.heard(false, now);
  CHECK_FALSE(moderation.wanted(now));
}
