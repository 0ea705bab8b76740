#include <ctime>

#include "doctor/gather_parts.hpp"
#include "doctor/ini.hpp"
#include "guardian/util/proc.hpp"
#include "systemd/timers.hpp"

namespace guardian::doctor {
namespace {

constexpr const char* kTimer = "apt-daily-upgrade.timer";

/// The lines of a file that are no comments.
std::vector<std::string> linesOf(const std::string& text, const std::string& comment) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t start = text.find_first_not_of(" \t", at);
    if (start < end && text.compare(start, comment.size(), comment) != 0)
      lines.push_back(text.substr(start, end - start));
    at = end + 1;
  }
  return lines;
}

/// Of `APT::Periodic::Unattended-Upgrade "1";`, the last of all files. Not said: apt does nothing by itself.
bool isSwitchedOn(Tree& tree) {
  std::vector<std::string> files;
  for (const std::string& name : tree.list("/etc/apt/apt.conf.d")) files.push_back("/etc/apt/apt.conf.d/" + name);
  files.emplace_back("/etc/apt/apt.conf");
  bool on = false;
  for (const std::string& file : files) {
    for (const std::string& line : linesOf(tree.read(file).value_or(""), "//")) {
      const std::size_t key = line.find("Unattended-Upgrade ");
      if (key == std::string::npos || line.front() == '#') continue;
      const std::size_t quote = line.find('"', key);
      on = quote != std::string::npos && line.compare(quote + 1, 1, "0") != 0;
    }
  }
  return on && !tree.isMask("/etc/systemd/system/" + std::string(kTimer));
}

std::string dateText(std::int64_t date) {
  const std::time_t seconds = static_cast<std::time_t>(date / 1000000);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, "%a %F %R %Z", &parts));
}

/// Either it restarts nothing by itself, or not these.
bool sparesNetwork(Tree& tree) {
  std::vector<std::string> files{"/etc/needrestart/needrestart.conf"};
  for (const std::string& name : tree.list("/etc/needrestart/conf.d"))
    if (hasSuffix(name, ".conf")) files.push_back("/etc/needrestart/conf.d/" + name);
  bool lists = false;
  bool networkd = false;
  bool keepalived = false;
  for (const std::string& file : files) {
    for (const std::string& line : linesOf(tree.read(file).value_or(""), "#")) {
      if (line.find("$nrconf{restart}") == 0) lists = line.find("'l'") != std::string::npos;
      const bool off = line.find("= 0") != std::string::npos || line.find("=> 0") != std::string::npos;
      const bool spared = off && line.find("qr(") != std::string::npos;
      if (spared && line.find("systemd-networkd") != std::string::npos) networkd = true;
      if (spared && line.find("keepalived") != std::string::npos) keepalived = true;
    }
  }
  return lists || (networkd && keepalived);
}

}  // namespace

std::optional<std::string> packageVersion(Tree& tree, const std::string& package) {
  const auto status = tree.read("/var/lib/dpkg/status");
  if (!status) return std::nullopt;
  const std::string head = "Package: " + package + "\n";
  std::size_t at = status->compare(0, head.size(), head) == 0 ? 0 : status->find("\n" + head);
  if (at == std::string::npos) return std::nullopt;
  const std::string entry = status->substr(at, status->find("\n\n", at + 1) - at);
  at = entry.find("\nVersion: ");
  if (entry.find("\nStatus: install ok installed") == std::string::npos || at == std::string::npos) return std::nullopt;
  const std::string version = entry.substr(at + 10, entry.find('\n', at + 10) - at - 10);
  return version.substr(version.find(':') + 1);
}

Upgrades gatherUpgrades(Tree& tree) {
  Upgrades facts;
  facts.unattended = packageVersion(tree, "unattended-upgrades") && isSwitchedOn(tree);
  if (facts.unattended && tree.isThisHost())
    if (const auto date = systemd::nextRunOf(kTimer)) facts.nextRun = dateText(*date);
  facts.needrestart = packageVersion(tree, "needrestart").has_value();
  facts.needrestartSparesNetwork = facts.needrestart && sparesNetwork(tree);
  return facts;
}

}  // namespace guardian::doctor
