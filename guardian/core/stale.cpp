// What keepalived has left behind. One that is killed takes nothing off, and another node takes over: then two answer
// for the same address. So does one that says BACKUP and has forgotten an address. What we put there is withdrawn at
// once (withdrawal.cpp); this is about keepalived's own, which is told, or removed where the operator wants it.
#include <algorithm>
#include <map>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {
namespace {

/// What may begin or end it. Not what comes once for each address, least of all in the midst of a repair of thousands.
struct Concerns {
  template <class Fact> bool operator()(const Fact&) const { return false; }
  bool operator()(const TimerFired&) const { return true; }
  bool operator()(const Answered&) const { return true; }
  bool operator()(const KeepalivedStarted&) const { return true; }
  bool operator()(const KeepalivedGone&) const { return true; }
  bool operator()(const UnitChanged&) const { return true; }
  bool operator()(const JobFinished&) const { return true; }
  bool operator()(const PauseChanged&) const { return true; }
  bool operator()(const SettingsChanged&) const { return true; }
  bool operator()(const Snapshot&) const { return true; }
};

}  // namespace

bool Decider::State::isStale(const Watch& watch) const {
  if (!watch.present || !watch.keepaliveds || watch.hostOwned || watch.ledger || holding()) return false;
  if (!running) return true;
  return !silent && std::all_of(watch.owners.begin(), watch.owners.end(), [this](std::size_t owner) {
    return instances[owner].role == Role::Backup || instances[owner].role == Role::Fault;
  });
}

void Decider::State::mindStale(const Event& event) {
  if (!std::visit(Concerns{}, event)) return;
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
    // What it said before may be over: it may be master by now, and an address that stands already shows no installing.
    if (running && answeredAt < due) {
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
