#include "doctor/gather.hpp"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "doctor/gather_parts.hpp"
#include "doctor/ini.hpp"
#include "guardian/util/handle.hpp"
#include "status/status_file.hpp"

namespace guardian::doctor {
namespace {

constexpr const char* kUnit = "vip-guardian.service";

/// Whether a unit keeps a capability: CapabilityBoundingSet= lists add up, an empty one starts anew.
bool keepsCapability(const Ini& unit, const std::string& name) {
  const std::vector<std::string> sets = unit.all("Service", "CapabilityBoundingSet");
  if (sets.empty()) return true;
  return std::any_of(sets.begin(), sets.end(), [&](const std::string& set) {
    const bool inverted = set.front() == '~';
    const auto words = wordsOf(set.substr(inverted ? 1 : 0));
    return (std::find(words.begin(), words.end(), name) != words.end()) != inverted;
  });
}

const std::vector<core::Instance>& instancesOf(const Keepalived& keepalived) {
  return keepalived.configuration ? keepalived.configuration->instances : keepalived.reported;
}

std::vector<std::string> interfacesOf(const Keepalived& keepalived) {
  std::vector<std::string> names;
  for (const core::Instance& instance : instancesOf(keepalived))
    for (const core::Vip& vip : instance.vips)
      if (!vip.interface.empty() && std::find(names.begin(), names.end(), vip.interface) == names.end())
        names.push_back(vip.interface);
  return names;
}

bool isVip(const Keepalived& keepalived, const core::IpAddress& address) {
  for (const core::Instance& instance : instancesOf(keepalived))
    for (const core::Vip& vip : instance.vips)
      if (vip.address == address) return true;
  return false;
}

std::uint8_t lengthOf(const sockaddr* mask) {
  if (mask == nullptr) return core::fullLength(core::Family::IPv4);
  std::uint32_t bits = ntohl(reinterpret_cast<const sockaddr_in*>(mask)->sin_addr.s_addr);  // NOLINT: as POSIX has it
  std::uint8_t length = 0;
  for (; (bits & 0x80000000U) != 0; bits <<= 1U) ++length;
  return length;
}

/// The host's own IPv4 addresses, as the kernel has them now. keepalived's are left out, in whatever form.
std::vector<Prefix> addressesNow(const Keepalived& keepalived, const std::string& interface) {
  std::vector<Prefix> found;
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) return found;
  const Handle<ifaddrs, ::freeifaddrs> owned(first);
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET || interface != one->ifa_name) continue;
    Prefix prefix;
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);  // NOLINT: as POSIX has it
    std::memcpy(prefix.address.bytes.data(), &address->sin_addr, 4);
    prefix.length = lengthOf(one->ifa_netmask);
    if (!isVip(keepalived, prefix.address)) found.push_back(prefix);
  }
  return found;
}

std::optional<bool> promotesSecondaries(Tree& tree, const std::string& interface) {
  std::optional<bool> any;
  for (const std::string& name : {std::string("all"), interface})
    if (const auto text = tree.read("/proc/sys/net/ipv4/conf/" + name + "/promote_secondaries"))
      any = any.value_or(false) || text->compare(0, 1, "0") != 0;
  return any;
}

Link gatherLink(Tree& tree, const Keepalived& keepalived, const std::string& interface) {
  Link link;
  link.name = interface;
  link.network = gatherNetworkFile(tree, interface);
  link.networkManager = isNetworkManagers(tree, interface);
  if (tree.isThisHost()) link.addresses = addressesNow(keepalived, interface);
  if (link.addresses.empty() && link.network) link.addresses = link.network->addresses;
  link.promoteSecondaries = promotesSecondaries(tree, interface);
  return link;
}

}  // namespace

Guardian gatherGuardian(Tree& tree) {
  Guardian guardian;
  if (const auto unit = readUnit(tree, kUnit)) {
    guardian.hasUnit = true;
    guardian.enabled = isWantedBy(tree, kUnit, "multi-user.target");
    guardian.seesAllProcesses = keepsCapability(*unit, "CAP_SYS_PTRACE");
  }
  guardian.document = status::readStatus(tree.path(status::kStatusFile));
  guardian.alive = guardian.document && status::isAlive(*guardian.document);
  if (guardian.alive) guardian.uptime = std::chrono::steady_clock::now() - guardian.document->guardian.since;
  return guardian;
}

Host gather(const std::string& root, const OnListening& onListening) {
  Tree tree(root == "/" ? "" : root);
  Host host;
  host.guardian = gatherGuardian(tree);
  host.keepalived = gatherKeepalived(tree, host.guardian);
  host.networkd = gatherNetworkd(tree);
  for (const std::string& interface : interfacesOf(host.keepalived))
    host.links.push_back(gatherLink(tree, host.keepalived, interface));
  host.upgrades = gatherUpgrades(tree);
  if (onListening && tree.isThisHost() && !host.guardian.alive)
    host.wire = gatherWire(tree, instancesOf(host.keepalived), onListening);
  host.unseen = tree.takeUnseen();
  return host;
}

}  // namespace guardian::doctor
