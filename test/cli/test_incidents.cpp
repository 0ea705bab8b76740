// What `vip-guardian events` and `explain` make of journal entries, and of their arguments.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <regex>

#include <catch2/catch.hpp>

#include "cli/incidents.hpp"
#include "cli/runner.hpp"
#include "status/words.hpp"
#include "support/picture.hpp"

using namespace guardian;
using namespace guardian::cli;
using namespace std::chrono_literals;
using core::Outcome;
using test::Ran;
using test::run;

namespace {

const status::WallClock kClock(1795200000s);
const Moment kMoment{core::Instant{} + 5060s, kClock};

systemd::JournalEntry entry() {
  systemd::JournalEntry one;
  one.date = kClock.date(core::Instant{} + 5001s);
  one.fields = {{"VIPG_INCIDENT", "3f2a91c0"},
                {"VIPG_OUTCOME", "repaired"},
                {"VIPG_INSTANCE", "VI_1"},
                {"VIPG_VIP", "192.0.2.100/24"},
                {"VIPG_VIP", "2001:db8::1/64"},
                {"VIPG_INTERFACE", "eth0"},
                {"VIPG_REMOVER", "systemd-networkd.service"},
                {"VIPG_TRIGGER", "restarted by apt-daily-upgrade.service"},
                {"VIPG_EVIDENCE", "keepalived confirms MASTER"},
                {"VIPG_OUTAGE_USEC", "210"},
                {"VIPG_NOTICED_USEC", std::to_string(kClock.date(core::Instant{} + 5000s))},
                {"VIPG_DECIDED_AFTER_USEC", "0"},
                {"VIPG_ADDED_AFTER_USEC", "210"},
                {"VIPG_VERIFIED_AFTER_USEC", "1700"},
                {"VIPG_ANNOUNCED_AFTER_USEC", "1900"}};
  return one;
}

Screen screen(int width) {
  Screen to;
  to.width = width;
  return to;
}

std::size_t widest(const std::string& text) {
  std::size_t most = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    most = std::max(most, end - at);
    at = end + 1;
  }
  return most;
}

}  // namespace

TEST_CASE("an entry of the journal gives back the incident that it tells of") {
  const auto incident = incidentOf(entry(), kClock);
  REQUIRE(incident);
  const core::IncidentReport& report = incident->report;
  CHECK(report.id == "3f2a91c0");
  CHECK(report.outcome == Outcome::Repaired);
  REQUIRE(report.losses.size() == 2);
  CHECK(core::toString(report.losses[0].address) == "192.0.2.100");
  CHECK(report.losses[0].prefixLength == 24);
  CHECK(report.losses[0].interface == "eth0");
  CHECK(report.losses[0].outage == 210us);
  CHECK(report.losses[0].back);
  CHECK(report.timeline.noticed == core::Instant{} + 5000s);
  CHECK(*report.timeline.verified - report.timeline.noticed == 1700us);
  CHECK(incident->toldAt == core::Instant{} + 5001s);
  CHECK(incident->over);
}

TEST_CASE("entries of others, of older kinds and with nonsense in them do no harm") {
  systemd::JournalEntry other;
  other.fields = {{"MESSAGE", "hello"}};
  CHECK_FALSE(incidentOf(other, kClock));
  systemd::JournalEntry odd;
  odd.fields = {{"VIPG_INCIDENT", "1"},        {"VIPG_VIP", "nonsense"},   {"VIPG_VIP", "192.0.2.1"},
                {"VIPG_OUTAGE_USEC", "long"},  {"VIPG_OUTCOME", "fine"},   {"VIPG_REMOVER", "unknown"},
                {"VIPG_NOTICED_USEC", "9e99"}, {"VIPG_ROUTE", "a\x1b[2Jb"}};
  const auto incident = incidentOf(odd, kClock);
  REQUIRE(incident);
  CHECK(incident->report.outcome == Outcome::Open);
  CHECK(incident->report.remover.empty());
  for (const std::string& text : {eventText(*incident, screen(80), kMoment), storyOf(*incident, screen(80), kMoment)})
    CHECK(text.find('\x1b') == std::string::npos);
}

TEST_CASE("numbers in an entry that are beyond all time are cut to what can be counted with") {
  systemd::JournalEntry odd;
  odd.fields = {{"VIPG_INCIDENT", "1"},
                {"VIPG_VIP", "192.0.2.1/24"},
                {"VIPG_OUTAGE_USEC", "-9223372036854775808"},
                {"VIPG_NOTICED_USEC", "-9223372036854775808"},
                {"VIPG_VERIFIED_AFTER_USEC", "9223372036854775807"}};
  const auto incident = incidentOf(odd, kClock);
  REQUIRE(incident);
  CHECK(incident->report.losses.at(0).outage == core::Duration{});
  CHECK(*incident->report.timeline.verified > incident->report.timeline.noticed);
}

TEST_CASE("of one incident the last entry counts, and incidents stand in the order in which they began") {
  IncidentList list;
  auto first = test::incidentOf(core::Instant{} + 20s);
  auto second = test::incidentOf(core::Instant{} + 10s);
  first.report.id = "aaaa0001";
  first.report.outcome = Outcome::Open;
  second.report.id = "aabb0002";
  list.add(first);
  list.add(second);
  first.report.outcome = Outcome::Repaired;
  list.add(first);
  list.sort();
  REQUIRE(list.all().size() == 2);
  CHECK(list.all()[0].report.id == "aabb0002");
  CHECK(list.all()[1].report.outcome == Outcome::Repaired);
  CHECK(list.named("aaaa").size() == 1);
  CHECK(list.named("aa").size() == 2);
  CHECK(list.named("").size() == 2);
  CHECK(list.named("b").empty());
}

TEST_CASE("a time that is given by hand") {
  ::setenv("TZ", "UTC", 1);
  ::tzset();
  const std::int64_t now = 1795284822LL * 1000000;  // 2026-11-21 18:13:42 UTC
  const struct {
    const char* text;
    std::int64_t ago;  ///< seconds; -1: none
  } cases[] = {{"now", 0},
               {"2h", 7200},
               {"-30min", 1800},
               {"3 days", 259200},
               {"45s", 45},
               {"1w", 604800},
               {"today", 65622},
               {"yesterday", 152022},
               {"18:13:40", 2},
               {"18:00", 822},
               {"2026-11-20", 152022},
               {"2026-11-21 18:13", 42},
               {"2026-11-21 18:13:41", 1},
               {"", -1},
               {"soon", -1},
               {"2x", -1},
               {"h", -1},
               {"25:00", -1},
               {"2026-13-01", -1},
               {"3000000000weeks", 1795284822},
               {"9223372036854775807weeks", -1},
               {"2026-11-21 ", -1},
               {"--2h", -1}};
  for (const auto& c : cases) {
    INFO("\"" << c.text << "\"");
    const auto since = readSince(c.text, now);
    CHECK(since.has_value() == (c.ago >= 0));
    if (since) CHECK((now - *since) / 1000000 == c.ago);
  }
}

TEST_CASE("an event says what, by whom, and when each step was, and fits any terminal") {
  const auto incident = incidentOf(entry(), kClock);
  const std::string text = eventText(*incident, screen(80), kMoment);
  INFO(text);
  CHECK(std::regex_match(text, std::regex("[0-9:]{8}\\.000000  3f2a91c0  VI_1  repaired after 0\\.21 ms\n"
                                          " +192\\.0\\.2\\.100/24, 2001:db8::1/64 on eth0\n"
                                          " +removed by systemd-networkd\\.service \\(restarted by\n"
                                          " +apt-daily-upgrade\\.service\\)\n"
                                          " +noticed 0, decided 0, added \\+210, verified \\+1,700, announced\n"
                                          " +\\+1,900 us\n")));
  for (const int width : {80, 120})
    CHECK(widest(eventText(*incident, screen(width), kMoment)) <= static_cast<std::size_t>(width));
}

TEST_CASE("the story of an incident, for each way in which it may end") {
  const struct {
    Outcome outcome;
    const char* headline;
    const char* advice;
  } cases[] = {
      {Outcome::Repaired, "repaired, unserved for 0.21 ms", "Nothing has to be done"},
      {Outcome::Returned, "put back by another hand", "Nothing has to be done"},
      {Outcome::Withdrawn, "put back, and taken away again", "who has the address now"},
      {Outcome::HandedOver, "not put back", "who has the address now"},
      {Outcome::Observed, "only reported", "vip-guardian.json"},
      {Outcome::Open, "not over yet", "vip-guardian status"},
  };
  for (const auto& c : cases) {
    auto incident = test::incidentOf(core::Instant{} + 5000s);
    incident.report.outcome = c.outcome;
    incident.report.waiting = "eth0 is down";
    const std::string story = storyOf(incident, screen(80), kMoment);
    INFO(story);
    CHECK(story.find(std::string("Incident 3f2a91c0 of VI_1: ") + c.headline) == 0);
    CHECK(story.find(c.advice) != std::string::npos);
    CHECK(story.find("\n    192.0.2.100/24\n") != std::string::npos);
    CHECK(story.find("Removed by: systemd-networkd.service.") != std::string::npos);
    CHECK(story.find("           210  the last of it stood again\n") != std::string::npos);
    CHECK(story.find("journalctl -o verbose VIPG_INCIDENT=3f2a91c0\n") != std::string::npos);
    CHECK((story.find("eth0 is down") != std::string::npos) == (c.outcome == Outcome::Open));
    CHECK(story.find("  ") != std::string::npos);
    CHECK(widest(story) <= 80);
  }
}

TEST_CASE("events and explain: arguments, exit status, and what is printed where") {
  char folder[32] = "/tmp/vip-guardian-test-XXXXXX";
  REQUIRE(::mkdtemp(folder) != nullptr);
  REQUIRE(::chmod(folder, 0755) == 0);
  const std::string state = std::string(folder) + "/status.json";
  status::Document document = test::picture();
  auto another = test::incidentOf(core::Instant{} + 4000s);
  another.report.id = "3f000000";
  document.overview.incidents.push_front(another);
  // Long ago: by the clock of a machine that has just booted, they would be ahead of now.
  std::ofstream(state) << status::toJson(document, status::WallClock(1000000000s));
  // Where there is no journal, the daemon's own memory has to do.
  const struct {
    std::vector<std::string> arguments;  ///< @ is the state file
    int status;
    const char* output;
    const char* complaints;
  } cases[] = {
      {{"events", "--directory", "/nonexistent", "--file", "/nonexistent"},
       3,
       "",
       "opening the journal in /nonexistent: No such file"},
      {{"events", "--directory", "/nonexistent", "--file", "@"},
       0,
       "3f000000[^]*3f2a91c0",
       "which the daemon remembers"},
      {{"events", "--directory", "/nonexistent", "--file", "@", "--json"},
       0,
       "^\\{\"id\":\"3f000000\"[^\n]*\\}\n\\{\"id\":\"3f2a91c0\"[^\n]*\\}\n$",
       "remembers"},
      {{"events", "--directory", "/nonexistent", "--file", "@", "-f"}, 3, "3f2a91c0", "remembers"},
      {{"events", "--directory=/nonexistent", "--file=@", "--since", "now"}, 3, "", "No such file"},
      {{"explain", "--directory", "/nonexistent", "--file", "@"}, 0, "^Incident 3f2a91c0 of VI_1", ""},
      {{"explain", "3f00", "--directory", "/nonexistent", "--file", "@"}, 0, "^Incident 3f000000 of VI_1", ""},
      {{"explain", "3f", "--directory", "/nonexistent", "--file", "@"}, 3, "", "beginning of 2 incidents"},
      {{"explain", "ffff", "--directory", "/nonexistent", "--file", "@"}, 3, "", "no incident \"ffff\" is known"},
      {{"explain", "--directory", "/nonexistent", "--file", "/nonexistent"}, 3, "", "no incident is known"},
      {{"events", "--help"}, 0, "^Usage: vip-guardian events", ""},
      {{"explain", "--help"}, 0, "^Usage: vip-guardian explain", ""},
      {{"events", "--since", "soon"}, 64, "", "\"soon\" is no time"},
      {{"events", "--since"}, 64, "", "unexpected \"--since\""},
      {{"events", "3f2a91c0"}, 64, "", "unexpected \"3f2a91c0\""},
      {{"explain", "--json"}, 64, "", "unexpected \"--json\""},
      {{"explain", "3f2a91c0", "more"}, 64, "", "unexpected \"more\""},
  };
  for (const auto& c : cases) {
    std::vector<std::string> arguments;
    std::string line;
    for (const std::string& argument : c.arguments) {
      arguments.push_back(std::regex_replace(argument, std::regex("@"), state));
      line += " " + argument;
    }
    const Ran ran = run(arguments, true);
    INFO("vip-guardian" << line << "\n" << ran.output << ran.complaints);
    CHECK(ran.status == c.status);
    CHECK(ran.output.empty() == (*c.output == '\0'));
    CHECK(std::regex_search(ran.output, std::regex(c.output)));
    CHECK(ran.complaints.empty() == (*c.complaints == '\0'));
    CHECK(std::regex_search(ran.complaints, std::regex(c.complaints)));
  }
  ::unlink(state.c_str());
  ::rmdir(folder);
}
