#include "core/route_match.hpp"

#include <algorithm>

namespace guardian::core {
namespace {

constexpr std::uint32_t kDefaultPriorityV6 = 1024;  ///< the kernel's, where a request names none

template <class T> bool agrees(const std::optional<T>& configured, const T& found) {
  return !configured || *configured == found;
}

bool sameNetwork(const Prefix& configured, const Prefix& found) {
  return configured.length == found.length && samePrefix(configured.address, found.address, found.length);
}

bool leadsOut(const VirtualRoute& configured, const RouteRecord& found, const KernelView& view) {
  if (configured.outInterface.empty()) return true;
  return std::any_of(found.ifindexes.begin(), found.ifindexes.end(), [&](int ifindex) {
    const LinkRecord* link = view.link(ifindex);
    return link != nullptr && link->name == configured.outInterface;
  });
}

bool meantRoute(const VirtualRoute& configured, const RouteRecord& found, const KernelView& view) {
  const std::uint32_t priority = found.family == Family::IPv6 ? kDefaultPriorityV6 : 0;
  if (found.priority != configured.priority.value_or(priority)) return false;
  if (configured.multipath != found.multipath || found.tos != configured.tos.value_or(0)) return false;
  if (configured.gateway != found.gateway && !configured.multipath) return false;
  // The kernel may have taken it away from an IPv6 route, together with the address.
  const bool stripped = found.family == Family::IPv6 && !found.preferredSource;
  if (configured.preferredSource && configured.preferredSource != found.preferredSource && !stripped) return false;
  return leadsOut(configured, found, view);
}

bool meantRule(const VirtualRoute& configured, const RouteRecord& found) {
  return agrees(configured.priority, found.priority) && found.tos == configured.tos.value_or(0) &&
         found.mark == configured.mark.value_or(0) && configured.inInterface == found.inInterface &&
         configured.outInterface == found.outInterface;
}

}  // namespace

bool meant(const VirtualRoute& configured, const RouteRecord& found, const KernelView& view) {
  if (!configured.understood || configured.kind != found.form.kind || configured.family != found.family) return false;
  if (configured.table != found.table || configured.type != found.type) return false;
  if (!sameNetwork(configured.to, found.to) || !sameNetwork(configured.from, found.from)) return false;
  if (configured.kind == RouteKind::Rule) return meantRule(configured, found);
  return agrees(configured.protocol, found.protocol) && meantRoute(configured, found, view);
}

}  // namespace guardian::core
