// The manual page, the completion and what watches the figures, against what the program itself says.
#include <fstream>
#include <iterator>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

#include "cli/runner.hpp"
#include "status/metrics.hpp"
#include "support/picture.hpp"

using namespace guardian;
using test::run;

namespace {

/// A minus sign stands escaped in a manual page.
std::string source(const std::string& path) {
  std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  REQUIRE_FALSE(text.empty());
  return std::regex_replace(text, std::regex("\\\\-"), "-");
}

std::set<std::string> matches(const std::string& text, const char* pattern) {
  std::set<std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it)
    found.insert((*it)[1].str());
  return found;
}

}  // namespace

TEST_CASE("every command of the help has its place in the manual page and in the completions") {
  const std::string help = run({"--help"}).output;
  const auto commands =
      matches(help.substr(help.find("Commands:"), help.find("--help") - help.find("Commands:")), "\n  ([a-z]+) ");
  const std::string manual = source("packaging/man/vip-guardian.8");
  const std::string completion = source("packaging/completions/vip-guardian");
  const std::string zsh = source("packaging/completions/_vip-guardian");
  CHECK(commands.size() >= 5);
  for (const std::string& command : commands) {
    INFO(command);
    CHECK(std::regex_search(manual, std::regex("\n\\.TP\n\\.BI? \"?" + command + "\\b")));
    CHECK(std::regex_search(manual, std::regex("\n\\.B vip-guardian " + command + "\\b")));
    CHECK(std::regex_search(completion, std::regex("''\\) words='[a-z ]*\\b" + command + "\\b")));
    CHECK(std::regex_search(zsh, std::regex("\n    '" + command + ":[a-z][^'\n]+'\n")));
  }
  const auto listed = matches(zsh, "\n    '([a-z]+):");
  CHECK(listed == commands);  // nor one that there is not
}

TEST_CASE("every option that a command names stands in the manual page and in both completions") {
  const std::string help = run({"--help"}).output;
  const std::string manual = source("packaging/man/vip-guardian.8");
  const std::string told = manual.substr(manual.find("\n.SH COMMANDS\n"));
  const std::string bash = source("packaging/completions/vip-guardian");
  const std::string zsh = source("packaging/completions/_vip-guardian");
  // What is for tests and for other people's files is told among the options alone.
  const std::set<std::string> aside{"--file", "--directory", "--root", "--help"};
  std::size_t seen = 0;
  for (const std::string& command :
       matches(help.substr(help.find("Commands:"), help.find("--help") - help.find("Commands:")), "\n  ([a-z]+) ")) {
    const std::size_t at = manual.find("\n.B vip-guardian " + command);
    REQUIRE(at != std::string::npos);
    const std::string synopsis = manual.substr(at, manual.find("\n.br\n", at) - at);
    std::smatch block;
    std::string inZsh =
        std::regex_search(zsh, block, std::regex("\n    " + command + "\\)\\s[^;]+;;")) ? block.str() : "";
    for (const char* shared : {"file", "help"})
      if (inZsh.find(std::string("$") + shared) != std::string::npos) inZsh += std::string(" --") + shared;
    const auto words = matches(bash, ("\n    " + command + "\\)(?:\\s+#[^\n]*)?\\s+words='([^']*)'").c_str());
    const std::string inBash = words.empty() ? "" : *words.begin() + " ";
    for (const std::string& option : matches(run({command, "--help"}).output, "(--[a-z-]+)")) {
      INFO(command << " " << option);
      ++seen;
      CHECK((aside.count(option) == 1 || synopsis.find(option) != std::string::npos));
      CHECK(told.find(option) != std::string::npos);
      CHECK(inBash.find(option + " ") != std::string::npos);
      CHECK(inZsh.find(option) != std::string::npos);
    }
    // And nothing that the command does not name.
    for (const std::string& option : matches(synopsis + inBash, "(--[a-z-]+)")) {
      INFO(command << " " << option);
      CHECK((option == "--help" || run({command, "--help"}).output.find(option) != std::string::npos));
    }
  }
  CHECK(seen > 30);
}

TEST_CASE("every figure of metrics is explained in the manual page, and no other") {
  const auto printed = matches(run({"metrics", "--file", "/nonexistent"}).output, "# TYPE vip_guardian_([a-z_]+) ");
  const std::string manual = source("packaging/man/vip-guardian.8");
  const std::size_t start = manual.find("\n.SH METRICS\n");
  REQUIRE(start != std::string::npos);
  auto explained = matches(manual.substr(start, manual.find("\n.SH ", start + 5) - start), "\n\\.TP\n\\.B ([a-z_]+)\n");
  CHECK(printed.size() >= 20);
  CHECK(explained.erase("start_time_seconds") == 1);  // not without a daemon
  CHECK(printed == explained);
}

TEST_CASE("the alert rules and the dashboard use figures and labels that metrics prints, with a help text") {
  const std::string printed = status::metricsText(test::picture(), true, status::WallClock::now());
  const auto families = matches(printed, "# HELP (vip_guardian_[a-z_]+) [A-Z][^\n]+\\.\n");
  auto labels = matches(printed, "[{,]([a-z_]+)=\"");
  CHECK(families.size() >= 20);
  CHECK(labels.count("vrrp_instance") == 1);
  labels.insert({"instance", "name", "state"});  // Prometheus' own, and of node_systemd_unit_state
  for (const char* path : {"packaging/prometheus/alerts.yml", "packaging/grafana/vip-guardian.json"}) {
    const std::string text = source(path);
    const auto used = matches(text, "\\b(vip_guardian_[a-z_]+)");
    CHECK(used.size() >= 10);
    for (const std::string& name : used) {
      INFO(path << " uses " << name);
      CHECK(families.count(std::regex_replace(name, std::regex("_(bucket|sum|count)$"), "")) == 1);
    }
    for (const char* place : {"\\{\\{ ?(?:\\$labels\\.)?([a-z_]+) ?\\}\\}",
                              "[{,]([a-z_]+)=", "\\b(?:by|on) \\(([a-z_]+)", "\\b(?:by|on) \\([a-z_]+, ([a-z_]+)\\)"})
      for (const std::string& label : matches(text, place)) {
        INFO(path << " uses the label " << label);
        CHECK(labels.count(label) == 1);
      }
  }
}
