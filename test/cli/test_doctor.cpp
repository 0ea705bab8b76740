// `vip-guardian doctor` on small trees of files: text, JSON, exit status, what it writes and takes away.
#include <regex>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/doctor.hpp"
#include "cli/runner.hpp"
#include "doctor/folder.hpp"
#include "doctor/gather.hpp"
#include "guardian/util/proc.hpp"

using namespace guardian;
using nlohmann::json;
using test::Folder;
using test::Ran;
using test::run;

namespace {

constexpr const char* kDropIn = "/etc/systemd/network/10-netplan-eth0.network.d/90-vip-guardian.conf";

void useNewerKeepalived(const Folder& folder) {
  folder.write("/var/lib/dpkg/status", "Package: keepalived\nStatus: install ok installed\nVersion: 1:2.2.7-1+b2\n\n");
}

std::string page(const Folder& folder, int width, bool colours = false) {
  cli::Screen screen;
  screen.width = width;
  screen.colours = colours;
  return cli::doctorText(doctor::judge(doctor::gather(folder.root())), screen);
}

}  // namespace

TEST_CASE("doctor exits by the worst that it found") {
  const Folder empty;
  const Folder bionic;
  writeBionic(bionic);
  const Folder newer;
  writeBionic(newer);
  useNewerKeepalived(newer);
  const Folder unseen;
  writeBionic(unseen);
  useNewerKeepalived(unseen);
  REQUIRE(::unlink(unseen.path("/etc/keepalived/keepalived.conf").c_str()) == 0);
  const struct {
    const Folder& folder;
    int status;
    const char* verdict;
  } rows[] = {{empty, 0, "fine"}, {newer, 1, "degraded"}, {bionic, 2, "critical"}, {unseen, 3, "unknown"}};
  for (const auto& row : rows) {
    INFO(row.verdict);
    for (const bool withoutRights : {false, true}) {
      const Ran ran = run({"doctor", "--json", "--root", row.folder.root()}, withoutRights);
      CHECK(ran.status == row.status);
      CHECK(ran.complaints.empty());
      CHECK(json::parse(ran.output)["verdict"]["level"] == row.verdict);
      CHECK(run({"doctor", "--root=" + row.folder.root()}, withoutRights).status == row.status);
    }
  }
}

TEST_CASE("doctor answers in JSON with all that a program needs") {
  const Folder folder;
  writeBionic(folder);
  const json root = json::parse(run({"doctor", "--json", "--root", folder.root()}).output);
  CHECK(root["version"] == VERSION);
  CHECK(root["verdict"]["text"].get<std::string>().find("needs a guardian") != std::string::npos);
  CHECK(root["unseen"].empty());
  REQUIRE(root["findings"].size() > 5);
  int fixes = 0;
  for (const json& finding : root["findings"]) {
    INFO(finding.dump());
    CHECK(std::regex_match(finding["id"].get<std::string>(), std::regex("[a-z-]+(\\.[a-z-]+)?")));
    CHECK(std::regex_match(finding["severity"].get<std::string>(), std::regex("ok|note|warning|bad")));
    for (const char* text : {"statement", "reason", "remedy"}) CHECK(finding[text].is_string());
    CHECK(finding["about"].is_array());
    for (const json& fix : finding["fixes"]) {
      ++fixes;
      CHECK(fix["path"] == kDropIn);
      CHECK(fix["text"].get<std::string>().find("CriticalConnection=yes\n") != std::string::npos);
      CHECK(fix["effect"].is_string());
    }
  }
  CHECK(fixes == 1);
}

TEST_CASE("doctor writes nothing that nobody consented to") {
  const Folder folder;
  writeBionic(folder);
  const Ran ran = run({"doctor", "--fix", "--root", folder.root()});
  CHECK(ran.status == 64);
  CHECK(ran.output.find(kDropIn) != std::string::npos);  // shown all the same
  CHECK(ran.complaints.find("--yes") != std::string::npos);
  CHECK(::access(folder.path(kDropIn).c_str(), F_OK) != 0);
}

TEST_CASE("doctor --fix writes, and --undo removes exactly that") {
  const Folder folder;
  writeBionic(folder);
  const Ran fixed = run({"doctor", "--fix", "--yes", "--root", folder.root()});
  INFO(fixed.output << fixed.complaints);
  CHECK(fixed.status == 0);
  CHECK(fixed.output.find("written: " + std::string(kDropIn) + "\n") != std::string::npos);
  CHECK(readWhole(folder.path(kDropIn)).find("CriticalConnection=yes\n") != std::string::npos);
  CHECK(run({"doctor", "--fix", "--yes", "--root", folder.root()}).output == "There is nothing that --fix could do.\n");

  CHECK(run({"doctor", "--undo", "--root", folder.root()}).status == 64);
  CHECK(::access(folder.path(kDropIn).c_str(), F_OK) == 0);
  const Ran undone = run({"doctor", "--undo", "--yes", "--root", folder.root()});
  CHECK(undone.status == 0);
  CHECK(undone.output.find("removed: " + std::string(kDropIn) + "\n") != std::string::npos);
  CHECK(::access(folder.path(kDropIn).c_str(), F_OK) != 0);
  CHECK(run({"doctor", "--undo", "--yes", "--root", folder.root()}).output == "There is nothing of ours to remove.\n");
}

TEST_CASE("doctor leaves a file of others alone, and says so") {
  const Folder folder;
  writeBionic(folder);
  folder.write(kDropIn, "[Network]\nDHCP=no\n");
  const Ran ran = run({"doctor", "--fix", "--yes", "--root", folder.root()});
  CHECK(ran.status == 1);
  CHECK(ran.complaints ==
        "vip-guardian doctor: writing " + std::string(kDropIn) + ": File exists; that file is not ours\n");
  CHECK(readWhole(folder.path(kDropIn)) == "[Network]\nDHCP=no\n");
}

TEST_CASE("the doctor's report fits a terminal, but for what is to be copied") {
  const Folder folder;
  writeBionic(folder);
  for (const int width : {80, 120}) {
    const std::string text = page(folder, width);
    const std::string remedy(11, ' ');
    for (std::size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      INFO(text.substr(at, end - at));
      const bool isCopied = text.compare(at, remedy.size(), remedy) == 0 && text[at + remedy.size()] != '#';
      CHECK((end - at <= static_cast<std::size_t>(width) || isCopied));
    }
  }
  CHECK(page(folder, 80).find('\x1b') == std::string::npos);
  CHECK(page(folder, 80, true).find("\x1b[1;31mBAD") != std::string::npos);
}

TEST_CASE("nothing that a file says reaches the terminal as a command") {
  const Folder folder;
  writeBionic(folder);
  folder.write("/etc/keepalived/keepalived.conf",
               "vrrp_instance V\x1b[2J {\n state MASTER\n interface eth0\n virtual_router_id 51\n"
               " virtual_ipaddress {\n  192.0.2.100\n }\n}\n");
  const Ran ran = run({"doctor", "--root", folder.root()});
  CHECK(ran.output.find("V?[2J") != std::string::npos);
  CHECK(ran.output.find('\x1b') == std::string::npos);
}
