// When a fort is put up, what keeps it standing, and when it is let go.
#include "core/fort.hpp"

#include <algorithm>

#include "core/state.hpp"

namespace guardian::core {
namespace {

// A base address that is away for longer than a second is in no restart any more: keepalived need not be asked as
// often, for each question costs it a line in its log.
constexpr Duration kOften = std::chrono::milliseconds(100);
constexpr Duration kRarely = std::chrono::milliseconds(500);
constexpr Duration kShortWait = std::chrono::seconds(1);
constexpr int kMostTries = 12;  ///< networkd takes it once or twice; who takes it more often wants it gone

}  // namespace

/// For a VIP that only its rank keeps away. The evidence is the same as for the VIP itself.
void Decider::State::holdTheFort(Watch& watch, InstanceState& owner) {
  const AddressKey key = fortOf(watch.key);
  if (watch.key.address.family != Family::IPv4 || watch.key.prefixLength == key.prefixLength) return;
  if (fortBook.forts.count(key) != 0 || byKey.count(key) != 0 || watch.fortsTried >= kMostTries) return;
  if (orphans.count(key) != 0) return;  // that of a former life, which the kernel does not let go
  if (now >= watch.goneAt + kSameStroke || silent || inquiry.overdue(now)) return;
  if (!hasEvidence(watch, owner)) return ask();
  ++watch.fortsTried;
  AddressRecord record;
  record.key = key;
  if (watch.record) {
    record.label = watch.record->label;
    record.scope = watch.record->scope;
  }
  out->push_back(Remember{{LedgerNote::Kind::Added, key, {}, {}}});
  out->push_back(AddAddress{std::move(record)});
  fortBook.forts[key] = Fort{watch.key, now, now};
  owner.repairedAt = now;
  bridge(watch.key);
  ask();
}

/// The neighbours are reached through a route of ours while no address of the subnet brings the kernel's own.
void Decider::State::bridge(const AddressKey& member) {
  const AddressKey subnet = subnetOf(member);
  const bool held = std::any_of(fortBook.forts.begin(), fortBook.forts.end(), [&](const auto& entry) {
    return !entry.second.leaving && subnetOf(entry.second.vip) == subnet;
  });
  const bool bridged = fortBook.linkRoutes.count(subnet) != 0;
  const bool needed = held && view.baseOf(member) == nullptr && view.expectedInSubnet(member).empty();
  if (needed && !bridged) {
    fortBook.linkRoutes.insert(subnet);
    out->push_back(AddLinkRoute{subnet.ifindex, {subnet.address, subnet.prefixLength}});
  } else if (!held && bridged) {
    fortBook.linkRoutes.erase(subnet);
    out->push_back(RemoveLinkRoute{subnet.ifindex, {subnet.address, subnet.prefixLength}});
  }
}

void Decider::State::letGo(const AddressKey& vip) {
  const auto at = fortBook.forts.find(fortOf(vip));
  if (at == fortBook.forts.end() || at->second.leaving) return;
  at->second.leaving = true;
  out->push_back(RemoveAddress{at->first});
  bridge(at->second.vip);
}

/// Whether nothing has come up that would take back an addition that nobody confirmed.
bool Decider::State::mayStand(const Fort& fort) {
  Watch* watch = watchOf(fort.vip);
  if (watch == nullptr || watch->present || silent || inquiry.overdue(now)) return false;
  const InstanceState* owner = openOwner(*watch);
  if (owner == nullptr || !mayReinstate(*watch, *owner) || now >= watch->goneAt + kSameStroke) return false;
  if (contested(*owner) && owner->masterAskedAt < owner->foreignAt) return false;
  const std::optional<Obstacle> why = obstacle(*watch, *owner);
  return !why || why->rank;
}

/// After each event, where there are any. A flood of addresses says nothing about mastership, unless keepalived
/// removes one of its own.
void Decider::State::mindForts(const Event& event) {
  const bool aboutAddresses = std::holds_alternative<AddressAppeared>(event) ||
                              std::holds_alternative<AddressVanished>(event) ||
                              std::holds_alternative<AddDone>(event) || std::holds_alternative<RemoveDone>(event);
  if (!std::exchange(fortBook.shaken, false) && aboutAddresses) return;
  const bool stopping = std::holds_alternative<Stopping>(event);
  bool dueForAsking = false;
  for (auto& [key, fort] : fortBook.forts) {
    if (fort.leaving) continue;
    if (stopping || !mayStand(fort)) {
      fortDown(fort);
      letGo(fort.vip);
      continue;
    }
    const Duration pause = now < fort.since + kShortWait ? kOften : kRarely;
    if (now >= fort.askedAt + pause) {
      fort.askedAt = now;
      dueForAsking = true;
    }
    wakeAt(fort.askedAt + pause);
  }
  if (dueForAsking) ask();
}

/// From here on the VIP answers to nobody, unless it is back.
void Decider::State::fortDown(const Fort& fort) {
  const Watch* watch = watchOf(fort.vip);
  if (watch == nullptr) return;
  for (const std::size_t owner : watch->owners)
    if (instances[owner].incident) instances[owner].incident->unheld(fort.vip, now);
}

/// True: it was about a fort.
bool Decider::State::fortAdded(const AddDone& fact) {
  const auto at = fortBook.forts.find(fact.key);
  if (at == fortBook.forts.end()) return false;
  Fort& fort = at->second;
  if (fact.error != 0 || fact.existed) {  // what was there already is somebody else's
    out->push_back(Remember{{LedgerNote::Kind::Gone, fact.key, {}, {}}});
    const AddressKey vip = fort.vip;
    fortBook.forts.erase(at);
    bridge(vip);
    return true;
  }
  fort.stands = true;
  ++fortBook.unseen[fact.key];
  const Watch* watch = watchOf(fort.vip);
  if (watch == nullptr || fort.leaving) return true;
  for (const std::size_t owner : watch->owners)
    if (instances[owner].incident) instances[owner].incident->held(fort.vip, now);
  return true;
}

void Decider::State::fortSeen(const AddressKey& key) {
  const auto at = fortBook.unseen.find(key);
  if (at != fortBook.unseen.end() && --at->second == 0) fortBook.unseen.erase(at);
}

bool Decider::State::fortRemoved(const RemoveDone& fact) {
  const auto at = fortBook.forts.find(fact.key);
  if (at == fortBook.forts.end()) return false;
  out->push_back(Remember{{LedgerNote::Kind::Gone, fact.key, {}, {}}});
  fortBook.forts.erase(at);
  return true;
}

/// Another hand took it. The next one is put up as if the VIP had just gone.
void Decider::State::fortFell(const AddressKey& key) {
  const auto at = fortBook.forts.find(key);
  if (at == fortBook.forts.end() || !at->second.stands || at->second.leaving) return;
  const Fort fort = at->second;
  fortBook.forts.erase(at);
  out->push_back(Remember{{LedgerNote::Kind::Gone, key, {}, {}}});
  fortDown(fort);
  bridge(fort.vip);
  if (Watch* watch = watchOf(fort.vip)) {
    watch->answerAfter = now;
    evaluate(*watch);
  }
}

}  // namespace guardian::core
