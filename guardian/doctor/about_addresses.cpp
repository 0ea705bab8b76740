// What the kernel does to addresses of one subnet, and whether a virtual address needs to be one of them.
#include <algorithm>

#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

std::string textOf(const core::IpAddress& address, std::uint8_t length) {
  return core::toString(address) + "/" + std::to_string(length);
}

/// The virtual IPv4 addresses that stand on a link, each once.
std::vector<Prefix> vipsOn(const Host& host, const Link& link) {
  std::vector<Prefix> vips;
  for (const core::Instance& instance : placesOf(host))
    for (const core::Vip& vip : instance.vips)
      if (vip.interface == link.name && vip.address.family == core::Family::IPv4)
        vips.push_back({vip.address, vip.prefixLength});
  return vips;
}

bool isSame(const Prefix& a, const Prefix& b) { return a.length == b.length && a.address == b.address; }

/// To the kernel: the same prefix, of the same length. One of them is the primary.
bool shareSubnet(const Prefix& a, const Prefix& b) {
  return a.length == b.length && a.length < core::fullLength(a.address.family) && !isSame(a, b) &&
         core::samePrefix(a.address, b.address, a.length);
}

bool sharesWithAny(const Prefix& vip, const std::vector<Prefix>& others) {
  return std::any_of(others.begin(), others.end(), [&](const Prefix& other) { return shareSubnet(vip, other); });
}

void lookAtPromotion(const Host& host, Findings& findings) {
  std::vector<std::string> safe;
  Finding finding{"kernel.promote-secondaries", Severity::Warning, {}, {}, {}, {}, {}};
  for (const Link& link : host.links) {
    if (!link.promoteSecondaries) continue;
    std::vector<Prefix> all = vipsOn(host, link);
    const bool shared = std::any_of(all.begin(), all.end(), [&](const Prefix& vip) {
      return sharesWithAny(vip, link.addresses) || sharesWithAny(vip, all);
    });
    if (!shared) continue;
    (*link.promoteSecondaries ? safe : finding.about).push_back(link.name);
  }
  if (!finding.about.empty()) {
    finding.statement = "promote_secondaries is off on " + listOf(finding.about);
    finding.reason =
        "When the first address of a subnet goes, the kernel takes all others of that subnet along: virtual ones with "
        "the host's own, or the other way round.";
    const std::string scope = finding.about.size() == 1 ? finding.about[0] : "all";
    finding.remedy =
        "# /etc/sysctl.d/90-promote-secondaries.conf\nnet/ipv4/conf/" + scope + "/promote_secondaries = 1\n";
    finding.remedy += "# then: sysctl --system\n";
    findings.push_back(std::move(finding));
  }
  if (!safe.empty())
    findings.push_back({"kernel.promote-secondaries",
                        Severity::Ok,
                        safe,
                        "promote_secondaries is on, where addresses share a subnet (" + listOf(safe) + ")",
                        {},
                        {},
                        {}});
}

void lookAtPrefixLengths(const Host& host, Findings& findings) {
  Finding finding{"addresses.prefix-length", Severity::Note, {}, {}, {}, {}, {}};
  std::vector<std::string> shared;
  for (const Link& link : host.links) {
    const std::size_t before = shared.size();
    for (const Prefix& vip : vipsOn(host, link)) {
      if (!sharesWithAny(vip, link.addresses)) continue;
      if (shared.empty())
        finding.remedy = "# keepalived.conf, on all nodes in one maintenance window (vip-guardian pause)\n" +
                         textOf(vip.address, 32) + " dev " + link.name + "\n";
      shared.push_back(textOf(vip.address, vip.length));
    }
    if (shared.size() > before) finding.about.push_back(link.name);
  }
  if (shared.empty()) return;
  finding.statement =
      listOf(shared) + (shared.size() == 1 ? " shares its" : " share their") + " subnet with the host's own address";
  finding.reason =
      "Such an address must not come back before the host's own (a /32 stands in meanwhile); as a /32 it depends on no "
      "other.";
  findings.push_back(std::move(finding));
}

void lookAtOwned(const Host& host, Findings& findings) {
  Finding finding{"addresses.own", Severity::Warning, {}, {}, {}, {}, {}};
  std::vector<std::string> own;
  for (const Link& link : host.links) {
    if (!link.network) continue;  // what the kernel shows cannot tell keepalived's from the host's own
    for (const Prefix& vip : vipsOn(host, link))
      for (const Prefix& base : link.network->addresses)
        if (base.address == vip.address) own.push_back(textOf(vip.address, vip.length) + " on " + link.name);
  }
  if (own.empty()) return;
  finding.statement = listOf(own) + " is configured in networkd and in keepalived";
  finding.reason = "It stands on every node that has it in networkd, and keepalived takes it off as a backup.";
  finding.remedy = "# take it out of one of the two\n";
  findings.push_back(std::move(finding));
}

}  // namespace

void lookAtAddresses(const Host& host, Findings& findings) {
  lookAtPromotion(host, findings);
  lookAtPrefixLengths(host, findings);
  lookAtOwned(host, findings);
}

}  // namespace guardian::doctor
