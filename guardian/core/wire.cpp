// Adverts as evidence. A foreign one contests mastership: a true master answers it with its own or yields, and
// keepalived says which. An own one with priority 0 is keepalived's last word. MASTER without own adverts is a
// keepalived whose interface was replaced under it, or that hangs: it would never remove what we add.
#include <algorithm>
#include <utility>

#include "core/state.hpp"
#include "guardian/core/rival.hpp"

namespace guardian::core {
namespace {

constexpr Duration kLastPause = std::chrono::seconds(10);  ///< between two tries to open a tap

Duration threeIntervals(const InstanceState& instance) { return 3 * instance.config.advertInterval; }

}  // namespace

InstanceState* Decider::State::claimed(const Advert& advert) {
  const LinkRecord* link = view.link(advert.ifindex);
  for (InstanceState& instance : instances) {
    const Instance& config = instance.config;
    if (config.vrid != advert.vrid || config.family != advert.family) continue;
    if (link != nullptr && (link->name == config.interface || link->name == config.vmac)) return &instance;
  }
  return nullptr;
}

/// Another node has claimed mastership within the time in which a backup would have missed it.
bool Decider::State::contested(const InstanceState& instance) const {
  return instance.foreignAt != Instant::min() && now < contestedUntil(instance);
}

Instant Decider::State::contestedUntil(const InstanceState& instance) const {
  return instance.foreignAt + threeIntervals(instance);
}

bool Decider::State::outranked(const InstanceState& instance) const {
  return contested(instance) && instance.foreignPriority >= instance.config.priority;
}

void Decider::State::on(const ForeignAdvert& fact) {
  InstanceState* instance = claimed(fact.advert);
  if (instance == nullptr) unclaimedAt = now;
  // Of its own keepalived's this host hears none. But a peer may speak from an address that is virtual here: its owner.
  if (instance == nullptr || view.isHostsOwn(fact.advert.source)) return;
  // RFC 5798, 7.1. Whoever is not on this wire must not keep us from anything.
  if (fact.advert.family == Family::IPv4 && fact.advert.hops != 255 && !instance->config.unicast) return;
  const std::string unheard = whyUnheard(instance->config, fact.advert);
  rivalHeard(*instance, fact.advert, unheard);
  instance->peerAt = now;
  // Whoever claims and leaves, again and again, does not make keepalived write a dump each time.
  const Instant askAgain = instance->rivalAskedAt + instance->config.advertInterval;
  if (fact.advert.priority == 0) {  // its farewell: it contests nothing any more
    if (instance->foreignSource == toString(fact.advert.source)) instance->foreignAt = Instant::min();
    if (instance->epoch.isOpen()) {
      instance->parted = std::max(now, askAgain);
      wakeAt(*instance->parted);
    }
    ++history.revision;
    return;
  }
  served(*instance);
  const bool news = !contested(*instance);
  std::string source = toString(fact.advert.source);
  if (news || instance->foreignPriority != fact.advert.priority || instance->foreignSource != source) {
    instance->foreignSince = now;
    instance->roleHistory.peerHeard = true;
    ++history.revision;
  }
  instance->foreignAt = now;
  instance->foreignPriority = fact.advert.priority;
  instance->foreignSource = std::move(source);
  if (instance->role == Role::Backup && instance->probe.next == Instant{} && settings.peerProbe > Duration::zero())
    wakeAt(now);
  if (instance->epoch.isOpen() && unheard.empty()) {
    instance->parted = contestedUntil(*instance);
    wakeAt(*instance->parted);
  }
  // A weaker advert that 1.3.9 hears in its window lengthens it.
  if (!instance->epoch.isOpen()) instance->epoch.doubt(now);
  // What our announcements say may be wrong in the next moment, and nobody could take it back.
  if (outranked(*instance))
    for (const std::size_t i : instance->watches) announcements.cancel(watches[i].key);
  if (instance->epoch.state() == Epoch::State::Closed) return;
  if (outranked(*instance))
    withdrawUnverified(*instance, "another node, " + instance->foreignSource + ", advertises with priority " +
                                      std::to_string(fact.advert.priority));
  if (!news || (instance->epoch.isOpen() && now < askAgain)) return;
  instance->rivalAskedAt = now;
  ask();
}

void Decider::State::on(const OwnAdvert& fact) {
  InstanceState* instance = claimed(fact.advert);
  if (instance == nullptr) return;
  if (fact.advert.priority != 0) {
    instance->ownAdvertAt = now;
    if (instance->epoch.needsProof()) {
      instance->epoch.proven();
      ask();
    }
    if (std::exchange(instance->mute, false)) evaluatePending();
    return;
  }
  const bool wasOpen = instance->epoch.isOpen();
  // It may go on, in BACKUP or in FAULT. Not at once: one that is stopping has better things to do.
  instance->epoch.close(now, now + instance->config.advertInterval);
  instance->unprovenSince.reset();
  instance->role = Role::Unknown;
  withdrawLedger(*instance, "keepalived has given mastership up on the wire");
  tellEpoch(*instance, wasOpen);
  settle(*instance);
  showStatus();
}

/// One interval more than a master may take, for a loaded host.
Duration Decider::State::tapLength(const InstanceState& instance) {
  return 4 * instance.config.advertInterval + std::chrono::milliseconds(200);
}

/// It says MASTER, and nothing can be put back for it before one of its adverts was seen leaving.
bool Decider::State::needsTap(const InstanceState& instance) {
  return instance.role == Role::Master && (instance.mute || instance.epoch.needsProof());
}

void Decider::State::openTap(const InstanceState& instance) {
  const LinkRecord* link = view.linkNamed(instance.config.interface);
  if (link == nullptr) return;
  const auto [tap, fresh] = taps.emplace(link->ifindex, now);
  tap->second = std::max(tap->second, now + tapLength(instance));
  if (fresh) out->push_back(WatchAdverts{link->ifindex});
  wakeAt(tap->second);
}

/// There is no tap, so nobody has looked.
void Decider::State::on(const AdvertsUnwatchable& fact) {
  taps.erase(fact.ifindex);
  Refusal& refusal = refusedTaps[fact.ifindex];
  refusal.again = now + refusal.pause;
  refusal.pause = std::min<Duration>(refusal.pause * 2, kLastPause);
  wakeAt(refusal.again);
}

/// Without a tap a master may go unguarded, and no answer of keepalived's may be due for a long time.
void Decider::State::retryTaps() {
  for (auto refused = refusedTaps.begin(); refused != refusedTaps.end();) {
    const auto& [ifindex, refusal] = *refused;
    if (now < refusal.again) {
      wakeAt(refusal.again);
    } else if (taps.count(ifindex) == 0) {
      const LinkRecord* link = view.link(ifindex);
      for (const InstanceState& instance : instances)
        if (link != nullptr && instance.config.interface == link->name && needsTap(instance)) openTap(instance);
      if (taps.count(ifindex) == 0) {  // nobody needs it any more
        refused = refusedTaps.erase(refused);
        continue;
      }
    }
    ++refused;
  }
}

/// At its end a tap says what it has not seen.
void Decider::State::closeTaps() {
  for (auto tap = taps.begin(); tap != taps.end();) {
    if (now < tap->second) {
      wakeAt(tap->second);
      ++tap;
      continue;
    }
    const LinkRecord* link = view.link(tap->first);
    out->push_back(StopWatchingAdverts{tap->first});
    refusedTaps.erase(tap->first);
    tap = taps.erase(tap);
    for (InstanceState& instance : instances) {
      if (link == nullptr || instance.config.interface != link->name) continue;
      tellUnguarded(instance);
      if (!instance.epoch.isOpen() || instance.mute) continue;
      if (now < instance.repairedAt + threeIntervals(instance) || instance.ownAdvertAt >= instance.repairedAt) continue;
      instance.mute = true;
      const std::string why = "keepalived says MASTER, but none of its adverts has left " + link->name + " since";
      notice(Notice::Kind::Doubt, instance.config.name + ": " + why + "; restart it", instance.config.name);
      instance.epoch.doubt(now);  // it may only have been stopped for a while: it is looked at again
      withdrawLedger(instance, why);
      tellEpoch(instance, true);
      settle(instance);
      ask();
    }
  }
}

}  // namespace guardian::core
