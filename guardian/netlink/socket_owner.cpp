#include "netlink/socket_owner.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>

namespace guardian::netlink {
namespace {

// LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE: ListenNetlink=route 1361 of systemd-networkd.socket.
// Later versions subscribe to more while they run.
constexpr std::uint32_t kNetworkdGroups = 0x551;
constexpr std::uint32_t kPidBits = 0x3fffff;

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string processFile(std::uint32_t pid, const char* name) {
  return slurp("/proc/" + std::to_string(pid) + "/" + name);
}

std::string commOf(std::uint32_t pid) {
  std::string comm = processFile(pid, "comm");
  if (!comm.empty() && comm.back() == '\n') comm.pop_back();
  return comm;
}

/// The port id of a process's first socket is its process id; libnl's have it in their low bits and any number in the
/// others. The kernel's random ones have the top bit set: these name a living process by chance once in ten thousand.
std::uint32_t pidOf(std::uint32_t portId) {
  const std::uint32_t pid = portId & kPidBits;
  return portId < 0x80000000U || !commOf(pid).empty() ? pid : 0;
}

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() > end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::vector<SocketRow> parseSocketTable(std::string_view text) {
  std::vector<SocketRow> rows;
  std::istringstream lines{std::string(text)};
  std::string line;
  std::getline(lines, line);  // the headings
  while (std::getline(lines, line)) {
    std::istringstream columns(line);
    std::string kernelAddress;
    std::string groups;
    SocketRow row;
    if (!(columns >> kernelAddress >> row.protocol >> row.portId >> groups)) continue;
    row.groups = static_cast<std::uint32_t>(std::strtoul(groups.c_str(), nullptr, 16));
    rows.push_back(row);
  }
  return rows;
}

std::string unitOfCgroup(std::string_view text) {
  std::istringstream lines{std::string(text)};
  std::string line;
  while (std::getline(lines, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controller = line.substr(first + 1, second - first - 1);
    if (!controller.empty() && controller != "name=systemd") continue;
    std::string path = line.substr(second + 1);
    while (!path.empty()) {
      const std::size_t slash = path.rfind('/');
      const std::string last = path.substr(slash == std::string::npos ? 0 : slash + 1);
      if (endsWith(last, ".service") || endsWith(last, ".scope")) return last;
      if (slash == std::string::npos) break;
      path.resize(slash);
    }
  }
  return {};
}

std::uint32_t networkdPort() {
  std::uint32_t nameless = 0;
  int namelessCount = 0;
  for (const SocketRow& row : parseSocketTable(slurp("/proc/net/netlink"))) {
    if (row.protocol != 0 || (row.groups & kNetworkdGroups) != kNetworkdGroups) continue;
    // With systemd-networkd.socket active, PID 1 made the socket; its first one has port id 1.
    if (row.portId == 1 || commOf(pidOf(row.portId)).rfind("systemd-network", 0) == 0) return row.portId;
    if (pidOf(row.portId) != 0) continue;  // another routing daemon
    nameless = row.portId;
    ++namelessCount;
  }
  return namelessCount == 1 ? nameless : 0;
}

core::SocketIdentified identify(std::uint32_t portId) {
  core::SocketIdentified found;
  found.portId = portId;
  const std::uint32_t pid = pidOf(portId);
  if (pid == 0) {
    found.process = "netlink socket " + std::to_string(portId);
    return found;
  }
  const std::string comm = commOf(pid);
  if (comm.empty()) {
    found.process = "process " + std::to_string(pid) + ", gone since";
    return found;
  }
  found.process = comm + "[" + std::to_string(pid) + "]";
  // A login session says less than the command that was run in it.
  const std::string unit = unitOfCgroup(processFile(pid, "cgroup"));
  if (endsWith(unit, ".service") && pid != 1) found.unit = unit;
  return found;
}

}  // namespace guardian::netlink
