// `vip-guardian status` on state files that are made here: text, JSON, exit status.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <regex>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/runner.hpp"
#include "cli/status.hpp"
#include "guardian/util/proc.hpp"
#include "support/picture.hpp"

using namespace guardian;
using nlohmann::json;
using test::Ran;
using test::run;

namespace {

/// As of a daemon that is alive: this process plays it.
status::Document alive() {
  status::Document document = test::picture();
  document.guardian.pid = ::getpid();
  document.guardian.start = startOf(::getpid());
  return document;
}

class Folder {
 public:
  Folder() {
    REQUIRE(::mkdtemp(path_) != nullptr);
    REQUIRE(::chmod(path_, 0755) == 0);
    write("fine", alive());
    status::Document document = alive();
    document.overview.silent = true;
    write("silent", document);
    document.overview.instances[0].vips[0].present = false;
    write("missing", document);
    document = alive();
    document.overview.instances[1].role = core::Role::Unknown;
    write("unknown", document);
    document = alive();
    document.overview.instances[0].role = core::Role::Backup;
    document.overview.instances[0].standing = core::Standing::Unguarded;
    write("backup", document);
    document = alive();
    document.guardian.start = 1;
    write("dead", document);
    document = alive();
    document.overview.instances[0].name = "VI\x1b[2J";
    write("hostile", document);
    std::ofstream(file("junk")) << "{";
    names_.emplace_back("junk");
  }
  ~Folder() {
    for (const std::string& name : names_) ::unlink(file(name).c_str());
    ::rmdir(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return std::string(path_) + "/" + name; }

 private:
  void write(const std::string& name, const status::Document& document) {
    std::ofstream(file(name)) << status::toJson(document, status::WallClock::now());
    REQUIRE(::chmod(file(name).c_str(), 0644) == 0);
    names_.push_back(name);
  }
  char path_[32] = "/tmp/vip-guardian-test-XXXXXX";
  std::vector<std::string> names_;
};

std::string page(const status::Document& document, int width, bool colours = false) {
  cli::Screen screen;
  screen.width = width;
  screen.colours = colours;
  const cli::Moment moment{core::Instant{} + std::chrono::seconds(5060), status::WallClock::now()};
  return cli::statusText(document, status::judge(document, true), screen, moment);
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

/// One command line, without rights, and all that can be seen of it from outside.
struct Case {
  std::vector<std::string> arguments;  ///< behind the command; @ is the folder
  int status;
  const char* output;  ///< regular expressions, to be found in it; empty: nothing is printed
  const char* complaints;
};

void expect(const char* command, const Case& c, const Folder& folder) {
  std::vector<std::string> arguments{command};
  for (const std::string& argument : c.arguments)
    arguments.push_back(std::regex_replace(argument, std::regex("@"), folder.file("")));
  const Ran ran = run(arguments, true);
  INFO(command << " " << (c.arguments.empty() ? "" : c.arguments.front()) << "\n" << ran.output << ran.complaints);
  CHECK(ran.status == c.status);
  CHECK(ran.output.empty() == (*c.output == '\0'));
  CHECK(std::regex_search(ran.output, std::regex(c.output)));
  CHECK(ran.complaints.empty() == (*c.complaints == '\0'));
  CHECK(std::regex_search(ran.complaints, std::regex(c.complaints)));
}

}  // namespace

TEST_CASE("status: arguments, exit status, and what is printed") {
  const Folder folder;
  const struct {
    std::vector<std::string> arguments;  ///< behind "status"; @ is the folder
    int status;
    const char* output;  ///< regular expressions, to be found in it; empty: nothing is printed
    const char* complaints;
  } cases[] = {
      {{"--file", "@fine"},
       0,
       "^vip-guardian 0\\.1\\.0  FINE  guarding 2 addresses\nkeepalived 1\\.3\\.9, running",
       ""},
      {{"--file=@fine"}, 0, "VI_1  MASTER[^]*owner now  this host[^]*192\\.0\\.2\\.100/24  here  ", ""},
      {{"--file", "@fine"}, 0, "VI_6  BACKUP[^]*owner now  fe80::12 \\(priority 200\\), heard since ", ""},
      {{"--file", "@fine"}, 0, "3 of 3 [^\n]*0\\.21 ms  systemd-networkd\n", ""},
      {{"--file", "@fine"}, 0, "3f2a91c0  VI_1: 1 address [^\n]*\\(restarted by apt-daily-upgrade\\.service\\)\n", ""},
      {{"--file", "@silent"}, 1, "DEGRADED  1 finding\n[^]*! keepalived does not answer", ""},
      {{"--file", "@missing"},
       2,
       "CRITICAL  2 findings\n[^]*!! VI_1: missing on eth0: 192\\.0\\.2\\.100/24\n[^]*MISSING",
       ""},
      {{"--file", "@unknown"}, 3, "UNKNOWN[^]*VI_6: keepalived has not said", ""},
      {{"--file", "@dead"},
       3,
       "^vip-guardian is not running: [^]*systemctl start[^]*What it knew last:[^]*VI_1  MASTER",
       ""},
      {{"--file", "@none"}, 3, "^vip-guardian is not running: [^]*journalctl -u vip-guardian -n 20\n$", ""},
      {{"--file", "@junk"}, 3, "makes no sense", ""},
      {{"--file", "@hostile"}, 0, "VI\\?\\[2J  MASTER", ""},
      {{"--json", "--file", "@fine"}, 0, "^\\{\n[^]*\\}\n$", ""},
      {{"--json", "--file", "@missing"}, 2, "\"level\": \"critical\"", ""},
      {{"--json", "--file", "@dead"}, 3, "\"running\": false", ""},
      {{"--json", "--file", "@none"}, 3, "\"instances\": \\[\\]", ""},
      {{"--help"}, 0, "^Usage: vip-guardian status", ""},
      {{"--nonsense"}, 64, "", "^vip-guardian status: unexpected \"--nonsense\"\nUsage: [^]*"},
      {{"VI_1"}, 64, "", "unexpected \"VI_1\""},
      {{"--file"}, 64, "", "unexpected \"--file\""},
  };
  for (const auto& c : cases) {
    std::vector<std::string> arguments{"status"};
    for (const std::string& argument : c.arguments)
      arguments.push_back(std::regex_replace(argument, std::regex("@"), folder.file("")));
    for (const bool withoutRights : {false, true}) {
      const Ran ran = run(arguments, withoutRights);
      INFO("status " << (c.arguments.empty() ? "" : c.arguments.back()) << "\n" << ran.output << ran.complaints);
      CHECK(ran.status == c.status);
      CHECK(ran.output.empty() == (*c.output == '\0'));
      CHECK(std::regex_search(ran.output, std::regex(c.output)));
      CHECK(ran.complaints.empty() == (*c.complaints == '\0'));
      CHECK(std::regex_search(ran.complaints, std::regex(c.complaints)));
      CHECK(ran.output.find('\x1b') == std::string::npos);  // no terminal, no colours
    }
  }
}

TEST_CASE("metrics: arguments, exit status, and what is printed") {
  const Folder folder;
  const Case cases[] = {
      // No "[^]*" in here: libstdc++ recurses for each character, and the text is long.
      {{"--file", "@fine"}, 0, "\nvip_guardian_up 1\n", ""},
      {{"--file", "@fine"}, 0, "\nvip_guardian_vip_present\\{vrrp_instance=\"VI_1\"", ""},
      {{"--file=@missing"}, 0, "\nvip_guardian_status 2\n", ""},
      {{"--file", "@dead"}, 3, "\nvip_guardian_up 0\n", ""},
      {{"--file", "@dead"}, 3, "\nvip_guardian_vip_losses_total\\{", ""},
      {{"--file", "@none"}, 3, "\nvip_guardian_up 0\n", ""},
      {{"--help"}, 0, "^Usage: vip-guardian metrics", ""},
      {{"--json"}, 64, "", "unexpected \"--json\""},
  };
  for (const Case& c : cases) expect("metrics", c, folder);
}

TEST_CASE("check: arguments, exit status, and what is printed") {
  const Folder folder;  // of the addresses in there none is on this host
  const Case cases[] = {
      {{"VI_6", "--file", "@fine"}, 0, "^VI_6: elsewhere: BACKUP; the addresses are at fe80::12\n$", ""},
      {{"VI_6", "--monitor", "--file", "@fine"}, 0, "^VI_6: elsewhere", ""},
      {{"VI_1", "--timeout=10ms", "--file", "@fine"},
       1,
       "^VI_1: lost: MASTER, but without 192\\.0\\.2\\.100/24 on eth0",
       ""},
      {{"VI_1", "--timeout=10ms", "--monitor", "--file", "@fine"}, 2, "has not noticed\n$", ""},
      {{"--timeout", "10ms", "--file", "@fine"}, 1, "^VI_1: lost[^]*\nVI_6: elsewhere", ""},
      {{"VI_9", "--file", "@fine"}, 0, "^VI_9: unknown: keepalived has not named this instance\n$", ""},
      {{"VI_9", "--monitor", "--file", "@fine"}, 3, "^VI_9: unknown", ""},
      {{"VI_6", "--monitor", "--file", "@unknown"}, 3, "^VI_6: unknown: keepalived has not said", ""},
      {{"VI_1", "--file", "@dead"}, 0, "^VI_1: unknown: vip-guardian is not running\n$", ""},
      {{"--monitor", "--file", "@none"}, 3, "^vip-guardian: unknown: vip-guardian is not running\n$", ""},
      {{"VI_1", "--tcp=1", "--file", "@backup"},  // without a network there is nobody to ask
       0,
       "^VI_1: elsewhere: BACKUP; 127\\.0\\.0\\.1 port 1 cannot be asked: Network is unreachable\n$",
       ""},
      {{"--help"}, 0, "^Usage: vip-guardian check", ""},
      {{"--tcp", "65536"}, 64, "", "--tcp does not take \"65536\"\nUsage: "},
      {{"--http", "80/a b"}, 64, "", "--http does not take"},
      {{"--grace", "soon"}, 64, "", "--grace does not take \"soon\""},
      {{"VI_1", "VI_6"}, 64, "", "unexpected \"VI_6\""},
      {{"--nonsense"}, 64, "", "unexpected \"--nonsense\""},
  };
  for (const Case& c : cases) expect("check", c, folder);
}

TEST_CASE("handover: nothing is done where it would not work, and the reason is given") {
  const Folder folder;
  const Case cases[] = {
      {{"VI_1", "--yes", "--file", "@fine"}, 3, "", "VI_1 would come right back, for it has no nopreempt"},
      {{"VI_1", "--force", "--file", "@fine"}, 3, "", "there is nobody to ask; --yes does it without asking\n$"},
      {{"VI_6", "--yes", "--file", "@fine"}, 3, "", "VI_6 is not MASTER here; there is nothing to hand over\n$"},
      {{"VI_9", "--yes", "--file=@fine"}, 3, "", "keepalived has no instance \"VI_9\"\n$"},
      {{"VI_1", "--yes", "--file", "@dead"}, 3, "", "vip-guardian does not run here"},
      {{"VI_1", "--yes", "--file", "@none"}, 3, "", "vip-guardian does not run here"},
      {{"--help"}, 0, "^Usage: vip-guardian handover", ""},
      {{}, 64, "", "which instance\\?\nUsage: "},
      {{"VI_1", "VI_6"}, 64, "", "unexpected \"VI_6\""},
      {{"VI_1", "--nonsense"}, 64, "", "unexpected \"--nonsense\""},
  };
  for (const Case& c : cases) expect("handover", c, folder);
}

TEST_CASE("status: the JSON has the same members whether the daemon runs or not") {
  const Folder folder;
  for (const char* name : {"fine", "dead", "none"}) {
    INFO(name);
    const json root = json::parse(run({"status", "--json", "--file", folder.file(name)}).output);
    CHECK(root["version"].is_string());
    CHECK(root["keepalived"].is_object());
    CHECK(root["instances"].is_array());
    CHECK(root["incidents"].is_array());
    CHECK(root["guardian"]["running"] == (std::string(name) == "fine"));
    CHECK(root["verdict"]["level"] == (std::string(name) == "fine" ? "fine" : "unknown"));
    CHECK(root["verdict"]["findings"].size() == (std::string(name) == "fine" ? 0 : 1));
  }
}

TEST_CASE("status: it fits the terminal, whatever it has to say") {
  status::Document document = alive();
  document.overview.instances[0].vips[1].present = false;
  document.overview.instances[0].waiting = "waiting for the base address of its subnet on eth0, which was removed too";
  document.overview.instances[0].vips.push_back(test::vipOf("2001:db8:1234:5678:9abc:def0:1234:5678", 128, true));
  document.overview.incidents.back().report.trigger = "restarted by a-service-with-quite-a-long-name.service";
  document.overview.silent = true;
  for (const int width : {80, 100, 120}) {
    const std::string text = page(document, width);
    INFO(text);
    CHECK(widest(text) <= static_cast<std::size_t>(width));
  }
  CHECK(page(document, 0).find("...") == std::string::npos);  // into a file goes everything
}

TEST_CASE("status: of very many addresses only the remarkable ones are listed") {
  status::Document document = alive();
  auto& vips = document.overview.instances[0].vips;
  while (vips.size() < 500) vips.push_back(vips[1]);
  vips[400].present = false;
  vips[400].address = *core::parseAddress("203.0.113.7");
  const std::string text = page(document, 80);
  INFO(text);
  CHECK(text.find("203.0.113.7/32") != std::string::npos);
  CHECK(text.find("498 more addresses, 499 of all 500 are here") != std::string::npos);
  CHECK(std::count(text.begin(), text.end(), '\n') < 30);
}

TEST_CASE("status: colours are where they are wanted, and add nothing to the text") {
  const std::string coloured = page(alive(), 80, true);
  CHECK(coloured.find("\x1b[32mFINE\x1b[0m") != std::string::npos);
  CHECK(std::regex_replace(coloured, std::regex("\x1b\\[[0-9;]*m"), "") == page(alive(), 80));
}
