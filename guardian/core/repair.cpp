// Whether, when and how a missing address is put back; when it is taken back; how the incident ends.
#include <algorithm>
#include <cstring>
#include <utility>

#include "core/fight.hpp"
#include "core/state.hpp"
#include "guardian/core/wording.hpp"

namespace guardian::core {
namespace {

constexpr Duration kSameHand = std::chrono::milliseconds(200);
constexpr Duration kPatience = std::chrono::seconds(1);  ///< before an unfinished incident is told
constexpr int kSuspicious = 4;                           ///< more often than any run of networkd's

/// How long all must have been back before an incident is over. What one hand takes in several strokes is one
/// incident, and so is a fight, however slow it has become.
Duration quietAfter(int attempts) {
  if (attempts <= kSuspicious) return kSameHand;
  return attempts < kFreeAttempts ? kForgive : std::max<Duration>(kForgive, 2 * pauseAfter(attempts));
}

/// Our best replay of the address: the kernel's record where it was seen, else what keepalived says of it.
AddressRecord replay(const Watch& watch) {
  AddressRecord record;
  if (watch.record) {
    record = *watch.record;
  } else {
    record.broadcast = watch.vip.broadcast;
    record.peer = watch.vip.peer;
    record.label = watch.vip.label;
    record.scope = watch.vip.scope.value_or(0);
    record.flags = watch.vip.flags;
    if (watch.key.address.family == Family::IPv6) {
      record.flags |= address_flag::noDad;
      // keepalived keeps a /128 from becoming a source address that way.
      const bool deprecated = watch.vip.deprecated || watch.key.prefixLength == 128;
      record.preferred = watch.vip.preferredLifetime.value_or(deprecated ? 0 : kForever);
    }
  }
  record.key = watch.key;
  return record;
}

}  // namespace

InstanceState* Decider::State::openOwner(const Watch& watch) {
  for (const std::size_t owner : watch.owners)
    if (instances[owner].epoch.isOpen()) return &instances[owner];
  return nullptr;
}

bool Decider::State::mayReinstate(const Watch& watch, const InstanceState& owner) const {
  if (paused || policyOf(owner) != PolicyKind::Reinstate) return false;
  if (keepalivedWatches() && !watch.vip.noTrack) return false;
  return owner.config.understood && owner.config.priority < kAddressOwner && !watch.hostOwned;
}

/// Why a loss is only told of; empty: it is ours to see to.
std::string Decider::State::whyObserved(const InstanceState& instance) const {
  if (policyOf(instance) == PolicyKind::Observe) return "the policy is to observe";
  return keepalivedWatches() ? "this keepalived answers a loss itself" : "";
}

/// What keeps this address from being added whatever keepalived says; nullopt: nothing.
std::optional<Decider::State::Obstacle> Decider::State::obstacle(Watch& watch, const InstanceState& owner) {
  if (holding()) return Obstacle{"keepalived is stopping, starting or reloading"};
  constexpr Duration kInstalling = std::chrono::milliseconds(20);
  if (watch.goneAt < owner.epoch.installedAt() && now < owner.epoch.installedAt() + kInstalling) {
    wakeAt(owner.epoch.installedAt() + kInstalling);
    return Obstacle{"keepalived is still installing its addresses"};
  }
  if (owner.mute) return Obstacle{"keepalived says MASTER, but sends no adverts"};
  if (outranked(owner)) {
    wakeAt(contestedUntil(owner));
    return Obstacle{"another node, " + owner.foreignSource + ", advertises with priority " +
                    std::to_string(owner.foreignPriority)};
  }
  const LinkRecord* link = view.link(watch.key.ifindex);
  if (link == nullptr) return Obstacle{watch.vip.interface + " does not exist"};
  if (!link->up || !link->carrier) return Obstacle{watch.vip.interface + " is down"};
  if (givenUp(watch, owner)) return Obstacle{"it was removed again and again, and is given up"};
  if (auto rank = outOfRank(watch)) return rank;
  if (now < watch.attempts.notBefore) {
    wakeAt(watch.attempts.notBefore);
    return Obstacle{watch.attempts.waitingFor()};
  }
  return std::nullopt;
}

const std::vector<std::size_t>& Decider::State::groupOf(const AddressKey& key) const {
  static const std::vector<std::size_t> kAlone;
  const auto group = groups.find(subnetOf(key));
  return group == groups.end() ? kAlone : group->second;
}

/// In a subnet without a base address, the virtual one that keepalived installs first: the kernel makes it the primary
/// of the others. Null: it is this one, or no other is to be expected.
const Watch* Decider::State::leaderOf(const Watch& watch) const {
  for (const std::size_t i : groupOf(watch.key)) {
    const Watch& first = watches[i];
    if (&first == &watch) return nullptr;
    if (first.present) return &first;
    const bool wanted = std::any_of(first.owners.begin(), first.owners.end(), [&](std::size_t owner) {
      return instances[owner].epoch.isOpen() && mayReinstate(first, instances[owner]);
    });
    if (wanted) return &first;
  }
  return nullptr;
}

/// What keeps it waiting for its place among the addresses of its subnet.
std::optional<Decider::State::Obstacle> Decider::State::outOfRank(const Watch& watch) {
  const bool based = view.baseOf(watch.key) != nullptr;
  const std::optional<Instant> since = based ? std::nullopt : view.baseGoneSince(watch.key);
  if (since && *since + kSameStroke >= watch.goneAt)
    return Obstacle{"waiting for the base address of its subnet on " + watch.vip.interface + ", which was removed too",
                    true};
  if (!based && groupOf(watch.key).empty()) return std::nullopt;
  const Watch* leader = based ? nullptr : leaderOf(watch);
  // Where the kernel does not promote, it removes the secondaries first, and tells of the primary last.
  const LinkRecord* link = view.link(watch.key.ifindex);
  const bool maybeTakenAlong =
      leader != nullptr && leader->present && watch.record && watch.record->isSecondary() && !link->promoteSecondaries;
  const Instant quiet = view.lastRemoval(watch.key.ifindex) + kBurstQuiet;
  if ((!watch.lossAttributed || networkd.covers(now) || maybeTakenAlong) && now < quiet) {
    wakeAt(quiet);
    return Obstacle{"removals on " + watch.vip.interface + " are still going on", true};
  }
  const bool before = leader == nullptr || leader->present || leader->ordered;
  if (before || now >= watch.goneAt + kSameStroke) return std::nullopt;
  wakeAt(watch.goneAt + kSameStroke);
  return Obstacle{"waiting for " + toString(leader->key.address) + ", which comes first in its subnet", true};
}

/// A loss that another hand is known to have caused says nothing against keepalived's mastership, as long as we
/// act on it in the same moment. Whatever was delayed needs an answer asked for after the delay: keepalived
/// leaving MASTER in between finds nothing to remove, so nothing would tell us.
bool Decider::State::hasEvidence(const Watch& watch, const InstanceState& owner) {
  const bool inGoodFaith = !settings.askFirst && !silent && !inquiry.overdue(now) && !contested(owner);
  if (inGoodFaith && watch.lossAttributed && watch.answerAfter == now) return true;
  // Nor does an answer count that is older than another node's claim.
  if (contested(owner) && owner.masterAskedAt < owner.foreignAt) return false;
  return owner.masterAskedAt >= watch.answerAfter;
}

void Decider::State::evaluate(Watch& watch) {
  if (watch.present || watch.key.ifindex == 0) return;
  InstanceState* owner = openOwner(watch);
  if (owner == nullptr) return;
  if (watch.hostOwned) tellHostLoss(watch, *owner);
  if (!mayReinstate(watch, *owner)) return;
  if (const auto why = obstacle(watch, *owner)) {
    if (why->rank) holdTheFort(watch, *owner);
    watch.blocked = true;
    watch.lossAttributed = false;
    if (owner->incident) owner->incident->waiting = why->why;
    return;
  }
  if (watch.blocked) {
    watch.blocked = false;
    watch.answerAfter = now;
  }
  if (!hasEvidence(watch, *owner)) {
    if (owner->incident) owner->incident->waiting = "keepalived has not said yet whether it still is master";
    return ask();
  }
  if (owner->incident) owner->incident->confirm(now);
  if (owner->incident && !owner->incident->timeline.decided) owner->incident->timeline.decided = now;
  add(watch);
}

void Decider::State::tellHostLoss(Watch& watch, const InstanceState& owner) {
  if (std::exchange(watch.hostLossTold, true)) return;
  notice(Notice::Kind::Doubt,
         owner.config.name + ": " + toString(watch.key.address) +
             " was removed, but it had been put there by another hand than keepalived's while this node was not "
             "master: it counts as the host's own address and is not put back",
         owner.config.name);
}

void Decider::State::evaluatePending() {
  // Adding changes the set only when it is acknowledged, which is another event.
  for (const std::size_t i : pending) evaluate(watches[i]);
}

void Decider::State::add(Watch& watch) {
  watch.ordered = true;
  out->push_back(Remember{{LedgerNote::Kind::Added, watch.key, {}, {}}});
  out->push_back(AddAddress{replay(watch)});
}

void Decider::State::on(const AddDone& fact) {
  if (fortAdded(fact) || basePutBack(fact) || staticAdded(fact)) return;
  Watch* watch = watchOf(fact.key);
  if (watch == nullptr) {  // the configuration changed in between
    abandon(fact.key, fact.error == 0 && !fact.existed);
    return;
  }
  watch->ordered = false;
  InstanceState* owner = openOwner(*watch);
  if (fact.existed && !watch->ledger && watch->ownAdditions == 0)
    out->push_back(Remember{{LedgerNote::Kind::Gone, fact.key, {}, {}}});
  if (fact.error != 0) {
    if (!watch->ledger) out->push_back(Remember{{LedgerNote::Kind::Gone, fact.key, {}, {}}});
    if (owner != nullptr && owner->incident && std::exchange(owner->incident->refusal, fact.error) != fact.error) {
      owner->incident->beyondUs = true;
      notice(Notice::Kind::Failure, "adding " + toString(fact.key.address) + " failed: " + std::strerror(fact.error),
             owner->config.name);
    }
    watch->attempts.refused(fact.error, now);
    watch->answerAfter = now;
    watch->lossAttributed = false;
    wakeAt(watch->attempts.notBefore);
    return;
  }
  // IPv6 has an address once an interface: with another prefix length it is not ours, and in the way.
  const bool v6 = fact.key.address.family == Family::IPv6;
  if (v6 && fact.existed && view.find(fact.key) == nullptr && view.isLocal(fact.key.address)) {
    watch->attempts.refused(EEXIST, now);
    watch->blocked = true;
    watch->lossAttributed = false;
    if (owner != nullptr && owner->incident) {
      owner->incident->waiting = toString(fact.key.address) + " stands there with another prefix length";
      owner->incident->beyondUs = true;
    }
    return;
  }
  watch->attempts.taken(now);
  if (watch->attempts.count == kFight) tellFight(*watch);
  watch->present = true;
  watch->fortsTried = 0;
  pending.erase(indexOf(*watch));
  letGo(fact.key);
  // What exists may be our own addition of before, taken for lost by a notification that was older than it.
  const bool ours = !fact.existed || watch->ownAdditions > 0;
  if (!fact.existed) ++watch->ownAdditions;
  if (ours) {
    watch->ledger = true;
    watch->unverifiedSince = now;
    if (owner == nullptr) return withdraw(*watch);
    owner->repairedAt = now;
    ask();
  }
  for (const std::size_t index : watch->owners)
    if (instances[index].incident) instances[index].incident->back(watch->key, now, ours);
  if (leaderOf(*watch) != nullptr) return;  // nobody waits for it
  for (const std::size_t next : groupOf(fact.key))
    if (!watches[next].present && !watches[next].ordered) evaluate(watches[next]);
}

void Decider::State::settle(InstanceState& instance) {
  if (!instance.incident) return;
  Incident& incident = *instance.incident;
  if (incident.empty()) return instance.incident.reset();
  if (incident.allBack()) {
    const bool unverified = std::any_of(instance.watches.begin(), instance.watches.end(),
                                        [this](std::size_t i) { return watches[i].unverifiedSince.has_value(); });
    if (unverified || networkd.isOpen()) return;
    Duration quiet = kSameHand;
    for (const std::size_t i : instance.watches)
      if (incident.has(watches[i].key)) quiet = std::max(quiet, quietAfter(watches[i].attempts.count));
    if (now < incident.lastChange() + quiet) return wakeAt(incident.lastChange() + quiet);
    return tell(instance, incident.anyByUs() ? Outcome::Repaired : Outcome::Returned,
                &instance == &root ? kRootProof : "keepalived confirms MASTER");
  }
  if (instance.epoch.state() == Epoch::State::Closed) {
    if (!incident.confirmedAt)
      return instance.incident.reset();  // keepalived's own doing, as it turns out: nothing to tell
    const bool itself = keepalivedWatches() && policyOf(instance) != PolicyKind::Observe;
    return tell(instance, itself ? Outcome::Observed : Outcome::HandedOver,
                itself               ? "this keepalived answers a loss itself, by a new election"
                : &instance == &root ? "keepalived is gone"
                                     : "keepalived is no longer MASTER");
  }
  if (!incident.confirmedAt || incident.openReported) return;
  const Instant due = std::max(*incident.confirmedAt, incident.missingSince(now)) + kPatience;
  if (now < due) return wakeAt(due);
  incident.openReported = true;
  std::string onlySeen = whyObserved(instance);
  IncidentReport report = incident.report(onlySeen.empty() ? Outcome::Open : Outcome::Observed, now);
  report.evidence = std::move(onlySeen);
  nameRemover(trailOf(*instance.incident), report);
  out->push_back(std::move(report));
}

void Decider::State::tell(InstanceState& instance, Outcome outcome, std::string evidence) {
  if (!instance.incident)  // only what is withdrawn is told of all the same
    return notice(Notice::Kind::Doubt, instance.config.name + ": what was put back is taken away again: " + evidence,
                  instance.config.name);
  IncidentReport report = instance.incident->report(outcome, now);
  report.evidence = std::move(evidence);
  nameRemover(trailOf(*instance.incident), report);
  out->push_back(std::move(report));
  for (const std::size_t i : instance.watches)
    if (outcome != Outcome::Withdrawn && instance.incident->has(watches[i].key)) endFight(watches[i]);
  instance.incident.reset();
}

/// Empty: nobody could say whose socket it is.
std::string Decider::State::handBehind(std::uint32_t port) const {
  if (port != 0 && port == networkdPort) return kNetworkdUnit;
  const auto known = sockets.find(port);
  if (known == sockets.end()) return {};
  return known->second.unit.empty() ? known->second.process : known->second.unit;
}

/// By the sockets that asked; where nothing is known of these (IPv6), by their IPv4 companions of the same burst;
/// else by networkd's window. Only the first is knowledge, the others are marked as inferred.
void Decider::State::nameRemover(const Trail& trail, IncidentReport& report) const {
  if (trail.duringNetworkd) report.trigger = networkd.trigger(trail.since);
  std::vector<std::string> hands;
  for (const std::uint32_t port : trail.ports)
    if (std::string one = handBehind(port); !one.empty()) hands.push_back(std::move(one));
  report.remover = listOfHands(hands);
  if (!report.remover.empty()) return;
  report.removerInferred = true;
  const auto companion = lastNamedRemoval.find(trail.ifindex);
  constexpr Duration kSameBurst = std::chrono::milliseconds(100);
  if (companion != lastNamedRemoval.end() && companion->second.at >= trail.since - kSameBurst &&
      companion->second.at <= trail.since + kSameBurst)
    report.remover = handBehind(companion->second.portId);
  if (report.remover.empty() && trail.duringNetworkd) report.remover = kNetworkdUnit;
  report.removerInferred = !report.remover.empty();
}

}  // namespace guardian::core
