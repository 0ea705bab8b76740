// Taking off what stands only because of us, as often as it takes. The kernel may refuse (no memory, no room in a
// queue, a capability lost): what it refused is not forgotten until it is done, or keepalived answers for it.
#include <algorithm>
#include <cstring>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {
namespace {

constexpr Duration kLastPause = std::chrono::seconds(1);

}  // namespace

/// It is no longer ours: gone, or keepalived's own.
void Decider::State::disown(Watch& watch) {
  watch.unverifiedSince.reset();
  if (!std::exchange(watch.ledger, false)) return;
  out->push_back(Remember{{LedgerNote::Kind::Gone, watch.key, {}, {}}});
}

/// With the host's own addresses put back at once that the kernel takes along.
void Decider::State::remove(const AddressKey& key) {
  const std::vector<AddressRecord> along = basesBehind(key);
  out->push_back(RemoveAddress{key});
  for (const AddressRecord& base : along) {
    basesPutBack[base.key] = base;
    out->push_back(AddAddress{base});
  }
}

/// Ours, and no watch's any more. It is on the ledger for as long as it is on the host.
void Decider::State::abandon(const AddressKey& key, bool stands) {
  if (stands) {
    orphans.insert(key);
    remove(key);
  } else {
    out->push_back(Remember{{LedgerNote::Kind::Gone, key, {}, {}}});
  }
}

void Decider::State::withdraw(Watch& watch) {
  announcements.cancel(watch.key);
  watch.unverifiedSince.reset();
  remove(watch.key);
}

/// Evidence did not come, or not clearly enough: what has not been confirmed goes.
void Decider::State::withdrawUnverified(InstanceState& instance, const std::string& why) {
  bool any = false;
  for (const std::size_t i : instance.watches) {
    if (!watches[i].unverifiedSince || refusals.count(watches[i].key) != 0) continue;
    withdraw(watches[i]);
    any = true;
  }
  if (any) tell(instance, Outcome::Withdrawn, why);
}

/// The node is not master: everything of this instance that stands only because of us goes, unless another
/// instance in an epoch of its own wants it.
void Decider::State::withdrawLedger(InstanceState& instance, const std::string& why) {
  bool any = false;
  for (const std::size_t i : instance.watches) {
    Watch& watch = watches[i];
    if (!watch.ledger || !watch.present || refusals.count(watch.key) != 0 || openOwner(watch) != nullptr) continue;
    withdraw(watch);
    any = true;
  }
  if (any) tell(instance, Outcome::Withdrawn, why);
}

void Decider::State::on(const RemoveDone& fact) {
  Watch* watch = watchOf(fact.key);
  if (fact.error != 0) {
    if (watch != nullptr && !std::exchange(watch->mending, false)) watch->unverifiedSince = now;
    return refused(fact.key, "removing " + toString(fact.key.address) + "/" + std::to_string(fact.key.prefixLength) +
                                 " failed: " + std::strerror(fact.error));
  }
  refusals.erase(fact.key);
  if (orphans.erase(fact.key) != 0) out->push_back(Remember{{LedgerNote::Kind::Gone, fact.key, {}, {}}});
  if (fortRemoved(fact) || watch == nullptr) return;
  if (fact.existed) ++watch->ownRemovals;
  watch->present = false;
  if (std::exchange(watch->mending, false)) {  // the note of its coming addition stands already
    watch->ledger = false;
    watch->unverifiedSince.reset();
  } else {
    disown(*watch);
  }
  watch->goneAt = watch->answerAfter = now;
  watch->lossAttributed = false;
  pending.insert(indexOf(*watch));
}

/// True: it was about a base address that a removal of ours had taken along.
bool Decider::State::basePutBack(const AddDone& fact) {
  const auto base = basesPutBack.find(fact.key);
  if (base == basesPutBack.end()) return false;
  if (fact.error == 0) {
    basesPutBack.erase(base);
    refusals.erase(fact.key);
  } else {
    refused(fact.key, "putting back " + toString(fact.key.address) + "/" + std::to_string(fact.key.prefixLength) +
                          " failed: " + std::strerror(fact.error));
  }
  return true;
}

void Decider::State::refused(const AddressKey& key, const std::string& what) {
  const auto [entry, first] = refusals.emplace(key, Refusal{});
  if (first) notice(Notice::Kind::Failure, what + "; it is tried again until it is done");
  entry->second.again = now + entry->second.pause;
  wakeAt(entry->second.again);
  entry->second.pause = std::min<Duration>(entry->second.pause * 2, kLastPause);
}

/// What is due of that. An order may be overtaken by then: the address went by another hand, or keepalived, asked
/// since, is master and owns it.
void Decider::State::insist() {
  std::vector<AddressKey> due;
  for (const auto& [key, refusal] : refusals) {
    if (refusal.again <= now)
      due.push_back(key);
    else
      wakeAt(refusal.again);
  }
  for (const AddressKey& key : due)
    if (!orderAgain(key)) refusals.erase(key);
  retryRanks();
}

bool Decider::State::orderAgain(const AddressKey& key) {
  if (const auto base = basesPutBack.find(key); base != basesPutBack.end()) {
    if (view.find(key) == nullptr) {
      out->push_back(AddAddress{base->second});
      return true;
    }
    basesPutBack.erase(base);
    return false;
  }
  if (const auto fort = fortBook.forts.find(key); fort != fortBook.forts.end()) {
    out->push_back(RemoveAddress{key});
    return true;
  }
  if (orphans.count(key) != 0) {
    remove(key);
    return true;
  }
  Watch* watch = watchOf(key);
  if (watch == nullptr || !watch->present) return false;
  if (watch->unverifiedSince) {
    withdraw(*watch);
    return true;
  }
  for (const AddressRecord& base : view.basesOf(key))  // it was to make room for its base address
    if (base.isSecondary()) ranksToMend.insert(base.key);
  if (const Watch* first = leaderOf(*watch)) ranksToMend.insert(first->key);  // or for the first of its subnet
  return false;
}

}  // namespace guardian::core
