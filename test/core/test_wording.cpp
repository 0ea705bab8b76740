#include <catch2/catch.hpp>

#include "guardian/core/wording.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

LossRecord loss(const char* address, int length, Duration outage = 210us, const char* interface = "ens160") {
  LossRecord out;
  out.address = *parseAddress(address);
  out.prefixLength = static_cast<std::uint8_t>(length);
  out.interface = interface;
  out.outage = outage;
  out.back = true;
  return out;
}

IncidentReport repaired(std::vector<LossRecord> losses) {
  IncidentReport report;
  report.instance = "VI_1";
  report.losses = std::move(losses);
  report.remover = "systemd-networkd.service";
  report.evidence = "keepalived confirms MASTER";
  report.outcome = Outcome::Repaired;
  return report;
}

}  // namespace

TEST_CASE("a repair is told in the sentence that the design aims at") {
  IncidentReport report = repaired({loss("192.0.2.100", 24)});
  report.trigger = "restarted by apt-daily-upgrade.service";
  CHECK(describe(report) ==
        "VI_1: 192.0.2.100/24 on ens160 was removed by systemd-networkd.service (restarted by "
        "apt-daily-upgrade.service) and is back after 0.21 ms; announced; keepalived confirms MASTER");
}

TEST_CASE("several addresses share a sentence, many of them are counted") {
  CHECK(describe(repaired({loss("192.0.2.100", 24), loss("192.0.2.101", 32, 3ms)})) ==
        "VI_1: 192.0.2.100/24 and 192.0.2.101/32 on ens160 were removed by systemd-networkd.service and are all back "
        "after "
        "3 ms; announced; keepalived confirms MASTER");
  const std::vector<LossRecord> many(100, loss("192.0.2.1", 32));
  CHECK(describe(repaired(many)).find("and 95 more on ens160") != std::string::npos);
}

TEST_CASE("a few hands are named, many of them are counted by their programs") {
  CHECK(listOfHands({}).empty());
  CHECK(listOfHands({"systemd-networkd.service"}) == "systemd-networkd.service");
  CHECK(listOfHands({"ip[254]", "cleanup.service", "ip[254]"}) == "ip[254], cleanup.service");
  CHECK(listOfHands({"ip[254]", "ip[256]", "process 255 (gone meanwhile)"}) ==
        "ip[254], ip[256], process 255 (gone meanwhile)");
  CHECK(listOfHands({"ip[254]", "ip[256]", "process 255 (gone meanwhile)", "process 257 (gone meanwhile)",
                     "cleanup.service", "process 258 (gone meanwhile)"}) ==
        "3 processes (gone meanwhile), 2 processes of ip, cleanup.service");
  CHECK(listOfHands({"a.service", "ip[1]", "b.service", "ip[2]", "c.service", "d.service", "netlink socket 7"}) ==
        "2 processes of ip, a.service, b.service and 3 more");
}

TEST_CASE("every outcome says what happened and why") {
  IncidentReport report = repaired({loss("192.0.2.100", 24)});
  struct Row {
    Outcome outcome;
    const char* part;
  };
  const Row rows[] = {{Outcome::Open, "is not back after 0.21 ms; waiting for rain"},
                      {Outcome::Returned, "put back by another hand"},
                      {Outcome::Withdrawn, "put back and taken away again, because of a reason"},
                      {Outcome::HandedOver, "was not put back: of a reason"},
                      {Outcome::Observed, "nothing was done: of a reason"}};
  report.evidence = "of a reason";
  report.waiting = "waiting for rain";
  for (const Row& row : rows) {
    report.outcome = row.outcome;
    INFO(describe(report));
    CHECK(describe(report).find(row.part) != std::string::npos);
  }
}

TEST_CASE("what a /32 has served meanwhile is said") {
  IncidentReport report = repaired({loss("192.0.2.100", 24)});
  report.losses.front().held = true;
  CHECK(describe(report).find("is back after 0.21 ms, held as /32 until the base address was back; announced") !=
        std::string::npos);
  report.outcome = Outcome::Open;
  report.waiting = "waiting for the base address";
  CHECK(describe(report).find("is not back after 0.21 ms, held as /32 since; waiting for") != std::string::npos);
}

TEST_CASE("what is inferred is marked, what is unknown is said") {
  IncidentReport report = repaired({loss("2001:db8::1", 128)});
  report.removerInferred = true;
  CHECK(describe(report).find("by systemd-networkd.service (inferred) and") != std::string::npos);
  report.remover.clear();
  report.removerInferred = false;
  CHECK(describe(report).find("by an unknown hand") != std::string::npos);
}

TEST_CASE("durations are said as a person says them") {
  struct Row {
    Duration duration;
    const char* text;
  };
  const Row rows[] = {{12us, "0.012 ms"}, {210us, "0.21 ms"}, {1234us, "1.2 ms"}, {9949us, "9.9 ms"},
                      {14300us, "14 ms"}, {998ms, "998 ms"},  {3210ms, "3.2 s"},  {119s, "119.0 s"},
                      {125s, "2 min"},    {0us, "0 ms"}};
  for (const Row& row : rows) CHECK(describe(row.duration) == row.text);
}

TEST_CASE("three addresses are a list with an end, and each of their interfaces is named once") {
  const std::string text =
      describe(repaired({loss("192.0.2.100", 24), loss("192.0.2.101", 24, 1ms, "ens224"), loss("192.0.2.102", 24)}));
  INFO(text);
  CHECK(text.find("VI_1: 192.0.2.100/24, 192.0.2.101/24 and 192.0.2.102/24 on ens160, ens224 were removed") == 0);
}

TEST_CASE("every outcome can be said of one address and of several, with a reason and without") {
  const struct {
    Outcome outcome;
    const char* one;
    const char* several;
  } rows[] = {
      {Outcome::Open, "and is not back after 0.21 ms", "and are not all back after 0.21 ms"},
      {Outcome::Repaired, "and is back after 0.21 ms; announced; ", "and are all back after 0.21 ms; announced; "},
      {Outcome::Returned, "and is back after 0.21 ms; put back by another hand",
       "and are all back after 0.21 ms; put back by another hand"},
      {Outcome::Withdrawn, "; it was put back and taken away again", "; they were put back and taken away again"},
      {Outcome::HandedOver, " and was not put back: ", " and were not put back: "},
      {Outcome::Observed, "; nothing was done: ", "; nothing was done: "},
  };
  for (const auto& row : rows) {
    IncidentReport report = repaired({loss("192.0.2.100", 24)});
    report.outcome = row.outcome;
    INFO(describe(report));
    CHECK(describe(report).find(row.one) != std::string::npos);
    report.losses.push_back(loss("192.0.2.101", 24));
    CHECK(describe(report).find(row.several) != std::string::npos);
  }
  IncidentReport open = repaired({loss("192.0.2.100", 24)});
  open.outcome = Outcome::Open;
  CHECK(describe(open).find(';') == std::string::npos);  // it waits for nothing that has a name
}

TEST_CASE("hands whose program cannot be told from their name are counted one by one") {
  CHECK(listOfHands({"", "odd]", "process 7", "a", "b"}) == ", odd], process 7 and 2 more");
  CHECK(listOfHands({"ip[1]", "ip[2]", "odd]", "process 7", "process 8"}) ==
        "2 processes of ip, odd], process 7 and 1 more");
}
