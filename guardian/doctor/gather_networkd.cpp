#include <fnmatch.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <map>

#include "doctor/gather_parts.hpp"
#include "doctor/ini.hpp"
#include "guardian/util/proc.hpp"

namespace guardian::doctor {
namespace {

const std::vector<std::string> kNetworkDirectories{"/etc/systemd/network", "/run/systemd/network",
                                                   "/usr/local/lib/systemd/network", "/usr/lib/systemd/network",
                                                   "/lib/systemd/network"};

/// The number in "libsystemd-shared-252.so"; 0: that is another file.
int versionIn(const std::string& name) {
  const std::string start = "libsystemd-shared-";
  if (name.compare(0, start.size(), start) != 0) return 0;
  return static_cast<int>(std::strtol(name.c_str() + start.size(), nullptr, 10));
}

int systemdVersion(const Tree& tree) {
  std::vector<std::string> directories{"/lib/systemd", "/usr/lib/systemd", "/usr/lib64/systemd"};
  for (const std::string& name : tree.list("/usr/lib"))
    if (name.find("-linux-") != std::string::npos) directories.push_back("/usr/lib/" + name + "/systemd");
  int version = 0;
  for (const std::string& directory : directories)
    for (const std::string& name : tree.list(directory)) version = std::max(version, versionIn(name));
  return version;
}

/// Whether a list of patterns takes a name; those behind a `!` are for all others. An empty list takes all.
bool takes(const std::vector<std::string>& patterns, const std::string& name) {
  if (patterns.empty()) return true;
  const bool inverted = patterns.front().front() == '!';
  bool found = false;
  for (std::string pattern : patterns) {
    if (pattern.front() == '!') pattern.erase(0, 1);
    found = found || ::fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  }
  return found != inverted;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

struct Match {
  bool applies = false;
  bool certain = true;
};

/// By what can be judged from here: names and MAC addresses.
Match matchOf(Tree& tree, const Ini& file, const std::string& interface) {
  Match match{true, true};
  std::map<std::string, std::vector<std::string>> keys;
  for (const Assignment& one : file.assignments()) {
    if (one.section != "Match") continue;
    for (const std::string& word : wordsOf(one.value)) keys[one.key].push_back(word);
  }
  for (const auto& [key, words] : keys) {
    if (key == "Name") {
      match.applies = match.applies && takes(words, interface);
    } else if (key == "MACAddress" || key == "PermanentMACAddress") {
      const auto mac = tree.read("/sys/class/net/" + interface + "/address");
      if (!mac) match.certain = false;
      bool found = !mac;
      for (const std::string& word : words) found = found || lower(word) + "\n" == lower(*mac);
      match.applies = match.applies && found;
    } else {
      match.certain = false;
    }
  }
  // systemd takes a file that names nothing for one that matches everything.
  return match;
}

std::vector<Prefix> addressesIn(const Ini& ini) {
  std::vector<Prefix> found;
  for (const char* section : {"Network", "Address"}) {
    for (const std::string& value : ini.all(section, "Address")) {
      const std::size_t slash = value.find('/');
      const auto address = core::parseAddress(value.substr(0, slash));
      if (!address) continue;
      const long length = slash == std::string::npos ? core::fullLength(address->family)
                                                     : std::strtol(value.c_str() + slash + 1, nullptr, 10);
      if (length >= 0 && length <= core::fullLength(address->family))
        found.push_back({*address, static_cast<std::uint8_t>(length)});
    }
  }
  return found;
}

NetworkFile factsOf(const std::string& path, const Ini& ini, bool certain) {
  NetworkFile file;
  file.path = path;
  file.certain = certain;
  file.keepConfiguration = settled(ini.last("Network", "KeepConfiguration").value_or(""));
  // [DHCPv4] since 243, [DHCP] before; the value counts in either.
  for (const char* section : {"DHCP", "DHCPv4"})
    file.critical = file.critical || isYes(ini.last(section, "CriticalConnection").value_or(""));
  file.ignoreCarrierLoss = settled(ini.last("Network", "IgnoreCarrierLoss").value_or(""));
  const std::string dhcp = settled(ini.last("Network", "DHCP").value_or("no"));
  file.dhcp = dhcp == "yes" || dhcp == "ipv4" || dhcp == "both" || dhcp == "v4";
  file.unmanaged = isYes(ini.last("Link", "Unmanaged").value_or(""));
  file.netplan = file.name().find("netplan") != std::string::npos;
  file.addresses = addressesIn(ini);
  return file;
}

std::optional<Ini> readNetworkFile(Tree& tree, const std::string& path) {
  const auto text = tree.read(path);
  if (!text) return std::nullopt;
  Ini ini;
  ini.add(*text);
  addDropIns(tree, kNetworkDirectories, path.substr(path.rfind('/') + 1), ini);
  return ini;
}

/// What networkd itself noted of an interface, which anybody may read.
std::optional<std::string> noteOf(Tree& tree, const std::string& interface) {
  const auto index = tree.read("/sys/class/net/" + interface + "/ifindex");
  if (!index) return std::nullopt;
  return tree.read("/run/systemd/netif/links/" + index->substr(0, index->find('\n')));
}

/// The files in the order in which networkd tries them: by name, each from the first directory that has it.
std::map<std::string, std::string> networkFiles(const Tree& tree) {
  std::map<std::string, std::string> found;
  for (const std::string& directory : kNetworkDirectories)
    for (const std::string& name : tree.list(directory))
      if (hasSuffix(name, ".network")) found.emplace(name, below(directory, name));
  return found;
}

}  // namespace

std::string settled(const std::string& value) {
  std::string word = lower(value);
  if (isYes(word)) return "yes";
  for (const char* no : {"no", "false", "off", "0", "n", "f"})
    if (word == no) return "no";
  return word;
}

bool isNetworkManagers(Tree& tree, const std::string& interface) {
  const auto index = tree.read("/sys/class/net/" + interface + "/ifindex");
  if (!index) return false;
  Ini ini;
  ini.add(tree.read("/run/NetworkManager/devices/" + index->substr(0, index->find('\n'))).value_or(""));
  // One that it only looks on is "managed" as well, and has no default metric.
  return isYes(ini.last("device", "managed").value_or("")) && ini.last("device", "route-metric-default-effective");
}

std::optional<NetworkFile> gatherNetworkFile(Tree& tree, const std::string& interface) {
  if (const auto note = noteOf(tree, interface)) {
    Ini ini;
    ini.add(*note);
    if (ini.last("", "ADMIN_STATE") == std::string("unmanaged")) return std::nullopt;
    const std::string path = ini.last("", "NETWORK_FILE").value_or("");
    if (!path.empty())
      if (const auto file = readNetworkFile(tree, path)) return factsOf(path, *file, true);
  }
  for (const auto& [name, path] : networkFiles(tree)) {
    const auto file = tree.isMask(path) ? std::nullopt : readNetworkFile(tree, path);
    if (!file || file->assignments().empty()) continue;
    const Match match = matchOf(tree, *file, interface);
    if (match.applies) return factsOf(path, *file, match.certain);
  }
  return std::nullopt;
}

Networkd gatherNetworkd(Tree& tree) {
  Networkd facts;
  facts.version = systemdVersion(tree);
  facts.enabled = isWantedBy(tree, "systemd-networkd.service", "multi-user.target") ||
                  !tree.list("/run/systemd/netif/links").empty();
  facts.waitsOnline = isWantedBy(tree, "systemd-networkd-wait-online.service", "network-online.target");
  if (facts.enabled && facts.version < 243)
    for (const char* program : {"/usr/lib/systemd/systemd-networkd", "/lib/systemd/systemd-networkd"})
      if (const auto bytes = tree.read(program))
        facts.knowsKeepConfiguration = bytes->find("KeepConfiguration") != std::string::npos;
  Ini settings;
  settings.add(tree.read("/etc/systemd/networkd.conf").value_or(""));
  addDropIns(tree, {"/etc/systemd", "/run/systemd", "/usr/local/lib/systemd", "/usr/lib/systemd", "/lib/systemd"},
             "networkd.conf", settings);
  facts.keepsRoutes = settled(settings.last("Network", "ManageForeignRoutes").value_or("")) == "no";
  return facts;
}

}  // namespace guardian::doctor
