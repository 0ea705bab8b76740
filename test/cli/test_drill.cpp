// Whether and with which address an instance is drilled, and what is told of it. The drill itself:
// test/app/test_drill.cpp.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/drill_choice.hpp"
#include "cli/drill_report.hpp"
#include "support/picture.hpp"

using namespace guardian;
using namespace std::chrono_literals;
using cli::DrillRound;
using nlohmann::json;

namespace {

core::InstanceOverview& first(status::Document& document) { return document.overview.instances.at(0); }

core::AddressRecord record(const char* address, int length, bool secondary) {
  core::AddressRecord made;
  made.key = {2, *core::parseAddress(address), static_cast<std::uint8_t>(length)};
  made.flags = secondary ? core::address_flag::secondary : 0;
  return made;
}

/// An instance with these addresses on eth0, which is up.
struct Stage {
  Stage() {
    core::LinkRecord link;
    link.ifindex = 2;
    link.name = "eth0";
    link.up = true;
    host.links = {link};
    instance.name = "VI_1";
  }
  void add(const char* address, int length, bool secondary) {
    host.addresses.push_back(record(address, length, secondary));
    instance.vips.push_back(test::vipOf(address, length, true));
  }
  std::string chosen(const std::string& named = {}) const {
    const cli::Choice choice = cli::choose(instance, host, named);
    return choice.record ? core::toString(choice.record->key.address) : choice.complaint;
  }
  core::Snapshot host;
  core::InstanceOverview instance;
};

DrillRound repaired(core::Duration back) {
  DrillRound round;
  round.back = back;
  round.incident = test::incidentOf(core::Instant{} + 100s);
  return round;
}

}  // namespace

TEST_CASE("an instance is drilled only where the guardian would put its addresses back") {
  status::Document document = test::picture();
  CHECK(cli::objection(document, true, "VI_1").empty());
  CHECK(cli::objection(document, false, "VI_1").find("vip-guardian is not running") == 0);
  CHECK(cli::objection(document, true, "VI_9").find("keepalived has not named this instance; there are: VI_1") == 0);
  CHECK(cli::objection(document, true, "VI_6").find("this host is not master of it") == 0);
  const auto refused = [](const char* why, auto spoil) {
    status::Document spoilt = test::picture();
    spoil(spoilt);
    INFO(cli::objection(spoilt, true, "VI_1"));
    CHECK(cli::objection(spoilt, true, "VI_1").find(why) == 0);
  };
  refused("keepalived is not running", [](auto& d) { d.overview.running = false; });
  refused("vip-guardian is paused", [](auto& d) { d.overview.paused = core::Pause{}; });
  refused("this keepalived answers", [](auto& d) { d.overview.answersItself = true; });
  refused("the policy of this instance", [](auto& d) { first(d).policy = core::PolicyKind::Observe; });
  refused("the policy of this instance", [](auto& d) { first(d).policy = core::PolicyKind::Restart; });
  refused("this host is not master", [](auto& d) { first(d).role = core::Role::Fault; });
  refused("keepalived does not answer", [](auto& d) { d.overview.silent = true; });
  refused("vip-guardian does not guard", [](auto& d) { first(d).standing = core::Standing::Doubt; });
  refused("vip-guardian does not guard", [](auto& d) { first(d).mute = true; });
  refused("vip-guardian does not guard", [](auto& d) { first(d).understood = false; });
  refused("192.0.2.100/24 is missing already", [](auto& d) { first(d).vips[0].present = false; });
  refused("an incident of it is not over", [](auto& d) { first(d).waiting = "its interface is down"; });
}

TEST_CASE("an address is taken that takes no other along") {
  Stage stage;
  stage.host.addresses.push_back(record("192.0.2.10", 24, false));
  SECTION("beside the host's own, any") {
    stage.add("192.0.2.100", 24, true);
    stage.add("192.0.2.101", 24, true);
    CHECK(stage.chosen() == "192.0.2.100");
    CHECK(stage.chosen("192.0.2.101") == "192.0.2.101");
    CHECK(stage.chosen("192.0.2.101/24") == "192.0.2.101");
    CHECK(stage.chosen("192.0.2.10").find("192.0.2.10 is no address of VI_1") == 0);
  }
  SECTION("the first of a subnet of its own leads the others") {
    stage.add("198.51.100.1", 24, false);
    stage.add("198.51.100.2", 24, true);
    CHECK(stage.chosen() == "198.51.100.2");
    CHECK(stage.chosen("198.51.100.1").find("198.51.100.1/24 is the first of its subnet") == 0);
  }
  SECTION("alone in a subnet it leads nobody") {
    stage.add("198.51.100.1", 24, false);
    CHECK(stage.chosen() == "198.51.100.1");
  }
  SECTION("of IPv6, any") {
    stage.add("2001:db8::100", 64, false);
    stage.add("2001:db8::101", 64, false);
    CHECK(stage.chosen() == "2001:db8::100");
  }
  SECTION("not one that is the host's own, or is not there, or whose interface is down") {
    CHECK(stage.chosen() == "it has no address here that could be taken away");
    stage.add("192.0.2.100", 24, true);
    stage.instance.vips[0].hostOwned = true;
    CHECK(stage.chosen().find("192.0.2.100/24 is the host's own") == 0);
    stage.instance.vips[0].hostOwned = false;
    stage.host.links[0].up = false;
    CHECK(stage.chosen().find("192.0.2.100/24 is not on eth0") == 0);
    stage.host.links[0].up = true;
    stage.host.addresses.pop_back();
    CHECK(stage.chosen().find("192.0.2.100/24 is not on eth0") == 0);
  }
}

TEST_CASE("the guardian's steps are counted from the removal") {
  const cli::DrillSteps steps = stepsOf(repaired(310us));
  CHECK(steps.noticed == 100us);  // the incident's addition was 210 us after it was noticed
  CHECK(steps.back == 310us);
  CHECK(steps.announced == 1000us);
  CHECK(steps.verified == 800us);
  CHECK(stepsOf(repaired(200us)).noticed == 0us);
}

TEST_CASE("a drill has passed if the guardian put it back each time, and has told so") {
  CHECK(cli::statusOf({repaired(1ms), repaired(2ms)}) == 0);
  DrillRound silent = repaired(1ms);
  silent.incident.reset();
  CHECK(cli::statusOf({repaired(1ms), silent}) == 1);
  DrillRound returned = repaired(1ms);
  returned.incident->report.outcome = core::Outcome::Returned;
  CHECK(cli::statusOf({returned}) == 1);
  DrillRound saved = repaired(5s);
  saved.saved = "put back, because vip-guardian had not done it in time";
  CHECK(cli::statusOf({repaired(1ms), saved}) == 2);
  CHECK(cli::statusOf({DrillRound{}}) == 2);
}

TEST_CASE("what a drill is going to do is told before it asks, and fits the terminal") {
  cli::Screen screen;
  cli::DrillPlan plan{"VI_1", "192.0.2.100/24", "eth0", 1, 5s, {}};
  CHECK(cli::planText(plan, screen) ==
        "192.0.2.100/24 of VI_1 is taken off eth0, as systemd-networkd would do it. vip-guardian is to put it back. If "
        "it is still away after 5.0 s, this command does, while keepalived says that it is master. What clients see of "
        "it, another host can tell:\n  ping -i 0.01 192.0.2.100\n");
  plan.repeat = 3;
  plan.probe = core::parseAddress("192.0.2.50");
  screen.width = 80;
  const std::string text = cli::planText(plan, screen);
  INFO(text);
  CHECK(text.find("eth0, 3 times, as") != std::string::npos);
  CHECK(text.find("192.0.2.50") != std::string::npos);
  CHECK(text.find("ping") == std::string::npos);
  for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) CHECK(text.find('\n', at) - at <= 80);
}

TEST_CASE("what is told of a drill") {
  cli::Screen screen;
  CHECK(cli::roundText(repaired(310us), 2, 5, screen) ==
        "  2 of 5   back after 0.31 ms, noticed 0.1 ms, verified 0.8 ms, announced 1 ms\n");
  DrillRound seen = repaired(310us);
  seen.client = cli::ClientView{4100us, 1, 200};
  CHECK(cli::roundText(seen, 1, 1, screen) ==
        "  back after 0.31 ms, noticed 0.1 ms, verified 0.8 ms, announced 1 ms, client's gap 4.1 ms (1 of 200 echo "
        "requests lost)\n");
  const json ofOne = json::parse(cli::drillJson("VI_1", "192.0.2.100/24", "eth0", {seen}));
  CHECK(ofOne["rounds"][0]["client_gap_usec"] == 4100);
  CHECK(ofOne["rounds"][0]["client_lost"] == 1);
  CHECK(ofOne["summary"]["client_gap"]["most_usec"] == 4100);
  seen.client->gap.reset();
  CHECK(cli::roundText(seen, 1, 1, screen).find("; who was asked has not answered since\n") != std::string::npos);
  DrillRound held = repaired(10ms);
  held.incident->report.losses[0].held = true;
  CHECK(cli::roundText(held, 1, 1, screen).find("; served by a /32 meanwhile, and away for 0.21 ms\n") !=
        std::string::npos);
  CHECK(cli::roundText(DrillRound{{}, {}, {}, "not put back: keepalived does not answer"}, 1, 1, screen) ==
        "  NOT BACK; not put back: keepalived does not answer\n");
  CHECK(cli::drillText({repaired(1ms)}, screen) ==
        "\nPassed: vip-guardian put it back, and keepalived confirmed it.\n");
  std::vector<DrillRound> rounds;
  for (int i = 1; i <= 20; ++i) rounds.push_back(repaired(i * 1ms));
  const std::string text = cli::drillText(rounds, screen);
  INFO(text);
  CHECK(text.find("  back                1 ms        10 ms       19 ms       20 ms\n") != std::string::npos);
  CHECK(text.find("Passed: 20 of 20 times vip-guardian") != std::string::npos);
  screen.width = 80;
  for (const DrillRound& round : rounds) CHECK(cli::roundText(round, 20, 20, screen).size() <= 2 * 81);

  const json document = json::parse(cli::drillJson("VI_1", "192.0.2.100/24", "eth0", rounds));
  CHECK(document["passed"] == true);
  CHECK(document["rounds"].size() == 20);
  CHECK(document["rounds"][0]["back_after_usec"] == 1000);
  CHECK(document["rounds"][0]["outcome"] == "repaired");
  CHECK(document["summary"]["back"]["median_usec"] == 10000);
  CHECK(document["summary"]["back"]["most_usec"] == 20000);
}
