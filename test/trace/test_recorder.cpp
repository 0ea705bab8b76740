// What is kept of the past, and that it is little.
#include <algorithm>

#include <catch2/catch.hpp>

#include "trace/recorder.hpp"
#include "trace/trace.hpp"

using namespace guardian;
using namespace std::chrono_literals;
using trace::Recorder;

namespace {

const core::Instant kStart = core::Instant{} + 1000s;

core::AddressAppeared foreign(int number) {
  core::AddressAppeared fact;
  fact.record.key = {2, *core::parseAddress("198.51.100.1"), 32};
  fact.record.created = static_cast<std::uint32_t>(number);
  return fact;
}

trace::Trace read(Recorder& recorder) { return trace::readTrace(recorder.text(1793000000s)); }

std::uint32_t numberOf(const trace::Entry& entry) {
  return std::get<core::AddressAppeared>(*entry.event).record.created;
}

}  // namespace

TEST_CASE("a trace begins with what the core was made of") {
  core::Settings settings;
  settings.policy = core::PolicyKind::Observe;
  Recorder recorder("1.2.3", settings, 4711);
  recorder.record(core::BusConnected{}, kStart, {core::TakeSnapshot{}});
  const trace::Trace trace = read(recorder);
  CHECK(trace.version == "1.2.3");
  CHECK(trace.port == 4711);
  CHECK(trace.whole);
  CHECK(trace.settings.policy == core::PolicyKind::Observe);
  CHECK(trace.at == kStart);
  CHECK(trace.date == 1793001000000000);
  REQUIRE(trace.entries.size() == 1);
  CHECK(trace.entries[0].at == kStart);
  CHECK(trace.entries[0].did == std::vector<std::string>{"TakeSnapshot"});
}

TEST_CASE("with nothing recorded there is a trace of nothing") {
  Recorder recorder("1.2.3", {}, 4711);
  CHECK(read(recorder).entries.empty());
}

TEST_CASE("of a row from which nothing follows, both ends are kept and the rest is counted") {
  Recorder recorder("1.2.3", {}, 4711);
  for (int i = 0; i < 1000; ++i) recorder.record(foreign(i), kStart + i * 1us, {});
  SECTION("when it is over") { recorder.record(core::TimerFired{}, kStart + 1s, {}); }
  SECTION("and when somebody asks in its midst") {}
  const trace::Trace trace = read(recorder);
  REQUIRE(trace.entries.size() >= 2 * Recorder::kRow + 1);
  for (std::size_t i = 0; i < Recorder::kRow; ++i) {
    CHECK(numberOf(trace.entries[i]) == i);
    CHECK(numberOf(trace.entries[Recorder::kRow + 1 + i]) == 1000 - Recorder::kRow + i);
  }
  CHECK(trace.entries[Recorder::kRow].leftOut == 1000 - 2 * Recorder::kRow);
}

TEST_CASE("a short row is kept whole") {
  for (const int length : {1, 32, 33, 40, 64}) {
    Recorder recorder("1.2.3", {}, 4711);
    for (int i = 0; i < length; ++i) recorder.record(foreign(i), kStart + i * 1us, {});
    const trace::Trace trace = read(recorder);
    REQUIRE(trace.entries.size() == static_cast<std::size_t>(length));
    for (int i = 0; i < length; ++i)
      CHECK(numberOf(trace.entries[static_cast<std::size_t>(i)]) == static_cast<unsigned>(i));
  }
}

TEST_CASE("whatever comes, the trace stays small") {
  Recorder recorder("1.2.3", {}, 4711);
  core::Instant now = kStart;
  std::size_t most = 0;
  for (int i = 0; i < 20000; ++i) {
    recorder.record(foreign(i), now += 1ms, {core::TakeSnapshot{}});
    if (i % 7 == 0) recorder.record(core::SocketIdentified{static_cast<std::uint32_t>(i), "x", "y"}, now, {});
    if (i % 1000 == 0) recorder.record(core::Snapshot{}, now, {});
    if (i % 100 == 0) recorder.digest();
    if (i % 500 == 0) most = std::max(most, recorder.text(0s).size());
  }
  CHECK(most > Recorder::kPart);
  CHECK(most < 2 * Recorder::kMost + 64 * 1024);
  const trace::Trace trace = read(recorder);
  CHECK_FALSE(trace.whole);
  CHECK(trace.entries.back().at == now);
}

TEST_CASE("a list that is too long is left out, and that is said") {
  Recorder recorder("1.2.3", {}, 4711);
  core::Snapshot snapshot;
  snapshot.addresses.resize(10000);
  recorder.record(snapshot, kStart, {});
  const trace::Trace trace = read(recorder);
  REQUIRE(trace.entries.size() == 1);
  CHECK_FALSE(trace.entries[0].event);
  CHECK(trace.entries[0].leftOut == 1);
  CHECK(trace.entries[0].why == "Snapshot of more than 512 things");
}

TEST_CASE("a trace that lost its beginning begins with what is standing, in the order of a new life") {
  Recorder recorder("1.2.3", {}, 4711);
  core::Configuration configuration;
  configuration.instances.resize(1);
  core::Settings settings;
  settings.askFirst = true;
  recorder.record(core::Remembered{}, kStart, {});
  recorder.record(core::KeepalivedStarted{{5, 1}, {1, 3, 9}, {}}, kStart, {});
  recorder.record(core::Answered{1, {}}, kStart, {});
  recorder.record(core::KeepalivedGone{}, kStart, {});
  recorder.record(core::KeepalivedStarted{{6, 1}, {1, 3, 9}, {}}, kStart, {});
  recorder.record(core::ConfigurationRead{configuration}, kStart, {});
  recorder.record(core::NetworkdSocketFound{9}, kStart, {});
  recorder.record(core::SettingsChanged{settings}, kStart, {});
  const core::AddressKey vip{2, *core::parseAddress("192.0.2.100"), 24};
  recorder.record(core::Answered{2, {}}, kStart,
                  {core::Remember{{core::LedgerNote::Kind::Added, vip, {}, {}}}, core::AddAddress{}});
  core::Instant now = kStart;
  for (int i = 0; i < 2000; ++i) recorder.record(foreign(i), now += 1ms, {core::TakeSnapshot{}});
  recorder.digest();
  recorder.record(core::Snapshot{}, now, {});
  for (int i = 0; i < 300; ++i) recorder.record(foreign(i), now += 1ms, {core::TakeSnapshot{}});
  const trace::Trace trace = read(recorder);
  REQUIRE_FALSE(trace.whole);
  CHECK(trace.settings.askFirst);
  std::vector<std::string> standing;
  for (const trace::Entry& entry : trace.entries)
    if (entry.standing) standing.push_back(std::to_string(entry.event->index()));
  const auto index = [](const core::Event& event) { return std::to_string(event.index()); };
  const std::vector<std::string> expected{index(core::Remembered{}),        index(core::NetworkdSocketFound{}),
                                          index(core::Snapshot{}),          index(core::KeepalivedStarted{}),
                                          index(core::ConfigurationRead{}), index(core::Answered{})};
  // The part may have begun for its length, without a snapshot.
  std::vector<std::string> without = expected;
  without.erase(without.begin() + 2);
  CHECK((standing == expected || standing == without));
  REQUIRE_FALSE(trace.entries.empty());
  CHECK(std::get<core::Remembered>(*trace.entries[0].event).ledger.addresses.count(vip) == 1);
}
