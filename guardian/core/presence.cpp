// Links and addresses coming and going: what was keepalived's doing, what was ours, and what is a loss.
#include <algorithm>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {

Watch* Decider::State::watchOf(const AddressKey& key) {
  const auto it = byKey.find(key);
  return it == byKey.end() ? nullptr : &watches[it->second];
}

void Decider::State::on(const AddressAppeared& fact) {
  const AddressKey& key = fact.record.key;
  const AddressRecord* before = view.find(key);
  const bool changed = before != nullptr;
  const bool promoted = changed && before->isSecondary() && !fact.record.isSecondary();
  view.put(fact.record);
  if (Watch* watch = watchOf(key)) {
    const Hand hand = attribution.handBehind(key.address.family, fact.origin);
    const bool own = (hand == Hand::Ours || hand == Hand::Unknown) && watch->ownAdditions > 0;
    if (own && !promoted) return ownAdditionSeen(*watch, fact.record);
    if (changed && watch->ownRemovals > 0) return;  // promoted, before we took it off as well
    appeared(*watch, fact.record, hand, fact.origin);
    if (!watch->hostOwned) return;
  }
  const Hand hand = attribution.handBehind(key.address.family, fact.origin);
  if (hand == Hand::Keepalived) ask();  // one that we do not know of
  if (hand == Hand::Ours) fortSeen(key);
  if (refusals.count(key) != 0 && basesPutBack.erase(key) != 0) refusals.erase(key);  // another hand has done it
  if (!view.concerns(key)) return;
  noteBases();
  // A base address: VIPs may have waited for it, or it may have come back behind one.
  if (!pending.empty()) evaluatePending();
  if (fact.record.isSecondary()) mendRank(fact.record);
}

/// What was not accounted for as such: false, where it is not wanted any more, either.
bool Decider::State::thereAsOurs(Watch& watch) {
  watch.present = true;
  letGo(watch.key);
  pending.erase(indexOf(watch));
  out->push_back(Remember{{LedgerNote::Kind::Added, watch.key, {}, {}}});
  watch.ledger = true;
  watch.unverifiedSince = now;
  for (const std::size_t owner : watch.owners)
    if (instances[owner].incident) instances[owner].incident->back(watch.key, now, true);
  if (openOwner(watch) == nullptr) {
    withdraw(watch);
    return false;
  }
  ask();
  return true;
}

/// Accounted for when it was acknowledged. But a removal by another hand, older than our addition, may have been
/// heard of in between: then the address is there all the same, and ours.
void Decider::State::ownAdditionSeen(Watch& watch, const AddressRecord& record) {
  --watch.ownAdditions;
  if (watch.ownRemovals > 0) return;  // withdrawn since
  watch.record = record;
  if (!watch.present) {
    if (!thereAsOurs(watch)) return;
  } else if (watch.ledger && !watch.unverifiedSince && watch.ownAdditions == 0) {
    // Confirmed before it was told of: the ledger lacks the stamp by which a later one of the same key is told from it.
    out->push_back(Remember{{LedgerNote::Kind::Confirmed, watch.key, {}, {}, record.created}});
  }
  if (tookFirstRank(watch)) out->push_back(TakeSnapshot{});
  if (record.isSecondary() && leads(record)) mendRank(record);
}

/// keepalived lists it, but it is there without keepalived: then it is a base address like others.
void Decider::State::setHostOwned(Watch& watch, bool own) {
  if (own) disown(watch);
  if (std::exchange(watch.hostOwned, own) != own) view.expect(watch.key, !own);
}

/// A virtual address that stands here while keepalived, asked, is not master, and that it was never seen installing.
void Decider::State::findHostOwned(const InstanceState& instance, Instant askedAt) {
  for (const std::size_t i : instance.watches) {
    Watch& watch = watches[i];
    const bool elsewhere = std::all_of(watch.owners.begin(), watch.owners.end(), [this](std::size_t owner) {
      return instances[owner].role == Role::Backup || instances[owner].role == Role::Fault;
    });
    if (elsewhere && watch.present && !watch.ledger && !watch.keepaliveds && watch.installedAt < askedAt &&
        watch.key.address.family == Family::IPv4)
      setHostOwned(watch, true);
  }
}

void Decider::State::appeared(Watch& watch, const AddressRecord& record, Hand hand, Origin origin) {
  const bool ours = hand == Hand::Ours;  // uncounted, after lost notifications or a lost answer
  const bool wasPresent = watch.present;
  if (!wasPresent) ++history.revision;
  watch.present = true;
  watch.fortsTried = 0;
  letGo(watch.key);
  watch.hostLossTold = false;
  // That networkd's removals promote one looks the same, but that one was there before.
  const bool another = !wasPresent && (!watch.record || watch.record->created != record.created || record.created == 0);
  // Through the socket of whoever removed the one before it.
  const bool promoted = wasPresent && watch.record && watch.record->isSecondary() && !record.isSecondary() &&
                        watch.record->created == record.created;
  watch.record = record;
  pending.erase(indexOf(watch));
  if (ladder.orderedAt)
    for (const std::size_t owner : watch.owners)
      if (allPresent(instances[owner])) served(instances[owner]);
  // networkd adds its own only.
  if (another && origin.portId != 0 && origin.portId == networkdPort) setHostOwned(watch, true);
  if (ours && tookFirstRank(watch)) out->push_back(TakeSnapshot{});
  if (ours && !wasPresent) return void(thereAsOurs(watch));
  // A change of an address that was there: networkd 252 can send thousands of these a second.
  if (ours || promoted || (wasPresent && hand != Hand::Keepalived)) return;
  disown(watch);

  bool anyOpen = false;
  bool allClosed = true;
  for (const std::size_t owner : watch.owners) {
    anyOpen = anyOpen || instances[owner].epoch.isOpen();
    allClosed = allClosed && instances[owner].epoch.state() == Epoch::State::Closed;
  }
  if (hand == Hand::Keepalived) {
    setHostOwned(watch, false);
    watch.keepaliveds = true;
    // Which of two owners installed it, nobody says: they must answer for themselves.
    if (watch.owners.size() == 1) {
      InstanceState& owner = instances[watch.owners.front()];
      const bool wasOpen = owner.epoch.isOpen();
      owner.role = Role::Master;
      owner.epoch.installed(now);
      tellEpoch(owner, wasOpen);
    }
    ask();
  } else if (hand == Hand::Unknown) {
    watch.installerPort = origin.portId;
    watch.installedAt = now;
    if (!anyOpen) ask();
  } else if (allClosed) {
    setHostOwned(watch, true);
  }
  for (const std::size_t owner : watch.owners) {
    if (instances[owner].incident) instances[owner].incident->back(watch.key, now, false);
    settle(instances[owner]);
  }
  showStatus();
}

void Decider::State::on(const AddressVanished& fact) {
  const AddressKey& key = fact.record.key;
  const bool v4 = key.address.family == Family::IPv4;
  const Hand hand = attribution.handBehind(key.address.family, fact.origin);
  view.drop(key, now, hand == Hand::Ours);
  forgetAbsent();
  if (v4 && fact.origin.portId != 0 && fact.origin.portId == networkdPort) {
    const LinkRecord* link = view.link(key.ifindex);
    networkd.removedByNetworkd(key.ifindex, link != nullptr ? link->name : std::string(), now);
  }
  Watch* watch = watchOf(key);
  if (watch == nullptr && hand == Hand::Keepalived) removedUnknown(fact.record);
  if (watch != nullptr) {
    if (!watch->record) watch->record = fact.record;
    // Our own removals were accounted for when they were acknowledged; by now the address may be back.
    const bool own = (hand == Hand::Ours || hand == Hand::Unknown) && watch->ownRemovals > 0;
    if (own)
      --watch->ownRemovals;
    else
      vanished(*watch, hand, fact.origin);
  } else if (v4 && !fortBook.forts.empty()) {
    if (hand != Hand::Ours && fortBook.unseen.count(key) == 0) fortFell(key);
    if (view.concerns(key)) bridge(key);
  } else if (!v4) {  // one that stood in the way, with another prefix length
    for (const std::size_t i : pending)
      if (watches[i].key.address == key.address) evaluate(watches[i]);
  }
  if (v4 && hand != Hand::Keepalived && hand != Hand::Ours && fact.origin.portId != 0)
    lastNamedRemoval[key.ifindex] = Removal{now, fact.origin.portId};
}

void Decider::State::noteBases() {
  std::set<AddressKey> known = view.bases();
  for (const AddressKey& key : known)
    if (notedBases.count(key) == 0) out->push_back(Remember{{LedgerNote::Kind::BaseKnown, key, {}, {}}});
  for (const AddressKey& key : notedBases)
    if (known.count(key) == 0) out->push_back(Remember{{LedgerNote::Kind::BaseForgotten, key, {}, {}}});
  notedBases = std::move(known);
}

void Decider::State::vanished(Watch& watch, Hand hand, Origin origin) {
  if (!watch.present) {  // said twice; but of what a snapshot showed missing, we hear only now who took it
    if (hand == Hand::Keepalived) removedByKeepalived(watch);
    return;
  }
  // Ours, but not asked for: the kernel took it along with its primary.
  watch.present = false;
  ++history.revision;
  pending.insert(indexOf(watch));
  announcements.cancel(watch.key);
  for (const std::size_t owner : watch.owners) unserved(instances[owner]);
  if (hand == Hand::Keepalived) return removedByKeepalived(watch);
  lost(watch, hand, origin);
}

/// An address that keepalived took on and off since it was last asked. Whose it was, nobody says.
void Decider::State::removedUnknown(const AddressRecord& record) {
  const int ifindex = record.key.ifindex;
  const LinkRecord* link = view.link(ifindex);
  const bool takenAlong = record.isSecondary() && link != nullptr && !link->promoteSecondaries;
  if (takenAlong) return ask();
  for (InstanceState& instance : instances) {
    if (!instance.epoch.isOpen() || interfacesOf(instance).count(ifindex) == 0) continue;
    instance.epoch.doubt(now);
    instance.role = Role::Unknown;
    fortBook.shaken = true;
    withdrawUnverified(instance, "keepalived removed an address that it was not known to have");
    tellEpoch(instance, true);
    settle(instance);
  }
  ask();
}

/// It leaves MASTER, or it was reloaded without this address, or another instance that shares it left. What
/// nobody has confirmed goes at once; for the rest its answer comes within milliseconds.
void Decider::State::removedByKeepalived(Watch& watch) {
  disown(watch);
  fortBook.shaken = true;
  setHostOwned(watch, false);
  watch.goneAt = watch.answerAfter = now;
  watch.lossAttributed = false;
  for (const std::size_t index : watch.owners) {
    InstanceState& owner = instances[index];
    const bool wasOpen = owner.epoch.isOpen();
    owner.epoch.doubt(now);
    if (owner.incident) owner.incident->forget(watch.key);
    for (const std::size_t i : owner.watches)
      if (watches[i].unverifiedSince) withdraw(watches[i]);
    if (wasOpen) owner.role = Role::Unknown;
    tellEpoch(owner, wasOpen, "keepalived is letting go of it");
    settle(owner);
  }
  ask();
}

/// An address of this instance went.
void Decider::State::countLoss(InstanceState& owner, const AddressKey& key, const std::string& interface,
                               Origin origin) {
  if (!owner.incident) owner.incident.emplace(owner.config.name, now);
  owner.incident->lost(key, interface, origin, now);
  owner.incident->duringNetworkd = owner.incident->duringNetworkd || networkd.covers(now);
}

/// Asks once whose socket it was that sent a request. By the time a report is due, its process may be gone.
void Decider::State::identify(std::uint32_t portId) {
  if (portId != 0 && sockets.count(portId) == 0) out->push_back(IdentifySocket{portId});
}

void Decider::State::lost(Watch& watch, Hand hand, Origin origin) {
  disown(watch);
  watch.blocked = false;
  watch.goneAt = watch.answerAfter = now;
  watch.lossAttributed = hand == Hand::Other && origin.portId != 0;
  for (const std::size_t index : watch.owners) {
    InstanceState& owner = instances[index];
    if (owner.epoch.state() == Epoch::State::Closed) {
      // Perhaps keepalived's own doing: of IPv6 nobody says so. Then its answer of before is no longer true.
      if (owner.role == Role::Master) ask();
      continue;
    }
    countLoss(owner, watch.key, watch.vip.interface, origin);
    if (watch.lossAttributed) owner.incident->confirm(now);
    break;  // one entry for one loss, also where two instances want the address
  }
  evaluate(watch);
  if (const InstanceState* owner = openOwner(watch)) openTap(*owner);
  identify(origin.portId);
  for (const std::size_t index : watch.owners) settle(instances[index]);
}

void Decider::State::on(const LinkChanged& fact) {
  const LinkRecord* before = view.link(fact.link.ifindex);
  const bool moved = before == nullptr || before->name != fact.link.name;
  const bool usable = fact.link.up && fact.link.carrier;
  const bool wasUsable = before != nullptr && before->up && before->carrier;
  view.putLink(fact.link);
  if (moved) interfacesMoved();
  if (usable && !wasUsable) evaluatePending();
}

void Decider::State::on(const LinkVanished& fact) {
  view.dropLink(fact.ifindex);
  interfacesMoved();
}

/// A name that stands for another interface ends the epochs of all instances that use it: keepalived 1.3.9 goes on
/// with the old index, says MASTER for ever and sends nothing, and would never remove what we added.
void Decider::State::interfacesMoved() {
  std::set<std::size_t> ended;
  bool moved = false;
  for (Watch& watch : watches) {
    const LinkRecord* link = view.linkNamed(watch.vip.interface);
    const int ifindex = link != nullptr ? link->ifindex : 0;
    if (ifindex == watch.key.ifindex) continue;
    moved = true;
    if (watch.key.ifindex == 0) continue;  // it appears for the first time
    disown(watch);                         // it went with its interface
    watch.present = false;
    ended.insert(watch.owners.begin(), watch.owners.end());
  }
  if (!moved) return;
  for (const std::size_t index : ended) {
    InstanceState& owner = instances[index];
    const bool wasOpen = owner.epoch.isOpen();
    owner.epoch.close(now);
    owner.role = Role::Unknown;
    owner.unprovenSince.reset();  // the new interface gets a look of its own
    const std::string why =
        "their interface was removed or replaced, which keepalived may not have noticed; nothing is added "
        "until it installs its addresses anew; restart it if they stay away";
    if (owner.incident)
      tell(owner, Outcome::HandedOver, why);
    else if (wasOpen)
      notice(Notice::Kind::Doubt, owner.config.name + ": no address of it is guarded any more, because " + why,
             owner.config.name);
    tellEpoch(owner, wasOpen);
    settle(owner);
  }
  std::vector<Instance> same;
  same.reserve(instances.size());
  for (const InstanceState& instance : instances) same.push_back(instance.config);
  rebuildWatches(same);
  ask();
}

void Decider::State::on(const EventsLost&) {
  // Their notifications may be among the lost.
  for (Watch& watch : watches) watch.ownRemovals = watch.ownAdditions = 0;
  fortBook.unseen.clear();
  notice(Notice::Kind::EventsLost, "address notifications were lost in a flood; comparing everything");
  out->push_back(TakeSnapshot{});
}

void Decider::State::on(const Snapshot& fact) {
  view.replace(fact, now);
  snapshotAt = now;
  forgetAbsent();
  std::vector<AddressKey> fallen;
  for (const auto& [key, fort] : fortBook.forts)
    if (view.find(key) == nullptr) fallen.push_back(key);
  for (const AddressKey& key : fallen) fortFell(key);
  interfacesMoved();
  noteBases();
  // Nobody says who was behind what we only find: ask first.
  for (Watch& watch : watches) {
    const AddressRecord* record = view.find(watch.key);
    if (record != nullptr && !watch.present) {
      appeared(watch, *record, Hand::Unknown, Origin{});
    } else if (record == nullptr && watch.present) {
      vanished(watch, Hand::Unknown, Origin{});
    } else if (record != nullptr) {
      watch.record = *record;
      if (watch.ledger && tookFirstRank(watch)) stepBack(watch);
    }
  }
  for (const AddressRecord& record : fact.addresses)
    if (record.isSecondary() && leads(record)) mendRank(record);
  evaluatePending();
  for (InstanceState& instance : instances) {
    // Does it advertise by now?
    if (needsTap(instance))
      openTap(instance);
    else
      tellUnguarded(instance);
    settle(instance);
  }
}

/// Base addresses that the kernel would take along with this one: secondaries of it, where it does not promote.
std::vector<AddressRecord> Decider::State::basesBehind(const AddressKey& key) const {
  const LinkRecord* link = view.link(key.ifindex);
  const AddressRecord* own = view.find(key);
  if (own == nullptr || own->isSecondary() || link == nullptr || link->promoteSecondaries) return {};
  std::vector<AddressRecord> bases = view.basesOf(key);
  // Before the first answer, keepalived's own and what a former life left pass for such base addresses.
  const auto virtualOne = [&](const AddressKey& other) {
    for (const Instance& instance : configuration.instances)
      for (const Vip& vip : instance.vips)
        if (instance.priority < kAddressOwner && vip.address == other.address && vip.prefixLength == other.prefixLength)
          return true;
    return false;
  };
  const auto noBase = [&](const AddressRecord& base) {
    // A static one needs keepalived's word: it may just have been removed for good (root_blocks.cpp).
    return base.key == key || isStatic(base.key) || orphans.count(base.key) != 0 ||
           inherited.addresses.count(base.key) != 0 || (instances.empty() && virtualOne(base.key));
  };
  bases.erase(std::remove_if(bases.begin(), bases.end(), noBase), bases.end());
  return bases;
}

/// Whether this address, just added by us, became the primary of a subnet whose base address is away. Where the
/// kernel promotes, mendRank() puts that right without an outage.
bool Decider::State::tookFirstRank(const Watch& watch) const {
  const LinkRecord* link = view.link(watch.key.ifindex);
  if (link == nullptr || link->promoteSecondaries || watch.record->isSecondary()) return false;
  const std::optional<Instant> gone = view.baseGoneSince(watch.key);
  return gone && *gone + kSameStroke >= watch.goneAt;
}

/// The base address went in the moment in which we added, before we knew. While it is away we stay away too. Only on
/// what a snapshot has just shown: by the time we hear of it, the base address may be back behind ours, and go along.
void Decider::State::stepBack(Watch& watch) {
  withdraw(watch);
  for (const std::size_t owner : watch.owners)
    if (instances[owner].incident) instances[owner].incident->lost(watch.key, watch.vip.interface, Origin{}, now);
}

void Decider::State::retryRanks() {
  for (const AddressKey& key : std::exchange(ranksToMend, {}))
    if (const AddressRecord* record = view.find(key); record != nullptr && record->isSecondary() && leads(*record))
      mendRank(*record);
}

/// Whether it should be the primary of its subnet: a base address, or where there is none, the first virtual one.
bool Decider::State::leads(const AddressRecord& record) const {
  const auto at = byKey.find(record.key);
  if (at == byKey.end() || watches[at->second].hostOwned) return true;
  return !groupOf(record.key).empty() && view.baseOf(record.key) == nullptr && leaderOf(watches[at->second]) == nullptr;
}

/// Unless keepalived has said MASTER since it installed them, it may be leaving already. And what did not last is not
/// done again and again.
bool Decider::State::mendsLater(const Watch& watch, const InstanceState* owner) {
  if (owner == nullptr || holding() || silent || inquiry.overdue(now)) return true;
  if (contested(*owner)) {
    wakeAt(contestedUntil(*owner));
    return true;
  }
  if (owner->masterAskedAt < owner->epoch.installedAt()) return true;
  const bool pausing = now < watch.attempts.notBefore;
  if (pausing) wakeAt(watch.attempts.notBefore);
  return pausing;
}

/// A base address came back behind VIPs that had been promoted in its absence: then the host speaks to the world
/// as the VIP. Taking the VIPs off and putting them back at once restores the order, for the kernel promotes the
/// base address in between. Only where it does: without promote_secondaries it would remove it instead.
void Decider::State::mendRank(const AddressRecord& base) {
  std::vector<std::size_t> order;
  bool headed = false;
  bool left = false;  // as it is, but told
  for (const AddressRecord* record : view.expectedInSubnet(base.key)) {
    Watch& watch = *watchOf(record->key);
    const InstanceState* owner = openOwner(watch);
    const bool ours = owner == nullptr || mayReinstate(watch, *owner);
    if (watch.mending || (!ours && policyOf(*owner) != PolicyKind::Restart)) return;
    left = left || !ours;
    if (!left && mendsLater(watch, owner)) {
      ranksToMend.insert(base.key);
      return;
    }
    headed = headed || !record->isSecondary();
    if (!(record->key == base.key)) order.push_back(indexOf(watch));
  }
  const Instant quiet = view.lastRemoval(base.key.ifindex) + kBurstQuiet;
  if (headed && networkd.covers(now) && now < quiet) {
    ranksToMend.insert(base.key);
    return wakeAt(quiet);
  }
  if (!headed) {
    misranked.erase(base.key);
    return;
  }
  const std::string text = toString(base.key.address) + "/" + std::to_string(base.key.prefixLength) +
                           " came back behind a virtual address of its subnet";
  const LinkRecord* link = view.link(base.key.ifindex);
  if (left || link == nullptr || !link->promoteSecondaries) {
    if (misranked.insert(base.key).second)
      notice(Notice::Kind::Doubt, text + (left ? "; the policy is to restart, so the order cannot be mended"
                                               : "; promote_secondaries is 0, so the order cannot be mended without "
                                                 "removing it"));
    return;
  }
  if (snapshotAt != now) {  // promote_secondaries may have been changed, which nobody tells of
    ranksToMend.insert(base.key);
    return out->push_back(TakeSnapshot{});
  }
  std::sort(order.begin(), order.end());  // configuration order is the order of installation
  for (const std::size_t i : order) {
    watches[i].mending = true;
    out->push_back(RemoveAddress{watches[i].key});
  }
  for (const std::size_t i : order) add(watches[i]);
  notice(Notice::Kind::RankMended, text + "; their order was restored");
}

}  // namespace guardian::core
