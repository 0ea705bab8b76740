// What keepalived has left behind. One that is killed takes nothing off, and another node takes over: then two answer
// for the same address. So does one that says BACKUP and has forgotten an address. What we put there is withdrawn at
// once (withdrawal.cpp); this is about keepalived's own, which is told, or removed where the operator wants it.
#include <algorithm>
#include <map>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {

bool Decider::State::isStale(const Watch& watch) const {
  if (!watch.present || !watch.keepaliveds || watch.hostOwned || watch.ledger || holding()) return false;
  if (!running) return true;
  return !silent && std::all_of(watch.owners.begin(), watch.owners.end(), [this](std::size_t owner) {
    return instances[owner].role == Role::Backup || instances[owner].role == Role::Fault;
  });
}

/// After each event but those of addresses: what follows from these is known when keepalived has been asked.
void Decider::State::mindStale(const Event& event) {
  if (std::holds_alternative<AddressAppeared>(event) || std::holds_alternative<AddressVanished>(event)) return;
  std::map<std::size_t, std::string> found;  // by the first owner
  for (Watch& watch : watches) {
    if (paused || !isStale(watch)) {
      watch.staleSince.reset();
      watch.staleTold = false;
      continue;
    }
    if (!watch.staleSince) watch.staleSince = now;
    const Instant due = *watch.staleSince + settings.stale.patience;
    if (now < due) {
      wakeAt(due);
      continue;
    }
    if (watch.staleTold) continue;
    if (running && answeredAt < *watch.staleSince) {  // what it said before may be over
      ask();
      continue;
    }
    watch.staleTold = true;
    std::string& list = found[watch.owners.front()];
    if (!list.empty()) list += ", ";
    list += toString(watch.key.address);
    list += "/" + std::to_string(watch.key.prefixLength);
    list += " on " + watch.vip.interface;
    if (settings.stale.remove) withdraw(watch);
  }
  for (const auto& [owner, list] : found) {
    const InstanceState& instance = instances[owner];
    std::string text = instance.config.name + ": keepalived ";
    text += running ? std::string("says ") + wordOf(instance.role) : "is gone";
    text += ", but has left here: " + list;
    text += settings.stale.remove ? "; removed, for another node may have taken over"
            : running             ? "; if another node is master, two answer for it: remove it by hand"
                                  : "; another node takes over, and two answer for it: start keepalived, or remove it";
    notice(Notice::Kind::Stale, std::move(text), instance.config.name);
  }
}

}  // namespace guardian::core
