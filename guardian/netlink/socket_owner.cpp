#include "netlink/socket_owner.hpp"

#include <cstdlib>
#include <sstream>

#include "guardian/util/proc.hpp"

namespace guardian::netlink {
namespace {

// LINK, IPV4_IFADDR, IPV4_ROUTE, IPV6_IFADDR, IPV6_ROUTE: ListenNetlink=route 1361 of systemd-networkd.socket.
// Later versions subscribe to more while they run.
constexpr std::uint32_t kNetworkdGroups = 0x551;
constexpr std::uint32_t kPidBits = 0x3fffff;

/// The port id of a process's first socket is its process id; libnl's have it in their low bits and any number in the
/// others. The kernel's random ones have the top bit set: these name a living process by chance once in ten thousand.
std::uint32_t pidOf(std::uint32_t portId) {
  const std::uint32_t pid = portId & kPidBits;
  return portId < 0x80000000U || !commOf(static_cast<int>(pid)).empty() ? pid : 0;
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

std::uint32_t networkdPort() {
  std::uint32_t nameless = 0;
  int namelessCount = 0;
  for (const SocketRow& row : parseSocketTable(readWhole("/proc/net/netlink"))) {
    if (row.protocol != 0 || (row.groups & kNetworkdGroups) != kNetworkdGroups) continue;
    // With systemd-networkd.socket active, PID 1 made the socket; its first one has port id 1.
    if (row.portId == 1 || commOf(static_cast<int>(pidOf(row.portId))).rfind("systemd-network", 0) == 0)
      return row.portId;
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
  const std::string comm = commOf(static_cast<int>(pid));
  if (comm.empty()) {
    found.process = "process " + std::to_string(pid) + " (gone meanwhile)";
    return found;
  }
  found.process = comm + "[" + std::to_string(pid) + "]";
  // A login session says less than the command that was run in it.
  const std::string unit = unitOf(static_cast<int>(pid));
  if (hasSuffix(unit, ".service") && pid != 1) found.unit = unit;
  return found;
}

}  // namespace guardian::netlink
