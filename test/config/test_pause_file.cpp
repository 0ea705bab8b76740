#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "config/pause_file.hpp"

using namespace guardian::config;
using namespace std::chrono_literals;
using Clock = std::chrono::system_clock;

namespace {

struct Place {
  Place() { REQUIRE(::mkdtemp(directory) != nullptr); }
  ~Place() {
    ::unlink(file().c_str());
    ::unlink((file() + ".new").c_str());
    ::rmdir(state().c_str());
    ::rmdir(directory);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  std::string state() const { return std::string(directory) + "/state"; }
  std::string file() const { return state() + "/pause.json"; }

  char directory[32] = "/tmp/vip-guardian-test-XXXXXX";
};

Clock::time_point inWholeSeconds(Clock::time_point at) {
  return std::chrono::time_point_cast<std::chrono::seconds>(at);
}

}  // namespace

TEST_CASE("a pause is read as it was written") {
  const Place place;
  const WrittenPause pause{inWholeSeconds(Clock::now() + 1h), "moving \"rack\" 4, \xc3\xbc"};
  REQUIRE(writePause(pause, place.file()));
  const auto read = readPause(place.file());
  REQUIRE(read);
  CHECK(read->until == pause.until);
  CHECK(read->reason == pause.reason);
  const auto removed = removePause(place.file());
  REQUIRE(removed);
  CHECK(removed.value());
  CHECK_FALSE(readPause(place.file()));
  CHECK_FALSE(removePause(place.file()).value());
}

TEST_CASE("a reason is one line of letters, cut between two of them") {
  const struct {
    std::string given, kept;
  } cases[] = {
      {"moving rack 4", "moving rack 4"},
      {"one\ntwo\x1b[2J\x7f", "one two [2J "},
      {"\xff\xc3", "??"},
      {std::string(300, 'x'), std::string(200, 'x')},
      {std::string(199, 'x') + "\xc3\xbc", std::string(199, 'x')},
      {std::string(198, 'x') + "\xc3\xbc", std::string(198, 'x') + "\xc3\xbc"},
      {"", ""},
  };
  for (const auto& c : cases) {
    CHECK(tidyReason(c.given) == c.kept);
    const auto read = parsePause(textOf({Clock::time_point(1h), tidyReason(c.given)}));
    REQUIRE(read);
    CHECK(read->reason == c.kept);
  }
}

TEST_CASE("a pause that is over is none") {
  const Place place;
  REQUIRE(writePause({Clock::now() - 1s, "over"}, place.file()));
  CHECK_FALSE(readPause(place.file()));
}

TEST_CASE("what anybody could have written is no pause") {
  const Place place;
  REQUIRE(writePause({Clock::now() + 1h, ""}, place.file()));
  SECTION("others may write to it") { REQUIRE(::chmod(place.file().c_str(), 0666) == 0); }
  SECTION("it is a link") {
    const std::string elsewhere = place.file() + ".new";
    REQUIRE(::rename(place.file().c_str(), elsewhere.c_str()) == 0);
    REQUIRE(::symlink(elsewhere.c_str(), place.file().c_str()) == 0);
  }
  CHECK_FALSE(readPause(place.file()));
}

TEST_CASE("what is no pause is none") {
  for (const char* text : {"", "{", "[]", "null", "{}", R"({"until": "soon"})", R"({"until": -1})", R"({"until": 1.5})",
                           R"({"until": 99999999999999})", R"({"reason": "x"})"}) {
    INFO(text);
    CHECK_FALSE(parsePause(text));
  }
  CHECK(parsePause(R"({"until": 7})"));
  CHECK(parsePause(R"({"until": 7, "reason": 8, "more": true})")->reason.empty());
}

TEST_CASE("who watches hears of a pause and of its end") {
  const Place place;
  REQUIRE(::mkdir(place.state().c_str(), 0755) == 0);
  const PauseWatch watch(place.file());
  const auto heard = [&watch] {
    char byte[4096];
    return ::read(watch.fd(), byte, sizeof byte) > 0;
  };
  CHECK_FALSE(heard());
  REQUIRE(writePause({Clock::now() + 1h, ""}, place.file()));
  CHECK(heard());
  watch.drain();
  REQUIRE(removePause(place.file()));
  CHECK(heard());
}
