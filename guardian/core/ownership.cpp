// Which addresses keepalived owns: the model taken from its answer, laid over what was known, and over what a former
// life of ours left behind.
#include <algorithm>

#include "core/known_model.hpp"
#include "core/state.hpp"

namespace guardian::core {

void Decider::State::adopt(const Answer& answer) {
  std::vector<Instance> wanted;
  wanted.reserve(answer.instances.size());
  for (const InstanceClaim& claim : answer.instances) wanted.push_back(complete(claim.instance, configuration));
  const bool same = wanted.size() == instances.size() &&
                    std::equal(wanted.begin(), wanted.end(), instances.begin(),
                               [](const Instance& a, const InstanceState& b) { return sameWatching(a, b.config); });
  if (!same) return rebuildWatches(wanted);
  for (std::size_t i = 0; i < wanted.size(); ++i) instances[i].config = std::move(wanted[i]);
}

void Decider::State::inherit(Watch& watch) {
  if (orphans.erase(watch.key) != 0) {  // dropped from the configuration and back again, before it was off the host
    watch.ledger = true;
    watch.unverifiedSince = now;
  }
  const auto left = inherited.addresses.find(watch.key);
  if (left == inherited.addresses.end()) return;
  if (stillOurs(watch.key, left->second)) {
    watch.ledger = true;
    if (!left->second.confirmed) {
      watch.unverifiedSince = now;
      ask();
    }
    // It may have come before the base address while nobody was there to see it: in its wake that would go with it.
    if (tookFirstRank(watch) || !basesBehind(watch.key).empty()) stepBack(watch);
  } else {
    out->push_back(Remember{{LedgerNote::Kind::Gone, watch.key, {}, {}}});
  }
  inherited.addresses.erase(left);
}

/// All that its addresses stand on, and it itself: the interfaces in whose stead no other may come.
std::set<int> Decider::State::interfacesOf(const InstanceState& instance) const {
  std::set<int> interfaces;
  if (const LinkRecord* own = view.linkNamed(instance.config.interface)) interfaces.insert(own->ifindex);
  for (const std::size_t i : instance.watches) interfaces.insert(watches[i].key.ifindex);
  interfaces.erase(0);
  return interfaces;
}

void Decider::State::resume(InstanceState& instance) {
  const InstanceId id{instance.config.vrid, instance.config.family, instance.config.name};
  const auto mark = std::find_if(inherited.epochs.begin(), inherited.epochs.end(),
                                 [&](const EpochMark& m) { return m.instance == id; });
  if (mark == inherited.epochs.end()) return;
  instance.epochNoted = *mark;
  if (mark->interfaces == interfacesOf(instance)) instance.epoch.resume(mark->transition);
}

void Decider::State::tellDrift() {
  const Configuration& written = edited ? *edited : configuration;
  if (std::exchange(fileIsNews, false)) {
    std::vector<const Instance*> known;
    for (const InstanceState& instance : instances) known.push_back(&instance.config);
    std::string text = drift(known, written);
    if (text != fileDrift && !text.empty()) notice(Notice::Kind::Doubt, text, {});
    fileDrift = std::move(text);
  }
  for (InstanceState& instance : instances) {
    std::string text = drift(instance.config, written);
    if (text == instance.drift) continue;
    if (!text.empty()) notice(Notice::Kind::Doubt, text, instance.config.name);
    instance.drift = std::move(text);
  }
}

/// Lays the watches anew and carries over what is known of those that stay.
void Decider::State::rebuildWatches(const std::vector<Instance>& wanted) {
  std::vector<InstanceState> formerInstances = std::move(instances);
  std::map<AddressKey, Watch> former;
  for (Watch& watch : watches) former.emplace(watch.key, std::move(watch));
  instances.clear();
  watches.clear();
  byKey.clear();
  pending.clear();
  groups.clear();

  for (const Instance& config : wanted) {
    InstanceState state;
    const auto known = std::find_if(formerInstances.begin(), formerInstances.end(),
                                    [&](const InstanceState& s) { return sameInstance(s.config, config); });
    if (known != formerInstances.end()) state = std::move(*known);
    state.config = config;
    state.watches.clear();
    instances.push_back(std::move(state));
  }

  std::set<AddressKey> expected;
  for (std::size_t owner = 0; owner < instances.size(); ++owner) {
    // Who has priority 255 owns his addresses: they are the host's, and whoever configured them brings them back.
    if (instances[owner].config.priority == kAddressOwner) continue;
    for (const Vip& vip : instances[owner].config.vips) {
      const LinkRecord* link = view.linkNamed(vip.interface);
      const AddressKey key{link != nullptr ? link->ifindex : 0, vip.address, vip.prefixLength};
      const auto shared = byKey.find(key);
      if (shared != byKey.end()) {
        if (watches[shared->second].owners.back() != owner) {
          watches[shared->second].owners.push_back(owner);
          instances[owner].watches.push_back(shared->second);
        }
        continue;
      }
      Watch watch;
      if (const auto known = former.find(key); known != former.end() && key.ifindex != 0) {
        watch = std::move(known->second);
        former.erase(known);
      }
      watch.vip = vip;
      watch.key = key;
      watch.owners = {owner};
      instances[owner].watches.push_back(watches.size());
      if (key.ifindex != 0) {
        byKey[key] = watches.size();
        if (key.address.family == Family::IPv4 && key.prefixLength < 32)
          groups[subnetOf(key)].push_back(watches.size());
        if (!watch.hostOwned) expected.insert(key);
      }
      watches.push_back(std::move(watch));
    }
  }
  for (auto it = groups.begin(); it != groups.end();) it = it->second.size() < 2 ? groups.erase(it) : std::next(it);
  view.setExpected(std::move(expected));
  for (Watch& watch : watches)
    if (inherited.bases.count(watch.key) != 0) setHostOwned(watch, true);
  for (const AddressKey& base : inherited.bases) {
    notedBases.insert(base);
    view.miss(base, now);
  }
  noteBases();
  for (Watch& watch : watches) {
    const AddressRecord* record = view.find(watch.key);
    // What we did is known from its acknowledgement, before the view is told of it.
    const bool untold = watch.ownRemovals > 0 || watch.ownAdditions > 0;
    if (!untold) watch.present = record != nullptr;
    if (record != nullptr) watch.record = *record;
    if (!watch.present) {
      pending.insert(indexOf(watch));
      // Missing for as long as we know. keepalived may have removed it since it wrote this answer.
      if (watch.goneAt == Instant{}) watch.goneAt = watch.answerAfter = now;
    }
    inherit(watch);
  }
  // While nobody looked they may have come in any order, also before a base address.
  for (const auto& [subnet, group] : groups)
    if (const Watch& first = watches[group.front()]; first.present) ranksToMend.insert(first.key);
  for (const Watch& watch : watches)
    if (const AddressRecord* record = view.find(watch.key); record != nullptr && !record->isSecondary())
      for (const AddressRecord& base : view.basesOf(watch.key))
        if (base.isSecondary()) ranksToMend.insert(base.key);
  for (InstanceState& instance : instances) resume(instance);
  // keepalived no longer wants these. It removes its own at a reload; what only we put there is ours to remove.
  for (const auto& [key, watch] : former)
    if (watch.ledger) abandon(key, watch.present);
  rebuildRoutes();
  watchClaims();
}

}  // namespace guardian::core
