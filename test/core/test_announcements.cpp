#include <catch2/catch.hpp>

#include <set>
#include <vector>

#include "core/announcements.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

const Instant kStart = Instant{} + 1000s;

AddressKey key(int last, int ifindex = 2) {
  AddressKey k;
  k.ifindex = ifindex;
  k.prefixLength = 24;
  k.address.bytes = {10, static_cast<std::uint8_t>(last >> 16), static_cast<std::uint8_t>(last >> 8),
                     static_cast<std::uint8_t>(last)};
  return k;
}

/// Runs to the end and returns the times of all frames.
std::vector<Duration> run(Announcements& announcements) {
  std::vector<Duration> times;
  while (announcements.next()) {
    const Instant now = *announcements.next();
    for (std::size_t n = announcements.due(now).size(); n > 0; --n) times.push_back(now - kStart);
  }
  return times;
}

}  // namespace

TEST_CASE("an address is announced as keepalived does, and past the neighbours' lock time in between") {
  Announcements announcements;
  AnnounceSettings settings;
  settings.repeat = 3;
  settings.delay = 5s;
  announcements.start(key(1), settings, kStart);
  CHECK(run(announcements) == std::vector<Duration>{0s, 0s, 0s, 1100ms, 2200ms, 5s, 5s, 5s});
}

TEST_CASE("no second burst where keepalived is configured without one") {
  Announcements announcements;
  AnnounceSettings settings;
  settings.repeat = 1;
  settings.delay = 0s;
  announcements.start(key(1), settings, kStart);
  CHECK(run(announcements) == std::vector<Duration>{0s, 1100ms, 2200ms});
}

TEST_CASE("keepalived's own interval between frames is kept on each interface") {
  Announcements announcements;
  AnnounceSettings settings;
  settings.repeat = 2;
  settings.delay = 0s;
  settings.arpInterval = 10ms;
  announcements.start(key(1), settings, kStart);
  announcements.start(key(2), settings, kStart);
  announcements.start(key(1, 3), settings, kStart);
  CHECK(announcements.due(kStart).size() == 2);  // one on each interface
  CHECK(announcements.next() == kStart + 10ms);
}

TEST_CASE("every address is announced once before any is announced twice") {
  Announcements announcements;
  for (int i = 0; i < 10; ++i) announcements.start(key(i), AnnounceSettings{}, kStart);
  const auto first = announcements.due(kStart);
  REQUIRE(first.size() >= 20);
  CHECK(std::set<AddressKey>(first.begin(), first.begin() + 10).size() == 10);
}

TEST_CASE("every address is announced once before any is announced twice, also where they go out in batches") {
  Announcements announcements;
  for (int i = 0; i < 300; ++i) announcements.start(key(i), AnnounceSettings{}, kStart);
  std::vector<AddressKey> frames;
  while (frames.size() < 300) {
    const auto batch = announcements.due(*announcements.next());
    frames.insert(frames.end(), batch.begin(), batch.end());
  }
  CHECK(std::set<AddressKey>(frames.begin(), frames.begin() + 300).size() == 300);
}

TEST_CASE("thousands of addresses go out in batches, and none is forgotten") {
  Announcements announcements;
  AnnounceSettings settings;
  settings.repeat = 1;
  settings.delay = 0s;
  for (int i = 0; i < 5000; ++i) announcements.start(key(i), settings, kStart);
  CHECK(announcements.due(kStart).size() <= 64);
  CHECK(run(announcements).size() == 5000 * 3 - 64);
}

TEST_CASE("a cancelled address is not announced any more") {
  Announcements announcements;
  announcements.start(key(1), AnnounceSettings{}, kStart);
  announcements.due(kStart);
  announcements.cancel(key(1));
  CHECK(run(announcements).empty());
}

TEST_CASE("the next frame is the earliest of all interfaces") {
  Announcements announcements;
  AnnounceSettings settings;
  settings.repeat = 1;
  settings.delay = std::chrono::milliseconds(0);
  announcements.start(key(1, 2), settings, kStart + 100ms);
  announcements.start(key(2, 3), settings, kStart);
  REQUIRE(announcements.next() == kStart);
  CHECK(announcements.due(kStart) == std::vector<AddressKey>{key(2, 3)});
  CHECK(announcements.next() == kStart + 100ms);
  CHECK(announcements.due(kStart + 100ms) == std::vector<AddressKey>{key(1, 2)});
  CHECK(announcements.next() == kStart + 1100ms);  // the other interface's second round
}
