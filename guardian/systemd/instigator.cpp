#include "systemd/instigator.hpp"

#include <dirent.h>
#include <pwd.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>

#include "guardian/util/handle.hpp"
#include "guardian/util/proc.hpp"

namespace guardian::systemd {
namespace {

using Words = std::vector<std::string>;

std::string baseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool isOneOf(const std::string& word, std::initializer_list<const char*> list) {
  return std::any_of(list.begin(), list.end(), [&](const char* each) { return word == each; });
}

bool startsWith(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

/// Where the program's own name stands: behind an interpreter's.
std::size_t programAt(const Words& command) {
  const std::string first = command.empty() ? "" : baseName(command[0]);
  const bool interpreter =
      startsWith(first, "python") || startsWith(first, "perl") || isOneOf(first, {"sh", "bash", "dash"});
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
  if (program == "networkctl")
    return has(command, at + 1, {"reconfigure", "reload", "up", "down", "renew", "forcerenew"}) ? 0 : 2;
  if (program == "netplan") return has(command, at + 1, {"apply", "try"}) ? 0 : 2;
  if (isOneOf(program, {"systemctl", "deb-systemd-invoke"})) {
    const bool verb =
        has(command, at + 1, {"restart", "try-restart", "reload-or-restart", "condrestart", "stop", "start", "reload"});
    const bool target = std::any_of(command.begin(), command.end(),
                                    [](const std::string& w) { return startsWith(w, "systemd-networkd"); });
    return verb && target ? 0 : 2;
  }
  return isOneOf(program, {"dpkg", "apt-get", "apt", "aptitude", "unattended-upgrade", "unattended-upgrades"}) ? 1 : 2;
}

std::string nameOf(const ProcessFacts& process) {
  // A service that did it says more than the command which it used; a login session says less.
  if (hasSuffix(process.unit, ".service")) return process.unit;
  const std::string program = baseName(process.command[programAt(process.command)]);
  return program + "[" + std::to_string(process.pid) + "]" +
         (process.user.empty() ? "" : " run by user " + process.user);
}

std::string userOf(int pid) {
  const std::string text = readWhole("/proc/" + std::to_string(pid) + "/loginuid");
  const unsigned long uid = std::strtoul(text.c_str(), nullptr, 10);
  if (text.empty() || uid >= 0xffffffffUL) return {};
  const passwd* entry = ::getpwuid(static_cast<uid_t>(uid));
  return entry != nullptr ? entry->pw_name : std::to_string(uid);
}

}  // namespace

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
    ProcessFacts process;
    process.pid = static_cast<int>(std::strtol(name.c_str(), nullptr, 10));
    process.command = commandOf(process.pid);
    if (rankOf(process.command) >= 2) continue;
    process.unit = unitOf(process.pid);
    process.user = userOf(process.pid);
    suspects.push_back(std::move(process));
  }
  return pickInstigator(suspects);
}

}  // namespace guardian::systemd
