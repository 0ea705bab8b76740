#include <sys/utsname.h>

#include <algorithm>
#include <cstdlib>

#include "doctor/gather_parts.hpp"
#include "doctor/ini.hpp"
#include "guardian/util/proc.hpp"
#include "keepalived/command_line.hpp"
#include "keepalived/config_reader.hpp"
#include "keepalived/installed.hpp"

namespace guardian::doctor {
namespace {

constexpr const char* kUnit = "keepalived.service";

/// keepalived's view of the files of a tree: it knows no root but its own.
class TreeFiles : public keepalived::FileSource {
 public:
  explicit TreeFiles(const Tree& tree) : prefix_(tree.path("")) {}

  keepalived::FileContent readFile(const std::string& path) override {
    return keepalived::realFiles().readFile(prefix_ + path);
  }
  std::vector<std::string> glob(const std::string& pattern, const std::string& directory) override {
    const bool relative = pattern.empty() || pattern.front() != '/';
    std::vector<std::string> found = relative ? keepalived::realFiles().glob(pattern, prefix_ + directory)
                                              : keepalived::realFiles().glob(prefix_ + pattern, "");
    for (std::string& path : found) path.erase(0, std::min(path.size(), prefix_.size()));
    return found;
  }

 private:
  std::string prefix_;
};

std::optional<core::Version> versionOf(Tree& tree, const Guardian& guardian) {
  if (guardian.alive && guardian.document->overview.running && guardian.document->overview.version.major != 0)
    return guardian.document->overview.version;
  if (tree.isThisHost())
    if (const auto version = keepalived::installedVersion()) return version;
  const auto package = packageVersion(tree, "keepalived");
  return package ? keepalived::parseVersion(package->substr(0, package->find_first_of("-+~"))) : std::nullopt;
}

/// Of the one that runs; else what systemd would start it with.
keepalived::CommandLine commandLineOf(Tree& tree, const std::optional<Ini>& unit, const core::Version& version) {
  if (tree.isThisHost()) {
    const int pid = static_cast<int>(std::strtol(readWhole("/run/keepalived.pid").c_str(), nullptr, 10));
    std::vector<std::string> words;
    if (pid > 0 && commOf(pid).rfind("keepalived", 0) == 0) words = commandOf(pid);
    if (!words.empty()) return keepalived::readCommandLine({words.begin() + 1, words.end()}, version);
  }
  std::vector<std::string> words = keepalived::readDefaultsFile(tree.read("/etc/default/keepalived").value_or(""));
  const std::vector<std::string> start = wordsOf(unit ? unit->last("Service", "ExecStart").value_or("") : "");
  for (std::size_t i = 1; i < start.size(); ++i)
    if (start[i].front() != '$') words.push_back(start[i]);
  return keepalived::readCommandLine(words, version);
}

std::string nodeNameOf(Tree& tree) {
  utsname names{};
  if (tree.isThisHost()) return ::uname(&names) == 0 ? names.nodename : "";
  const std::string text = tree.read("/etc/hostname").value_or("");
  return text.substr(0, text.find('\n'));
}

void readConfiguration(Tree& tree, Keepalived& facts, const keepalived::CommandLine& line) {
  TreeFiles files(tree);
  facts.configFile = line.configFile;
  using Status = keepalived::FileContent::Status;
  // What includes others may be readable where these are not: then the reader says so.
  const Status status = files.readFile(line.configFile).status;
  if (status == Status::Unreadable) return tree.cannotSee(line.configFile, "it takes root to read it");
  if (status == Status::Missing && files.glob(line.configFile, "").empty())
    return tree.cannotSee(line.configFile, "it is not there");
  keepalived::ReadOptions options;
  if (facts.version) options.version = *facts.version;
  options.configId = line.configId.empty() ? keepalived::configIdOf(nodeNameOf(tree)) : line.configId;
  facts.configuration = keepalived::readConfiguration(line.configFile, options, files);
}

/// What anybody may know of a configuration that is for root alone: where the guardian says that addresses stand.
std::vector<core::Instance> reportedBy(const Guardian& guardian) {
  std::vector<core::Instance> instances;
  if (!guardian.document) return instances;
  for (const core::InstanceOverview& shown : guardian.document->overview.instances) {
    core::Instance instance;
    instance.name = shown.name;
    instance.family = shown.family;
    instance.interface = shown.interface;
    for (const core::VipOverview& place : shown.vips) {
      core::Vip vip;
      vip.address = place.address;
      vip.prefixLength = place.prefixLength;
      vip.interface = place.interface;
      vip.deprecated = shown.family == core::Family::IPv6 && place.prefixLength == 128;
      instance.vips.push_back(vip);
    }
    instances.push_back(std::move(instance));
  }
  return instances;
}

}  // namespace

Keepalived gatherKeepalived(Tree& tree, const Guardian& guardian) {
  Keepalived facts;
  const std::optional<Ini> unit = readUnit(tree, kUnit);
  facts.version = versionOf(tree, guardian);
  facts.installed = facts.version || unit || tree.exists("/usr/sbin/keepalived");
  if (!facts.installed) return facts;
  if (unit) {
    facts.hasUnit = true;
    facts.privateTmp = isYes(unit->last("Service", "PrivateTmp").value_or(""));
    for (const std::string& line : unit->all("Unit", "After"))
      for (const std::string& word : wordsOf(line))
        if (word == "network-online.target") facts.afterNetworkOnline = true;
  }
  readConfiguration(tree, facts, commandLineOf(tree, unit, facts.version.value_or(core::Version{1, 3, 9})));
  if (!facts.configuration) facts.reported = reportedBy(guardian);
  return facts;
}

}  // namespace guardian::doctor
