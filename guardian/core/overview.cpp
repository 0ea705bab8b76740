#include "guardian/core/overview.hpp"

#include "core/state.hpp"

namespace guardian::core {

Overview Decider::overview() const { return state_->overview(); }
std::uint64_t Decider::revision() const { return state_->history.revision; }
void Decider::recall(const Overview& former) { state_->recall(former); }

Overview Decider::State::overview() const {
  Overview picture;
  picture.running = running;
  picture.silent = silent;
  picture.version = version;
  picture.answersItself = running && keepalivedWatches();
  picture.policy = settings.policy;
  picture.busLost = busLost;
  picture.paused = paused;
  picture.incidents = history.incidents;
  picture.counters = history.counters;
  picture.instances.reserve(instances.size());
  for (const InstanceState& instance : instances) picture.instances.push_back(overviewOf(instance));
  return picture;
}

InstanceOverview Decider::State::overviewOf(const InstanceState& instance) const {
  InstanceOverview shown;
  const Instance& config = instance.config;
  shown.name = config.name;
  shown.vrid = config.vrid;
  shown.family = config.family;
  shown.interface = config.interface;
  shown.priority = config.priority;
  shown.nopreempt = config.nopreempt;
  shown.policy = policyOf(instance);
  shown.understood = config.understood;
  shown.role = instance.role;
  shown.source = instance.roleHistory.source;
  shown.roleSince = instance.roleHistory.since;
  shown.roleKnownAt = instance.roleHistory.knownAt;
  shown.transitionDate = instance.roleHistory.transitionDate;
  shown.transitions = instance.roleHistory.transitions;
  shown.standing = instance.epoch.isOpen()                         ? Standing::Guarded
                   : instance.epoch.state() == Epoch::State::Doubt ? Standing::Doubt
                                                                   : Standing::Unguarded;
  shown.mute = instance.mute;
  shown.unguarded = instance.unguardedTold;
  shown.drift = instance.drift;
  if (!instance.foreignSource.empty())
    shown.peer =
        PeerOverview{instance.foreignSource, instance.foreignPriority, instance.foreignSince, contested(instance)};
  for (const auto& [source, rival] : instance.rivals.all())
    if (rival.told) shown.strangers.push_back(rival.text);
  if (!instance.probe.silent.empty())
    shown.strangers.push_back(instance.foreignSource + " advertises as master, but nobody answers for " +
                              instance.probe.silent);
  for (const std::size_t i : instance.watches)
    if (const auto found = contenders.find(watches[i].key); found != contenders.end() && found->second.told)
      shown.strangers.push_back(toString(watches[i].key.address) + " is claimed by " + toString(*found->second.told) +
                                " as well");
  const bool master = instance.role == Role::Master || instance.epoch.isOpen();
  shown.vips.reserve(instance.watches.size());
  for (const std::size_t i : instance.watches) shown.vips.push_back(overviewOf(watches[i], master));
  if (instance.incident) addIncident(*instance.incident, shown);
  return shown;
}

VipOverview Decider::State::overviewOf(const Watch& watch, bool ofMaster) const {
  VipOverview shown;
  shown.address = watch.key.address;
  shown.prefixLength = watch.key.prefixLength;
  shown.interface = watch.vip.interface;
  shown.present = watch.present;
  shown.hostOwned = watch.hostOwned;
  if (!watch.present && ofMaster) shown.goneAt = watch.goneAt;
  if (watch.key.address.family == Family::IPv4) {
    const auto fort = fortBook.forts.find(fortOf(watch.key));
    shown.held = fort != fortBook.forts.end() && fort->second.stands && fort->second.vip == watch.key;
  }
  const auto past = history.vips.find(nameInHistory(shown.interface, shown.address, shown.prefixLength));
  if (past != history.vips.end()) shown.past = past->second;
  return shown;
}

/// What the history will say when it is over.
void Decider::State::addIncident(const Incident& incident, InstanceOverview& shown) const {
  shown.waiting = incident.allBack() ? std::string() : incident.waiting;
  IncidentReport report = incident.report(Outcome::Open, now);
  report.instance = shown.name;
  nameRemover(trailOf(incident), report);
  report.id = idOf(report);
  for (VipOverview& vip : shown.vips)
    for (const LossRecord& loss : report.losses) {
      if (loss.address != vip.address || loss.prefixLength != vip.prefixLength || loss.interface != vip.interface)
        continue;
      vip.past.losses += static_cast<std::uint64_t>(loss.timesLost);
      vip.past.reinstated += static_cast<std::uint64_t>(loss.reinstated);
      vip.past.last = lastOf(report, loss);
    }
}

}  // namespace guardian::core
