// The state file as text, its way back, and what is made of it.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "guardian/util/json.hpp"
#include "guardian/util/proc.hpp"
#include "status/status_file.hpp"
#include "status/verdict.hpp"
#include "status/words.hpp"
#include "support/picture.hpp"

using namespace guardian;
using namespace guardian::status;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const WallClock kClock(1793000000s);

/// A folder that goes away with what is in it.
class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~Folder() {
    ::unlink(file().c_str());
    ::unlink(figures().c_str());
    ::rmdir(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file() const { return std::string(path_) + "/status.json"; }
  std::string figures() const { return std::string(path_) + "/figures.prom"; }

 private:
  char path_[32] = "/tmp/vip-guardian-test-XXXXXX";
};

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  return std::string((std::istreambuf_iterator<char>(file)), {});
}

}  // namespace

TEST_CASE("strings are written so that any JSON reader takes them") {
  const std::string strange = std::string("a\"b\\c\n\x01\xff") + "\xc3\xa4";
  JsonWriter writer;
  writer.beginObject().member("text", strange).key("list").beginArray().value(1).value(true).value("x").endArray();
  writer.key("none").beginArray().endArray().memberIf("absent", std::string()).endObject();
  const json read = json::parse(writer.take());
  CHECK(read["text"].get<std::string>() == "a\"b\\c\n\x01?\xc3\xa4");
  CHECK(read["list"].dump() == "[1,true,\"x\"]");
  CHECK(read["none"].empty());
  CHECK(read.size() == 3);
}

TEST_CASE("every word means its value, and no other word does") {
  for (const core::Role role : {core::Role::Unknown, core::Role::Master, core::Role::Backup, core::Role::Fault})
    CHECK(valueOf(word(role), core::Role::Other) == role);
  for (int i = 0; i < static_cast<int>(core::kOutcomes); ++i) {
    const auto outcome = static_cast<core::Outcome>(i);
    const core::Outcome other = outcome == core::Outcome::Open ? core::Outcome::Observed : core::Outcome::Open;
    CHECK(valueOf(word(outcome), other) == outcome);
  }
  for (int i = 0; i <= static_cast<int>(core::RoleSource::Interface); ++i) {
    const auto source = static_cast<core::RoleSource>(i);
    CHECK(*word(source) != '\0');
    CHECK(valueOf(word(source), core::RoleSource::Nothing) == source);
  }
  CHECK(valueOf("guarded", core::Standing::Unguarded) == core::Standing::Guarded);
  CHECK(valueOf("restart", core::PolicyKind::Reinstate) == core::PolicyKind::Restart);
  CHECK(valueOf("observe", core::PolicyKind::Reinstate) == core::PolicyKind::Observe);
  CHECK(valueOf("nonsense", core::Role::Fault) == core::Role::Fault);
}

TEST_CASE("the text has what others hold on to") {
  const json root = json::parse(toJson(test::picture(), kClock));
  CHECK(root["version"] == "0.1.0");
  CHECK(root["keepalived"]["version"] == "1.3.9");
  CHECK(root["keepalived"]["running"] == true);
  REQUIRE(root["instances"].size() == 2);
  const json& instance = root["instances"][0];
  CHECK(instance["name"] == "VI_1");
  CHECK(instance["vrid"] == 51);
  CHECK(instance["interface"] == "eth0");
  CHECK(instance["role"] == "MASTER");
  CHECK(instance["policy"] == "reinstate");
  CHECK(instance["owner"] == "this host");
  CHECK(root["instances"][1]["owner"] == "fe80::12");
  REQUIRE(instance["vips"].size() == 2);
  CHECK(instance["vips"][0]["address"] == "192.0.2.100/24");
  CHECK(instance["vips"][0]["interface"] == "eth0");
  CHECK(instance["vips"][0]["present"] == true);
  CHECK(instance["vips"][0]["reinstated"] == 3);
  CHECK(instance["vips"][0]["last_loss"]["remover"] == "systemd-networkd.service");
  CHECK(instance["vips"][0]["last_loss"]["outage_usec"] == 210);
  CHECK(instance["vips"][1].count("last_loss") == 0);
  REQUIRE(root["incidents"].size() == 1);
  CHECK(root["incidents"][0]["outcome"] == "repaired");
  CHECK(root["incidents"][0]["timeline"]["added_after_usec"] == 210);
}

TEST_CASE("what is read back is what was written, also when the clock was set in between") {
  Document document = test::picture();
  document.overview.paused = core::Pause{core::Instant{} + 6000s, "new switch"};
  const auto read = fromJson(toJson(document, kClock), kClock);
  REQUIRE(read);
  CHECK(toJson(*read, kClock) == toJson(document, kClock));
  const WallClock later(1793000100s);
  CHECK_FALSE(later.agrees(kClock));
  CHECK(WallClock(1793000000s + 10ms).agrees(kClock));
  CHECK(toJson(*read, later) != toJson(document, kClock));
}

TEST_CASE("a text that is no state file is refused, and what is missing or strange in one has its default") {
  for (const char* text : {"", "{", "[]", "7", "null", "\"text\"", "{\"instances\": [}"}) {
    INFO(text);
    CHECK_FALSE(fromJson(text, kClock));
  }
  for (const char* text :
       {"{}", R"({"instances": 7, "incidents": {}, "keepalived": [], "counters": {"outages": 7, "losses": -1}})",
        R"({"instances": [7, {}, {"vips": [{"address": "nonsense"}, {"address": "192.0.2.1/99"}], "peer": 7}]})",
        R"({"incidents": [{"vips": [{}], "routes": [[]], "timeline": []}]})"}) {
    INFO(text);
    CHECK(fromJson(text, kClock));
  }
}

TEST_CASE("numbers beyond all time are cut to what can be counted with") {
  const auto read = fromJson(
      R"({"counters": {"outage_usec": 9223372036854775807}, "guardian": {"since_usec": -9223372036854775808},
          "incidents": [{"timeline": {"noticed_usec": 9223372036854775807, "verified_after_usec": 9223372036854775807},
                         "vips": [{"address": "192.0.2.1/24", "outage_usec": -5}]}]})",
      kClock);
  REQUIRE(read);
  CHECK(read->overview.counters.outage > std::chrono::hours(24 * 365));
  CHECK(read->overview.counters.outage < std::chrono::hours(24 * 3660));
  const core::Timeline& timeline = read->overview.incidents.at(0).report.timeline;
  CHECK(*timeline.verified - timeline.noticed == read->overview.counters.outage);
  CHECK(read->overview.incidents.at(0).report.losses.at(0).outage == core::Duration{});
  CHECK(toJson(*fromJson(toJson(*read, kClock), kClock), kClock) == toJson(*read, kClock));
}

TEST_CASE("the verdict and its exit status") {
  using core::Role;
  const struct {
    const char* what;
    void (*change)(core::Overview& picture);
    Level level;
    const char* finding;  ///< what it must name; empty: none
  } cases[] = {
      {"all is well", [](auto&) {}, Level::Fine, ""},
      {"observing is no fault", [](auto& p) { p.policy = core::PolicyKind::Observe; }, Level::Fine, ""},
      {"a master's address is away", [](auto& p) { p.instances[0].vips[1].present = false; }, Level::Critical,
       "192.0.2.101/32"},
      {"a /32 stands in for it",
       [](auto& p) {
         p.instances[0].vips[0].present = false;
         p.instances[0].vips[0].held = true;
       },
       Level::Degraded, "as /32"},
      {"keepalived is silent", [](auto& p) { p.silent = true; }, Level::Degraded, "systemctl status keepalived"},
      {"maintenance",
       [](auto& p) {
         p.paused = core::Pause{{}, "new switch"};
       },
       Level::Degraded, "(new switch)"},
      {"the bus is gone", [](auto& p) { p.busLost = true; }, Level::Degraded, "bus"},
      {"keepalived has ended, and nobody else is heard", [](auto& p) { p.running = false; }, Level::Critical,
       "systemctl start keepalived"},
      {"keepalived has ended, and another node has it all",
       [](auto& p) {
         p.running = false;
         p.instances[0].peer = p.instances[1].peer;
       },
       Level::Degraded, "another node"},
      {"keepalived never ran",
       [](auto& p) {
         p.running = false;
         p.instances.clear();
       },
       Level::Unknown, "waits"},
      {"keepalived has not answered yet", [](auto& p) { p.instances.clear(); }, Level::Unknown, "not named"},
      {"a role is not known", [](auto& p) { p.instances[1].role = Role::Unknown; }, Level::Unknown, "which role"},
      {"what is broken outranks what is unknown",
       [](auto& p) {
         p.instances[1].role = Role::Unknown;
         p.instances[0].vips[0].present = false;
       },
       Level::Critical, "192.0.2.100/24"},
      {"FAULT", [](auto& p) { p.instances[1].role = Role::Fault; }, Level::Degraded, "journalctl -u keepalived"},
      {"a master that sends nothing", [](auto& p) { p.instances[0].mute = true; }, Level::Critical, "adverts"},
      {"a master that nobody saw become it",
       [](auto& p) {
         p.instances[0].unguarded = true;
         p.instances[0].standing = core::Standing::Unguarded;
       },
       Level::Degraded, "nothing is added"},
      {"a master in doubt", [](auto& p) { p.instances[0].standing = core::Standing::Doubt; }, Level::Degraded,
       "asked again"},
      {"on both nodes", [](auto& p) { p.instances[1].vips[0].present = true; }, Level::Critical, "fe80::12"},
      {"left behind on a backup",
       [](auto& p) {
         p.instances[1].vips[0].present = true;
         p.instances[1].peer->heard = false;
       },
       Level::Degraded, "on this host"},
      {"a configuration that is not understood", [](auto& p) { p.instances[0].understood = false; }, Level::Degraded,
       "inspect"},
      {"a file that was edited and not reloaded", [](auto& p) { p.instances[0].drift = "VI_1: another priority"; },
       Level::Degraded, "another priority"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Document document = test::picture();
    c.change(document.overview);
    const Verdict verdict = judge(document, true);
    CHECK(static_cast<int>(verdict.level) == static_cast<int>(c.level));
    CHECK(verdict.findings.empty() == (*c.finding == '\0'));
    if (!verdict.findings.empty()) CHECK(verdict.findings[0].text.find(c.finding) != std::string::npos);
  }
  const Verdict dead = judge(test::picture(), false);
  CHECK(dead.level == Level::Unknown);
  CHECK(dead.findings.at(0).text.find("systemctl start vip-guardian") != std::string::npos);
}

TEST_CASE("many missing addresses are named in one finding of one line") {
  Document document = test::picture();
  auto& vips = document.overview.instances[0].vips;
  for (auto& vip : vips) vip.present = false;
  while (vips.size() < 9) vips.push_back(vips[0]);
  const Verdict verdict = judge(document, true);
  REQUIRE(verdict.findings.size() == 1);
  CHECK(verdict.findings[0].text.find("and 6 more") != std::string::npos);
}

TEST_CASE("the file is whole, readable by all, and written anew only when it says something else") {
  const Folder folder;
  StatusFile file(folder.file());
  CHECK_FALSE(file.inherit());
  Document document = test::picture();
  ::umask(0077);
  REQUIRE(file.write(document));
  struct stat first {};
  REQUIRE(::stat(folder.file().c_str(), &first) == 0);
  CHECK((first.st_mode & 07777) == 0644);
  REQUIRE(file.write(document));
  struct stat second {};
  REQUIRE(::stat(folder.file().c_str(), &second) == 0);
  CHECK(second.st_ino == first.st_ino);
  document.overview.instances[0].vips[0].present = false;
  REQUIRE(file.write(document));
  REQUIRE(::stat(folder.file().c_str(), &second) == 0);
  CHECK(second.st_ino != first.st_ino);
  const std::string text = contentOf(folder.file());
  CHECK(text.back() == '\n');
  const auto left = StatusFile(folder.file()).inherit();
  REQUIRE(left);
  CHECK(left->counters.losses == document.overview.counters.losses);
}

TEST_CASE("where it cannot be written, that is an error that names the file") {
  StatusFile file("/nonexistent/status.json");
  const auto written = file.write(test::picture());
  REQUIRE_FALSE(written);
  CHECK(written.error().text() == "writing /nonexistent/status.json: No such file or directory");
}

TEST_CASE("the figures go along to a file for the node exporter, if one is named") {
  const Folder folder;
  StatusFile file(folder.file());
  Document document = test::picture();
  REQUIRE(file.write(document));
  CHECK(contentOf(folder.figures()).empty());
  file.metricsTo(folder.figures());
  REQUIRE(file.write(document));  // the state file has nothing new, and is left as it is
  const std::string figures = contentOf(folder.figures());
  CHECK(figures.find("\nvip_guardian_up 1\n") != std::string::npos);
  CHECK(figures.find("\nvip_guardian_vip_present{") != std::string::npos);
  struct stat facts {};
  REQUIRE(::stat(folder.figures().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0644);
  CHECK(contentOf(folder.figures() + ".new").empty());

  document.guardian = {};
  REQUIRE(file.write(document));
  CHECK(contentOf(folder.figures()).find("\nvip_guardian_up 0\n") != std::string::npos);

  file.metricsTo(folder.figures());
  CHECK(::access(folder.figures().c_str(), F_OK) == 0);
  file.metricsTo("");
  CHECK(::access(folder.figures().c_str(), F_OK) < 0);
  REQUIRE(file.write(document));
  CHECK(::access(folder.figures().c_str(), F_OK) < 0);
}

TEST_CASE("figures that cannot be written are told of, and the state file is written all the same") {
  const Folder folder;
  StatusFile file(folder.file());
  file.metricsTo("/nonexistent/figures.prom");
  const auto written = file.write(test::picture());
  REQUIRE_FALSE(written);
  CHECK(written.error().text() == "writing /nonexistent/figures.prom: No such file or directory");
  CHECK_FALSE(contentOf(folder.file()).empty());
}

TEST_CASE("a daemon is alive if its process is the one that wrote the file") {
  Document document = test::picture();
  document.guardian.pid = ::getpid();
  document.guardian.start = startOf(::getpid());
  CHECK(isAlive(document));
  document.guardian.start += 1;  // the number was given to another one
  CHECK_FALSE(isAlive(document));
  document.guardian.pid = 0;
  CHECK_FALSE(isAlive(document));
}
