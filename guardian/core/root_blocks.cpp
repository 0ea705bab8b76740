#include "core/root_blocks.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/fight.hpp"
#include "core/state.hpp"

namespace guardian::core {

InstanceState& Decider::State::ownerOf(std::size_t owner) { return owner == kRoot ? root : instances[owner]; }

/// The configuration in force is another one.
void Decider::State::layOutStatics() {
  if (!configuration.accepted) return;  // that one is not in force
  std::vector<StaticAddress> former = std::move(statics);
  statics.clear();
  const auto at = [](std::vector<StaticAddress>& list, const Vip& vip) {
    return std::find_if(list.begin(), list.end(), [&](const StaticAddress& one) {
      return one.vip.address == vip.address && one.vip.prefixLength == vip.prefixLength &&
             one.vip.interface == vip.interface;
    });
  };
  for (const Vip& vip : configuration.staticAddresses) {
    if (at(statics, vip) != statics.end()) continue;
    StaticAddress one;
    if (const auto known = at(former, vip); known != former.end()) {
      one = std::move(*known);
      former.erase(known);
    }
    one.vip = vip;
    place(one);
    statics.push_back(std::move(one));
  }
  for (StaticAddress& one : former) {
    if (one.unverifiedSince) abandon(one.key, one.present);
    if (root.incident) root.incident->forget(one.key);
  }
  if (root.config.routes == configuration.staticRoutes) return;
  root.config.routes = configuration.staticRoutes;
  rebuildRoutes();
}

/// Finds its interface, which may have been renamed or replaced: then it went with that.
void Decider::State::place(StaticAddress& one) {
  const LinkRecord* link = view.linkNamed(one.vip.interface);
  const AddressKey key{link != nullptr ? link->ifindex : 0, one.vip.address, one.vip.prefixLength};
  if (key == one.key) return;
  if (one.unverifiedSince) abandon(one.key, false);
  if (root.incident) root.incident->forget(one.key);
  Vip vip = std::move(one.vip);
  one = StaticAddress();
  one.vip = std::move(vip);
  one.key = key;
}

/// keepalived runs; with what is in its root blocks, if nothing speaks against it.
void Decider::State::hearRoot(Instant askedAt, bool filesUnchanged) {
  const bool drifted = !fileDrift.empty() || std::any_of(instances.begin(), instances.end(),
                                                         [](const InstanceState& one) { return !one.drift.empty(); });
  if (!configuration.accepted || !filesUnchanged || drifted) return root.epoch.doubt(now);
  root.masterAskedAt = askedAt;
  if (!root.epoch.isOpen()) root.epoch.installed(now);
  // A former life died between the addition and this answer, which confirms it as well.
  for (const StaticAddress& one : statics)
    if (inherited.addresses.erase(one.key) != 0) out->push_back(Remember{{LedgerNote::Kind::Gone, one.key, {}, {}}});
}

/// After each event: what it means for the static addresses. The rules for virtual ones have had their say by now.
void Decider::State::mindStatics(const Event& event) {
  if (statics.empty()) return;
  const bool stopping = std::holds_alternative<Stopping>(event);
  const bool moved = std::holds_alternative<LinkChanged>(event) || std::holds_alternative<LinkVanished>(event) ||
                     std::holds_alternative<Snapshot>(event);
  for (StaticAddress& one : statics) {
    if (moved) place(one);
    if (watchOf(one.key) != nullptr) continue;  // a virtual one as well: then it follows its instance
    follow(one, event);
    verify(one, stopping);
    if (!stopping) evaluate(one);
  }
  const bool unverified = std::any_of(statics.begin(), statics.end(),
                                      [](const StaticAddress& one) { return one.unverifiedSince.has_value(); });
  if (!unverified) settle(root);
}

/// Whether it came or went.
void Decider::State::follow(StaticAddress& one, const Event& event) {
  const AddressRecord* record = view.find(one.key);
  if (std::holds_alternative<Snapshot>(event)) one.awaited = one.removing = false;
  const bool open = root.epoch.isOpen();
  if (root.epoch.state() == Epoch::State::Closed) one.seen = false;
  if (one.removing) {
    one.removing = record != nullptr;
    return;
  }
  if (record != nullptr) {
    one.awaited = false;
    one.record = *record;
    one.behind = one.behind || record->isSecondary();
    one.seen = one.seen || open;
    if (!std::exchange(one.present, true) && root.incident) root.incident->back(one.key, now, false);
    return;
  }
  if (!one.present || one.awaited) return;
  one.present = false;
  if (one.unverifiedSince) abandon(one.key, false);
  one.unverifiedSince.reset();
  const auto* fact = std::get_if<AddressVanished>(&event);
  const Origin origin = fact != nullptr && fact->record.key == one.key ? fact->origin : Origin{};
  const Hand hand = attribution.handBehind(one.key.address.family, origin);
  if (hand == Hand::Ours) return;  // the kernel took it along with one of ours, and it is put back (withdrawal.cpp)
  if (hand == Hand::Keepalived) {
    one.seen = one.behind = false;  // it stops, or it was reloaded without this one
    if (root.incident) root.incident->forget(one.key);
    return;
  }
  if (open && one.seen) lost(one, origin);
}

void Decider::State::lost(StaticAddress& one, Origin origin) {
  one.answerAfter = now;
  if (!root.incident) root.incident.emplace(kRootName, now);
  root.incident->lost(one.key, one.vip.interface, origin, now);
  root.incident->duringNetworkd = root.incident->duringNetworkd || networkd.covers(now);
  if (origin.portId != 0 && sockets.count(origin.portId) == 0) out->push_back(IdentifySocket{origin.portId});
}

/// keepalived, asked after our addition, goes on with it.
void Decider::State::verify(StaticAddress& one, bool stopping) {
  if (!one.unverifiedSince) return;
  const auto takeBack = [&](const char* why) {
    one.unverifiedSince.reset();
    one.present = false;
    one.removing = true;
    abandon(one.key, true);
    tell(root, Outcome::Withdrawn, why);
  };
  if (root.epoch.isOpen() && root.masterAskedAt >= *one.unverifiedSince) {
    one.unverifiedSince.reset();
    if (root.incident) root.incident->timeline.verified = now;
    return out->push_back(Remember{{LedgerNote::Kind::Gone, one.key, {}, {}}});  // from here on it is keepalived's
  }
  if (stopping) return takeBack("vip-guardian stops before keepalived confirmed it");
  if (!root.epoch.isOpen()) return takeBack("keepalived is gone, or its files were changed");
  if (unitState == ActiveState::Deactivating) return takeBack("keepalived is stopping");
  if (silent || inquiry.overdue(now)) return takeBack("keepalived did not confirm it within 100 ms");
}

/// What keeps it from being added whatever keepalived says; nullopt: nothing.
std::optional<std::string> Decider::State::obstacle(const StaticAddress& one) {
  if (holding()) return "keepalived is stopping, starting or reloading";
  if (silent || inquiry.overdue(now)) return "keepalived does not answer";
  const LinkRecord* link = view.link(one.key.ifindex);
  if (link == nullptr || !link->up || !link->carrier) return one.vip.interface + " is down";
  if (one.behind && view.baseOf(one.key) == nullptr) return "waiting for the base address of its subnet";
  if (now >= one.notBefore) return std::nullopt;
  wakeAt(one.notBefore);
  if (root.incident && !root.incident->waiting.empty()) return root.incident->waiting;
  return "it was removed again and again; waiting before the next attempt";
}

void Decider::State::evaluate(StaticAddress& one) {
  if (one.present || !one.seen || one.adding || one.removing || !root.epoch.isOpen()) return;
  const bool confirmed = root.masterAskedAt >= one.answerAfter;
  if (root.incident && confirmed) root.incident->confirm(now);
  if (!confirmed && one.askedAt < one.answerAfter) {
    one.askedAt = now;
    ask();
  }
  if (paused || policyOf(root) != PolicyKind::Reinstate || keepalivedWatches()) return;
  const auto wait = [this](const std::string& why) {
    if (root.incident) root.incident->waiting = why;
  };
  if (const auto why = obstacle(one)) {
    one.blocked = true;
    return wait(*why);
  }
  // What was delayed needs an answer asked for after the delay.
  if (std::exchange(one.blocked, false)) {
    one.answerAfter = one.askedAt = now;
    return ask();
  }
  if (!confirmed) return wait("keepalived has not answered yet");
  if (now > one.notBefore + kForgive) one.attempts = 0;
  one.notBefore = now + pauseAfter(++one.attempts);
  one.adding = true;
  out->push_back(Remember{{LedgerNote::Kind::Added, one.key, {}, {}}});
  AddressRecord record = *one.record;
  record.key = one.key;
  out->push_back(AddAddress{std::move(record)});
}

/// True: it was about one of these.
bool Decider::State::staticAdded(const AddDone& fact) {
  const auto found = std::find_if(statics.begin(), statics.end(),
                                  [&](const StaticAddress& one) { return one.adding && one.key == fact.key; });
  if (found == statics.end()) return false;
  StaticAddress& one = *found;
  one.adding = false;
  const bool ours = fact.error == 0 && !fact.existed;
  if (!ours) out->push_back(Remember{{LedgerNote::Kind::Gone, fact.key, {}, {}}});
  if (fact.error != 0) {
    one.notBefore = now + backOff(one.attempts);
    one.answerAfter = now;
    wakeAt(one.notBefore);
    if (root.incident) root.incident->waiting = std::string("the kernel refuses it: ") + std::strerror(fact.error);
    return true;
  }
  one.present = one.awaited = true;
  if (root.incident) root.incident->back(one.key, now, ours);
  if (!ours) return true;
  one.unverifiedSince = now;
  ask();
  return true;
}

}  // namespace guardian::core
