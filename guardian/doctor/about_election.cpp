// How the nodes choose a master, and what the neighbours are told.
#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

constexpr core::Duration kLongEnough = std::chrono::hours(24);

void lookAtInitialState(const Host& host, Findings& findings) {
  Finding finding{"keepalived.initial-state", Severity::Note, {}, {}, {}, {}, {}};
  for (const core::Instance& instance : instancesOf(host))
    if (instance.startsAsMaster && instance.priority != 255) finding.about.push_back(instance.name);
  if (finding.about.empty()) return;
  finding.statement = listOf(finding.about) + (finding.about.size() == 1 ? " starts" : " start") + " with state MASTER";
  finding.reason =
      "It claims the addresses whenever keepalived starts, so that one outage becomes two failovers: there and back.";
  finding.remedy = "state BACKUP    # on all nodes\nnopreempt\n";
  findings.push_back(std::move(finding));
}

void lookAtPreemption(const Host& host, Findings& findings) {
  Finding finding{"keepalived.preemption", Severity::Note, {}, {}, {}, {}, {}};
  for (const core::Instance& instance : instancesOf(host)) {
    const int theirs = peerPriority(host, instance).value_or(0);
    if (theirs > 0 && theirs != instance.priority && !instance.nopreempt && !instance.startsAsMaster)
      finding.about.push_back(instance.name);
  }
  if (finding.about.empty()) return;
  finding.statement = listOf(finding.about) + ": unequal priorities without nopreempt";
  finding.reason = "The node with the higher one takes the addresses back as soon as it can: a second failover.";
  finding.remedy = "nopreempt    # with state BACKUP, on all nodes\n";
  findings.push_back(std::move(finding));
}

void lookAtOwner(const Host& host, Findings& findings) {
  Finding finding{"keepalived.owner", Severity::Note, {}, {}, {}, {}, {}};
  for (const core::Instance& instance : instancesOf(host))
    if (instance.priority == 255) finding.about.push_back(instance.name);
  if (finding.about.empty()) return;
  finding.statement = listOf(finding.about) + " has priority 255, as owner of the addresses";
  finding.reason = "Such an instance never gives way, and vip-guardian puts nothing back for it.";
  finding.remedy = "state BACKUP\npriority 254\n";
  findings.push_back(std::move(finding));
}

/// A backup is silent, so a master cannot know that it has none. But in a day somebody would have been heard once.
void lookAtPeers(const Host& host, Findings& findings) {
  if (!host.guardian.alive || host.guardian.uptime < kLongEnough) return;
  Finding finding{"keepalived.peer", Severity::Note, {}, {}, {}, {}, {}};
  for (const core::Instance& instance : instancesOf(host)) {
    const core::InstanceOverview* shown = overviewOf(host, instance);
    if (shown != nullptr && shown->role == core::Role::Master && !shown->peer && instance.unicastPeers.empty())
      finding.about.push_back(instance.name);
  }
  if (finding.about.empty()) return;
  finding.statement = "no other node has been heard yet of " + listOf(finding.about);
  finding.reason =
      "A backup is silent while all is well, so there may be one; if there is none, keepalived is not needed: networkd "
      "can set the address itself.";
  finding.remedy = "systemctl is-active keepalived    # on the other node\n";
  findings.push_back(std::move(finding));
}

void lookAtRefresh(const Host& host, Findings& findings) {
  Finding finding{"keepalived.garp-refresh", Severity::Note, {}, {}, {}, {}, {}};
  for (const core::Instance& instance : instancesOf(host))
    if (instance.announce.refresh.count() == 0) finding.about.push_back(instance.name);
  if (instancesOf(host).empty()) return;
  if (finding.about.empty()) {
    finding.severity = Severity::Ok;
    finding.statement = "the neighbours are told again and again (garp_master_refresh)";
  } else {
    finding.statement = listOf(finding.about) + (finding.about.size() == 1 ? " announces" : " announce") +
                        " the addresses only when becoming master";
    finding.reason = "A switch or neighbour that missed it, or was told otherwise since, goes on sending elsewhere.";
    finding.remedy = "# keepalived.conf\nglobal_defs {\n    vrrp_garp_master_refresh 60\n}\n";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void lookAtElection(const Host& host, Findings& findings) {
  lookAtInitialState(host, findings);
  lookAtPreemption(host, findings);
  lookAtOwner(host, findings);
  lookAtPeers(host, findings);
  lookAtRefresh(host, findings);
}

}  // namespace guardian::doctor
