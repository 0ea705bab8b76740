#include "cli/drill_choice.hpp"

#include <algorithm>

namespace guardian::cli {
namespace {

using core::AddressRecord;

std::string nameOf(const core::VipOverview& vip) {
  return core::toString(vip.address) + "/" + std::to_string(vip.prefixLength);
}

const AddressRecord* find(const core::VipOverview& vip, const core::Snapshot& host) {
  for (const core::LinkRecord& link : host.links) {
    if (link.name != vip.interface || !link.up) continue;
    const core::AddressKey key{link.ifindex, vip.address, vip.prefixLength};
    for (const AddressRecord& one : host.addresses)
      if (one.key == key) return &one;
  }
  return nullptr;
}

/// Whether others of its subnet hang on it.
bool leads(const AddressRecord& record, const core::Snapshot& host) {
  if (record.key.address.family != core::Family::IPv4 || record.isSecondary()) return false;
  return std::any_of(host.addresses.begin(), host.addresses.end(), [&](const AddressRecord& other) {
    return other.isSecondary() && core::subnetOf(other.key) == core::subnetOf(record.key);
  });
}

}  // namespace

std::string objection(const status::Document& document, bool alive, const std::string& instance) {
  if (!alive) return "vip-guardian is not running, so nobody would put the address back: systemctl start vip-guardian";
  const core::Overview& picture = document.overview;
  if (!picture.running) return "keepalived is not running";
  const auto found = std::find_if(picture.instances.begin(), picture.instances.end(),
                                  [&](const auto& one) { return one.name == instance; });
  if (found == picture.instances.end()) {
    std::string names;
    for (const auto& one : picture.instances) names += (names.empty() ? "" : ", ") + one.name;
    return "keepalived has not named this instance" + (names.empty() ? "" : "; there are: " + names);
  }
  if (picture.paused) return "vip-guardian is paused for maintenance; end that first: vip-guardian resume";
  if (picture.answersItself)
    return "this keepalived answers the loss of an address with a new election: a drill would be a failover";
  if (found->policy != core::PolicyKind::Reinstate)
    return "the policy of this instance is not to put addresses back, so there is nothing to drill";
  if (found->role != core::Role::Master) return "this host is not master of it; drill it where it is";
  if (picture.silent) return "keepalived does not answer: vip-guardian status";
  if (found->standing != core::Standing::Guarded || found->unguarded || found->mute || !found->understood)
    return "vip-guardian does not guard it yet, or is in doubt: vip-guardian status";
  for (const core::VipOverview& vip : found->vips)
    if (!vip.present || vip.held) return nameOf(vip) + " is missing already: vip-guardian status";
  if (!found->waiting.empty()) return "an incident of it is not over: " + found->waiting;
  return "";
}

Choice choose(const core::InstanceOverview& instance, const core::Snapshot& host, const std::string& named) {
  std::string complaint = named.empty() ? "it has no address here that could be taken away"
                                        : named + " is no address of " + instance.name + "; see vip-guardian status";
  for (const core::VipOverview& vip : instance.vips) {
    if (!named.empty() && named != nameOf(vip) && named != core::toString(vip.address)) continue;
    const AddressRecord* record = find(vip, host);
    if (vip.hostOwned)
      complaint = nameOf(vip) + " is the host's own address, and not put back";
    else if (record == nullptr)
      complaint = nameOf(vip) + " is not on " + vip.interface + ", or that is down";
    else if (leads(*record, host))
      complaint =
          nameOf(vip) + " is the first of its subnet, and others would go with it; name another one (--address)";
    else
      return {*record, {}};
  }
  return {std::nullopt, complaint};
}

}  // namespace guardian::cli
