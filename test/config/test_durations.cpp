#include <catch2/catch.hpp>

#include "config/durations.hpp"

using namespace std::chrono_literals;
using guardian::config::parseDuration;
using guardian::core::Duration;

TEST_CASE("spans of time are read as systemd writes them") {
  const struct {
    const char* text;
    Duration length;
  } cases[] = {
      {"0", 0s},           {"5", 5s},         {"5s", 5s},      {"500ms", 500ms},
      {"250us", 250us},    {"10min", 10min},  {"10m", 10min},  {"1h 30min", 90min},
      {"1h30min", 90min},  {" 2 hours ", 2h}, {"1d", 24h},     {"2 weeks", 14 * 24h},
      {"366d", 366 * 24h}, {"1min 1", 61s},   {"\t3 sec", 3s},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    REQUIRE(parseDuration(c.text));
    CHECK(*parseDuration(c.text) == c.length);
  }
}

TEST_CASE("what is no span of time is none") {
  for (const char* text : {"", " ", "s", "min 5", "-1s", "1.5s", "5 apples", "10 min -1s", "367d", "999999999999w",
                           "9999999999999s", "366d 1us", "1h,30min", "5S"}) {
    INFO(text);
    CHECK_FALSE(parseDuration(text));
  }
}
