// The text for Prometheus: its grammar, its names, its numbers.
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "status/metrics.hpp"
#include "support/picture.hpp"

using namespace guardian;
using namespace guardian::status;
using namespace std::chrono_literals;

namespace {

const WallClock kClock(1793000000s);

std::string text(const Document& document = test::picture(), bool alive = true) {
  return metricsText(document, alive, kClock);
}

bool has(const std::string& all, const std::string& line) {
  return ("\n" + all).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("every line is a sample, or help and type of the family whose samples follow") {
  const std::string all = text();
  std::istringstream lines(all);
  const std::regex sample(R"re(([a-z_]+)(\{[a-z_]+="[^"]*"(,[a-z]+="[^"]*")*\})? (-?[0-9]+(\.[0-9]+)?))re");
  const std::regex help("# HELP ([a-z_]+) [A-Z].*\\.");
  const std::regex type("# TYPE ([a-z_]+) (gauge|counter|histogram)");
  std::set<std::string> families;
  std::string family;
  std::string kind;
  int samples = 0;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch found;
    if (std::regex_match(line, found, help)) {
      family = found[1];
      CHECK(families.insert(family).second);  // once
      CHECK(family.rfind("vip_guardian_", 0) == 0);
    } else if (std::regex_match(line, found, type)) {
      CHECK(found[1] == family);
      kind = found[2];
      CHECK((kind == "counter") == (family.size() > 6 && family.substr(family.size() - 6) == "_total"));
    } else {
      REQUIRE(std::regex_match(line, found, sample));
      CHECK(found[1].str().rfind(family, 0) == 0);
      if (kind != "histogram") CHECK(found[1] == family);
      ++samples;
    }
  }
  CHECK(families.size() >= 20);
  CHECK(samples > 40);
}

TEST_CASE("the numbers are those of the picture") {
  const std::string all = text();
  const std::string outage =
      R"(vip_guardian_vip_outage_seconds_total{vrrp_instance="VI_1",address="192.0.2.100/24",interface="eth0"} 0.000700)";
  for (const char* line : {
           "vip_guardian_info{version=\"0.1.0\",keepalived=\"1.3.9\"} 1",
           "vip_guardian_up 1",
           "vip_guardian_status 0",
           "vip_guardian_start_time_seconds 1793000012.000000",
           "vip_guardian_keepalived_up 1",
           "vip_guardian_instance_role{vrrp_instance=\"VI_1\",vrid=\"51\",interface=\"eth0\",role=\"MASTER\"} 1",
           "vip_guardian_instance_role{vrrp_instance=\"VI_6\",vrid=\"61\",interface=\"eth0\",role=\"MASTER\"} 0",
           "vip_guardian_instance_peer_heard{vrrp_instance=\"VI_6\",vrid=\"61\",interface=\"eth0\"} 1",
           "vip_guardian_vip_present{vrrp_instance=\"VI_1\",address=\"192.0.2.100/24\",interface=\"eth0\"} 1",
           "vip_guardian_vip_reinstated_total{vrrp_instance=\"VI_1\",address=\"192.0.2.100/24\",interface=\"eth0\"} 3",
           outage.c_str(),
           "vip_guardian_incidents_total{outcome=\"repaired\"} 3",
           "vip_guardian_outage_seconds_bucket{le=\"0.001000\"} 3",
           "vip_guardian_outage_seconds_count 3",
           "vip_guardian_keepalived_questions_total 9",
       }) {
    INFO(line);
    CHECK(has(all, line));
  }
}

TEST_CASE("what is missing, and a daemon that does not run, can be alarmed on") {
  Document document = test::picture();
  document.overview.instances[0].vips[0].present = false;
  document.overview.instances[0].vips[0].goneAt = core::Instant{} + 1s;
  CHECK(has(text(document),
            "vip_guardian_vip_missing{vrrp_instance=\"VI_1\",address=\"192.0.2.100/24\",interface=\"eth0\"} 1"));
  CHECK(has(text(document), "vip_guardian_status 2"));
  CHECK(has(text(document, false), "vip_guardian_up 0"));
  CHECK(has(text(Document{}, false), "vip_guardian_up 0"));
  CHECK(has(text(Document{}, false), "vip_guardian_status 3"));
}

TEST_CASE("the buckets of the histogram add up") {
  Document document = test::picture();
  document.overview.counters.outages = {1, 2, 0, 4, 0, 0, 5};
  const std::string all = text(document);
  CHECK(has(all, "vip_guardian_outage_seconds_bucket{le=\"0.010000\"} 3"));
  CHECK(has(all, "vip_guardian_outage_seconds_bucket{le=\"60.000000\"} 7"));
  CHECK(has(all, "vip_guardian_outage_seconds_bucket{le=\"+Inf\"} 12"));
  CHECK(has(all, "vip_guardian_outage_seconds_count 12"));
}

TEST_CASE("a name with quotes in it stays one label") {
  Document document = test::picture();
  document.overview.instances[0].name = "a\"b\\c\n";
  CHECK(text(document).find("{vrrp_instance=\"a\\\"b\\\\c\\n\",vrid=\"51\"") != std::string::npos);
}
