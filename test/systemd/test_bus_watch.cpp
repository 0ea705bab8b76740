// Whom the bus watch believes to be keepalived, and what it hears of systemd's jobs. The rest is seen in the lab.
#include <unistd.h>

#include <algorithm>
#include <functional>
#include <vector>

#include <catch2/catch.hpp>

#include "support/bus.hpp"
#include "systemd/bus_watch.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

constexpr uid_t kNobody = 65534;

/// A watch that hears keepalived under its usual name.
struct Watching {
  Watching() {
    watch.hearKeepalived(kVrrpName);
    REQUIRE(until([this] { return watch.connected(); }));
  }
  bool until(const std::function<bool()>& condition) {
    return eventually([&] {
      sd_event_run(loop.raw(), 1000);
      return condition();
    });
  }
  /// Everything that was sent so far has come: what root says comes last, and is heard.
  std::vector<std::uint32_t> allHeard() {
    Speaker root;
    REQUIRE(until([&] {
      root.say(77);  // until it is known who has the name now
      return !heard.empty() && heard.back() == 77;
    }));
    std::vector<std::uint32_t> others;
    for (const std::uint32_t state : heard)
      if (state != 77) others.push_back(state);
    return others;
  }

  template <class Fact> std::vector<Fact> told() const {
    std::vector<Fact> found;
    for (const core::Event& event : events)
      if (const auto* fact = std::get_if<Fact>(&event)) found.push_back(*fact);
    return found;
  }

  std::vector<std::uint32_t> heard;
  std::vector<std::string> paths;
  systemd::EventLoop loop;
  std::vector<core::Event> events;
  systemd::BusWatch watch{loop, [this](const core::Event& event) { events.push_back(event); },
                          [this](const char* path, std::uint32_t state) {
                            heard.push_back(state);
                            paths.emplace_back(path);
                          }};
};

int asNobody(const std::function<void()>& deed) {
  Child child([&] {
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return 1;
    deed();
    return 0;
  });
  return child.wait();
}

}  // namespace

TEST_CASE("what root's keepalived says on the bus is heard, whether it came before or after") {
  Bus bus;
  {
    Speaker keepalived;
    Watching guardian;
    REQUIRE(guardian.until([&] {
      keepalived.say(1);
      return !guardian.heard.empty();
    }));
    CHECK(guardian.heard.back() == 1);
    CHECK(guardian.paths.back() == "/org/keepalived/Vrrp1/Instance/v0/51/IPv4");
  }
  Watching guardian;
  CHECK(guardian.allHeard().empty());
}

TEST_CASE("another's word is not keepalived's, even under its name") {
  Bus bus;
  Watching guardian;
  REQUIRE(asNobody([] {
            Speaker liar("");
            liar.say(1);
            liar.sayToEach(1);
          }) == 0);
  {
    Child liar([] {
      if (::setresuid(kNobody, kNobody, kNobody) != 0) return 1;
      for (Speaker speaker;;) {
        speaker.say(1);
        speaker.sayToEach(1);
      }
    });
    Speaker other("");
    REQUIRE(eventually([&] { return other.sees(kVrrpName); }));
    for (int i = 0; i < 50; ++i) {  // so often the watch asks, the bus answers, and the liar is heard by all
      sd_event_run(guardian.loop.raw(), 1000);
      CHECK(other.sees(kVrrpName));
    }
  }
  CHECK(guardian.allHeard().empty());
}

TEST_CASE("while root has the name, a signal that somebody else sends to the watch alone is not heard") {
  Bus bus;
  Watching guardian;
  Speaker keepalived;
  REQUIRE(guardian.until([&] {
    keepalived.say(2);
    return !guardian.heard.empty();
  }));
  guardian.heard.clear();
  REQUIRE(asNobody([] { Speaker("").sayToEach(1); }) == 0);
  REQUIRE(guardian.until([&] {
    keepalived.say(3);
    return !guardian.heard.empty() && guardian.heard.back() == 3;
  }));
  CHECK(std::count(guardian.heard.begin(), guardian.heard.end(), 1U) == 0);
}

TEST_CASE("under a name that is not asked for nobody is heard") {
  Bus bus;
  Watching guardian;
  guardian.watch.hearKeepalived("org.example.Vrrp");
  Speaker other;
  other.say(1);
  Speaker keepalived("org.example.Vrrp");
  REQUIRE(guardian.until([&] {
    keepalived.say(2);
    return !guardian.heard.empty();
  }));
  CHECK(guardian.heard.front() == 2);
}

TEST_CASE("of the jobs on the bus those of the two units are heard, and how the one that we asked for ended") {
  const struct {
    systemd::UnitJob job;
    const char* method;
    const char* result;
    const char* why;
  } cases[] = {{systemd::UnitJob::Restart, "RestartUnit", "done", ""},
               {systemd::UnitJob::Restart, "RestartUnit", "failed", "systemd's job ended with \"failed\""},
               {systemd::UnitJob::Stop, "StopUnit", "done", ""},
               {systemd::UnitJob::Start, "StartUnit", "timeout", "systemd's job ended with \"timeout\""}};
  for (const auto& c : cases) {
    INFO(c.method << " " << c.result);
    Bus bus;
    Manager systemd(c.method, c.result);
    Watching guardian;
    guardian.watch.orderKeepalived(c.job);
    REQUIRE(guardian.until([&] { return !guardian.told<core::RestartDone>().empty(); }));
    CHECK(guardian.told<core::RestartDone>()[0].why == c.why);
    REQUIRE(guardian.told<core::JobQueued>().size() == 1);
    CHECK(guardian.told<core::JobQueued>()[0].unit == core::Unit::Keepalived);
    REQUIRE(guardian.told<core::JobFinished>().size() == 1);
    CHECK(guardian.told<core::JobFinished>()[0].unit == core::Unit::Keepalived);
  }
}
