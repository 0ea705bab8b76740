#include "systemd/instigator.hpp"

#include <dirent.h>
#include <pwd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <sstream>

#include "guardian/util/handle.hpp"

namespace guardian::systemd {
namespace {

using Words = std::vector<std::string>;

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string baseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool isOneOf(const std::string& word, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* each) { return word == each; });
}

bool startsWith(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

/// Where the program's own name stands: behind an interpreter's.
std::size_t programAt(const Words& command) {
  const std::string first = command.empty() ? "" : baseName(command[0]);
  const bool interpreter = startsWith(first, "python") || startsWith(first, "perl") || isOneOf(first, {"sh", "bash", "dash"});
  return interpreter && command.size() > 1 ? 1 : 0;
}

bool has(const Words& command, std::size_t from, std::initializer_list<const char*> words) {
  return std::any_of(command.begin() + static_cast<std::ptrdiff_t>(from), command.end(),
                     [&](const std::string& word) { return isOneOf(word, words); });
}

/// 0: it asks for exactly this; 1: a package manager, whose scripts do; 2: neither.
int rankOf(const Words& command) {
  if (command.empty()) return 2;
  const std::size_t at = programAt(command);
  const std::string program = baseName(command[at]);
  if (program == "networkctl") return has(command, at + 1, {"reconfigure", "reload", "up", "down", "renew", "forcerenew"}) ? 0 : 2;
  if (program == "netplan") return has(command, at + 1, {"apply", "try"}) ? 0 : 2;
  if (isOneOf(program, {"systemctl", "deb-systemd-invoke"})) {
    const bool verb = has(command, at + 1, {"restart", "try-restart", "reload-or-restart", "condrestart", "stop", "start", "reload"});
    const bool target = std::any_of(command.begin(), command.end(), [](const std::string& w) { return startsWith(w, "systemd-networkd"); });
    return verb && target ? 0 : 2;
  }
  return isOneOf(program, {"dpkg", "apt-get", "apt", "aptitude", "unattended-upgrade", "unattended-upgrades"}) ? 1 : 2;
}

std::string nameOf(const ProcessFacts& process) {
  const std::string suffix = ".service";
  // A service that did it says more than the command which it used; a login session says less.
  if (process.unit.size() > suffix.size() && process.unit.compare(process.unit.size() - suffix.size(), suffix.size(), suffix) == 0)
    return process.unit;
  const std::string program = baseName(process.command[programAt(process.command)]);
  return program + "[" + std::to_string(process.pid) + "]" + (process.user.empty() ? "" : " run by user " + process.user);
}

Words commandOf(const std::string& folder) {
  const std::string text = slurp(folder + "/cmdline");
  Words words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, stop - at));
    at = stop + 1;
  }
  return words;
}

std::string userOf(const std::string& folder) {
  const std::string text = slurp(folder + "/loginuid");
  const unsigned long uid = std::strtoul(text.c_str(), nullptr, 10);
  if (text.empty() || uid >= 0xffffffffUL) return {};
  const passwd* entry = ::getpwuid(static_cast<uid_t>(uid));
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

}  // namespace

std::string unitOfCgroup(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controller = line.substr(first + 1, second - first - 1);
    if (!controller.empty() && controller != "name=systemd") continue;
    for (std::string path = line.substr(second + 1); !path.empty(); path.resize(path.rfind('/'))) {
      const std::string last = baseName(path);
      const std::size_t dot = last.rfind('.');
      const std::string kind = dot == std::string::npos ? "" : last.substr(dot);
      if (kind == ".service" || kind == ".scope") return last;
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return {};
}

std::string pickInstigator(const std::vector<ProcessFacts>& processes) {
  const ProcessFacts* best = nullptr;
  int bestRank = 2;
  for (const ProcessFacts& process : processes) {
    const int rank = rankOf(process.command);
    // Of several equals the youngest: the one that just asked.
    if (rank >= 2 || rank > bestRank || (rank == bestRank && best != nullptr && process.pid < best->pid)) continue;
    best = &process;
    bestRank = rank;
  }
  return best == nullptr ? std::string() : nameOf(*best);
}

std::string findInstigator() {
  std::vector<ProcessFacts> suspects;
  const Handle<DIR, ::closedir> proc(::opendir("/proc"));
  if (!proc) return {};
  while (const dirent* entry = ::readdir(proc.get())) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    const std::string folder = "/proc/" + name;
    ProcessFacts process;
    process.command = commandOf(folder);
    if (rankOf(process.command) >= 2) continue;
    process.pid = static_cast<int>(std::strtol(name.c_str(), nullptr, 10));
    process.unit = unitOfCgroup(slurp(folder + "/cgroup"));
    process.user = userOf(folder);
    suspects.push_back(std::move(process));
  }
  return pickInstigator(suspects);
}

}  // namespace guardian::systemd
