#include "core/root_blocks.hpp"

#include <algorithm>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {

InstanceState& Decider::State::ownerOf(std::size_t owner) { return owner == kRoot ? root : instances[owner]; }

bool Decider::State::isStatic(const AddressKey& key) const {
  return std::any_of(statics.begin(), statics.end(), [&](const StaticAddress& one) { return one.key == key; });
}

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
      one.seen = one.seen && one.present;  // what keepalived could not install anew it will not remove, either
    }
    one.vip = vip;
    place(one);
    statics.push_back(std::move(one));
  }
  for (StaticAddress& one : statics) one.behind = one.behind || missesBase(one.key);
  for (StaticAddress& one : former) {
    if (one.unverifiedSince) abandon(one.key, one.present);
    if (root.incident) root.incident->forget(one.key);
  }
  // What it said last, or is saying now, is compared with the files of before.
  if (!statics.empty() || !configuration.staticRoutes.empty()) ask();
  if (root.config.routes == configuration.staticRoutes) return;
  root.config.routes = configuration.staticRoutes;
  rebuildRoutes();
}

/// A former life knew a base address of its subnet that is away now, and will come back.
bool Decider::State::missesBase(const AddressKey& key) const {
  return std::any_of(inherited.bases.begin(), inherited.bases.end(), [&](const AddressKey& base) {
    return subnetOf(base) == subnetOf(key) && !isStatic(base) && view.find(base) == nullptr;
  });
}

/// A base address that is away went with it, though it may have ranked behind: where the kernel had promoted this one
/// before that returned. The order mends when both are back.
bool Decider::State::wentWithBase(const StaticAddress& one) const {
  const std::map<AddressKey, Instant> gone = view.goneBasesOf(one.key);
  return std::any_of(gone.begin(), gone.end(), [&](const auto& base) {
    return !isStatic(base.first) && base.second + kSameStroke >= one.goneAt;
  });
}

/// Finds its interface, which may have been renamed or replaced: then it went with that.
void Decider::State::place(StaticAddress& one) {
  const LinkRecord* link = view.linkNamed(one.vip.interface);
  const AddressKey key{link != nullptr ? link->ifindex : 0, one.vip.address, one.vip.prefixLength};
  if (key == one.key) return;
  if (one.unverifiedSince) abandon(one.key, view.find(one.key) != nullptr);
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

/// Our addition became the first of its subnet: its base address went in that moment, before we knew, and would come
/// back behind it. It goes, on what a snapshot has just shown: by the time we hear of it, the base address may be back,
/// and go along where the kernel does not promote.
void Decider::State::stands(StaticAddress& one, const AddressRecord& record, bool looked) {
  one.record = record;
  if (std::exchange(one.awaited, false)) {
    one.created = record.created;
    one.misplaced = one.behind && !record.isSecondary();
    if (one.misplaced && !looked) return out->push_back(TakeSnapshot{});
  }
  one.behind = one.behind || record.isSecondary();
  const bool misplaced = one.misplaced && one.created == record.created && !record.isSecondary();
  if (!looked || one.removing) return;
  one.misplaced = false;
  if (misplaced) takeBack(one, "its base address went at the same moment");
}

/// Whether it came or went.
void Decider::State::follow(StaticAddress& one, const Event& event) {
  const AddressRecord* record = view.find(one.key);
  const bool looked = std::holds_alternative<Snapshot>(event);
  if (record != nullptr) stands(one, *record, looked);
  if (looked) one.awaited = one.removing = false;
  if (root.epoch.state() == Epoch::State::Closed) one.seen = false;
  if (one.removing) {
    one.removing = record != nullptr;
    one.answerAfter = now;
    return;
  }
  if (record != nullptr) {
    one.seen = one.seen || root.epoch.isOpen();
    if (!std::exchange(one.present, true) && root.incident) root.incident->back(one.key, now, false);
    return;
  }
  if (one.awaited) return;
  const auto* fact = std::get_if<AddressVanished>(&event);
  const Origin origin = fact != nullptr && fact->record.key == one.key ? fact->origin : Origin{};
  const Hand hand = attribution.handBehind(one.key.address.family, origin);
  const LinkRecord* link = view.link(one.key.ifindex);
  const bool takenAlong = one.behind && link != nullptr && !link->promoteSecondaries;  // with a virtual one before it
  const bool letGo = hand == Hand::Keepalived && !takenAlong;
  if (letGo) {  // it stops, or it was reloaded without this one
    one.seen = one.behind = false;
    if (root.incident) root.incident->forget(one.key);
  }
  if (!one.present) return;  // of what a snapshot showed missing, we hear only now who took it
  one.present = one.misplaced = false;
  one.goneAt = one.answerAfter = now;
  if (one.unverifiedSince) abandon(one.key, false);
  one.unverifiedSince.reset();
  if (letGo || !one.seen) return;
  countLoss(root, one.key, one.vip.interface, origin);
  identify(origin.portId);
}

void Decider::State::takeBack(StaticAddress& one, const char* why) {
  one.unverifiedSince.reset();
  one.present = one.misplaced = false;
  one.removing = true;
  abandon(one.key, true);
  tell(root, Outcome::Withdrawn, why);
}

/// keepalived, asked after our addition, goes on with it.
void Decider::State::verify(StaticAddress& one, bool stopping) {
  if (!one.unverifiedSince) return;
  if (root.epoch.isOpen() && root.masterAskedAt >= *one.unverifiedSince) {
    one.unverifiedSince.reset();
    if (root.incident) root.incident->timeline.verified = now;
    return out->push_back(Remember{{LedgerNote::Kind::Gone, one.key, {}, {}}});  // from here on it is keepalived's
  }
  if (stopping) return takeBack(one, "vip-guardian stops before keepalived confirmed it");
  if (root.epoch.state() == Epoch::State::Closed) return takeBack(one, "keepalived is gone");
  if (unitState == ActiveState::Deactivating) return takeBack(one, "keepalived is stopping");
  // Its files were changed: if it has been reloaded since, the address may be its own by now; another answer tells.
  const Instant due = *one.unverifiedSince + Inquiry::kConfirmWithin;
  if (silent || inquiry.overdue(now) || now >= due) return takeBack(one, "keepalived did not confirm it within 100 ms");
  wakeAt(due);
  if (root.epoch.isOpen() || one.askedAt > *one.unverifiedSince) return;
  one.askedAt = now;
  ask();
}

/// What keeps it from being added whatever keepalived says; nullopt: nothing.
std::optional<std::string> Decider::State::obstacle(const StaticAddress& one) {
  if (holding()) return "keepalived is stopping, starting or reloading";
  if (silent || inquiry.overdue(now)) return "keepalived does not answer";
  const LinkRecord* link = view.link(one.key.ifindex);
  if (link == nullptr || !link->up || !link->carrier) return one.vip.interface + " is down";
  if ((one.behind || wentWithBase(one)) && view.baseOf(one.key) == nullptr)
    return "waiting for the base address of its subnet";
  if (one.behind && networkd.covers(now)) return "waiting for networkd, which may remove its base address as well";
  if (const Instant quiet = view.lastRemoval(one.key.ifindex) + kBurstQuiet; one.behind && now < quiet) {
    wakeAt(quiet);
    return "removals on " + one.vip.interface + " are still going on";
  }
  if (now >= one.attempts.notBefore) return std::nullopt;
  wakeAt(one.attempts.notBefore);
  return one.attempts.waitingFor();
}

void Decider::State::evaluate(StaticAddress& one) {
  if (one.present || !one.seen || one.adding || one.removing || root.epoch.state() == Epoch::State::Closed) return;
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
  if (!root.epoch.isOpen()) return wait("keepalived's files are not what it is known to run with");
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
    one.attempts.refused(fact.error, now);
    one.answerAfter = now;
    wakeAt(one.attempts.notBefore);
    return true;
  }
  one.attempts.taken(now);
  one.present = one.awaited = true;
  if (root.incident) root.incident->back(one.key, now, ours);
  if (!ours) return true;
  one.unverifiedSince = now;
  ask();
  return true;
}

}  // namespace guardian::core
