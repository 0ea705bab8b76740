// What an addition waits for; when an address is given up, and when that ends.
#include "core/fight.hpp"

#include <cstring>

#include "core/state.hpp"
#include "guardian/core/wording.hpp"

namespace guardian::core {

std::string Attempts::waitingFor() const {
  if (refusals > 0) return std::string("the kernel refuses it: ") + std::strerror(error);
  return "it was removed again and again; waiting before the next attempt";
}

void Decider::State::tellFight(const Watch& watch) {
  InstanceState* owner = openOwner(watch);
  if (owner == nullptr || !owner->incident || std::exchange(owner->incident->fight, true)) return;
  IncidentReport report = owner->incident->report(Outcome::Open, now);
  nameRemover(trailOf(*owner->incident), report);
  const std::string next =
      settings.fight == FightAction::GiveUp
          ? "; the next time it is left away"
          : "; from now on it is put back more and more rarely, every " + core::describe(kLastBackOff) + " in the end";
  notice(Notice::Kind::Fight,
         owner->config.name + ": " + toString(watch.key.address) + " was removed and put back " +
             std::to_string(watch.attempts.count) + " times, by " +
             (report.remover.empty() ? "an unknown hand" : report.remover) + next + ": stop what removes it",
         owner->config.name);
}

/// Whether it is left away, by the operator's leave, until its incident is over or he has had another look.
bool Decider::State::givenUp(Watch& watch, const InstanceState& owner) {
  if (settings.fight != FightAction::GiveUp || watch.attempts.count < kFight) return false;
  if (!std::exchange(watch.givenUp, true))
    notice(Notice::Kind::GivenUp,
           owner.config.name + ": " + toString(watch.key.address) +
               " was removed again and is put back no more, and nobody serves it: stop what removes it, then " +
               "systemctl reload vip-guardian",
           owner.config.name);
  return true;
}

/// Of what was told as a fight the count starts anew. The others keep theirs: an incident may be a short one.
void Decider::State::endFight(Watch& watch) {
  if (watch.attempts.count < kFight) return;
  watch.attempts.count = 0;
  watch.givenUp = false;
}

void Decider::State::endFights() {
  for (Watch& watch : watches) endFight(watch);
  for (InstanceState& instance : instances)
    if (instance.incident) instance.incident->fight = false;
}

}  // namespace guardian::core
