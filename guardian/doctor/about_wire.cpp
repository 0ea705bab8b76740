// Who else on the wire says that he has what this host's keepalived has.
#include <algorithm>

#include "doctor/themes.hpp"
#include "guardian/core/rival.hpp"

namespace guardian::doctor {
namespace {

bool isSameRouter(const core::Instance& ours, const Heard& theirs) {
  return theirs.advert.vrid == ours.vrid && theirs.advert.family == ours.family && theirs.interface == ours.interface;
}

/// One that nobody has there, as far as was heard.
int freeRouterId(const Host& host, const core::Instance& of) {
  const auto isTaken = [&](int id) {
    const auto has = [&](const core::Instance& other) {
      return other.vrid == id && other.family == of.family && other.interface == of.interface;
    };
    const auto says = [&](const Heard& heard) { return heard.advert.vrid == id && heard.interface == of.interface; };
    return std::any_of(instancesOf(host).begin(), instancesOf(host).end(), has) ||
           std::any_of(host.wire.adverts.begin(), host.wire.adverts.end(), says);
  };
  for (int id = of.vrid % 255 + 1; id != of.vrid; id = id % 255 + 1)
    if (!isTaken(id)) return id;
  return of.vrid;
}

/// By the guardian's word, which has listened all along.
void addStrangers(const core::InstanceOverview& shown, Findings& findings) {
  if (shown.strangers.empty()) return;
  Finding finding{"wire.strangers", Severity::Warning, {shown.name}, {}, {}, {}, {}};
  finding.statement = shown.name + ": somebody else claims what this host has";
  for (const std::string& stranger : shown.strangers) finding.reason += (finding.reason.empty() ? "" : "; ") + stranger;
  finding.reason += ".";
  finding.remedy = "tcpdump -n -e -i " + shown.interface + " 'vrrp or arp or icmp6'\n";
  findings.push_back(std::move(finding));
}

/// By what was heard in a few seconds.
void addRivals(const Host& host, const core::Instance& instance, Findings& findings) {
  for (const Heard& heard : host.wire.adverts) {
    if (!isSameRouter(instance, heard)) continue;
    const std::string why = core::whyUnheard(instance, heard.advert);
    if (why.empty()) continue;
    const std::string source = core::toString(heard.advert.source);
    findings.push_back({"wire.strangers",
                        Severity::Warning,
                        {instance.name},
                        source + " advertises virtual router " + std::to_string(instance.vrid) + " of " +
                            instance.name + " on " + instance.interface + " as well",
                        "keepalived does not take it: " + why +
                            ". If it is a node of this cluster, both become master; else two clusters share a number.",
                        "# another node of this cluster: make the two configurations alike\n# another cluster:\n"
                        "virtual_router_id " +
                            std::to_string(freeRouterId(host, instance)) + "    # on all nodes of this one\n",
                        {}});
  }
}

}  // namespace

std::optional<int> peerPriority(const Host& host, const core::Instance& instance) {
  if (const core::InstanceOverview* shown = overviewOf(host, instance); shown != nullptr && shown->peer)
    return shown->strangers.empty() ? std::optional<int>(shown->peer->priority) : std::nullopt;
  for (const Heard& heard : host.wire.adverts)
    if (isSameRouter(instance, heard) && core::whyUnheard(instance, heard.advert).empty()) return heard.advert.priority;
  return std::nullopt;
}

void lookAtWire(const Host& host, Findings& findings) {
  const bool guarded = host.guardian.alive && host.guardian.document;
  if (!guarded && !host.wire.listened) return;
  const std::size_t before = findings.size();
  if (guarded)
    for (const core::InstanceOverview& shown : host.guardian.document->overview.instances)
      addStrangers(shown, findings);
  else
    for (const core::Instance& instance : instancesOf(host)) addRivals(host, instance, findings);
  if (findings.size() == before && !placesOf(host).empty())
    findings.push_back(
        {"wire.strangers", Severity::Ok, {}, "nobody else on the wire claims what this host has", {}, {}, {}});
}

}  // namespace guardian::doctor
