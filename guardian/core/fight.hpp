// An address or a route that goes as often as it comes: how long we wait between two attempts, and from when on it is
// a fight. What is done about one beside waiting is the operator's to say (FightAction); see fight.cpp and ladder.cpp.
#pragma once

#include <algorithm>
#include <string>

#include "guardian/core/kernel.hpp"

namespace guardian::core {

// networkd removes once or twice a run, `ip address flush` looks ten times whether it is done: that is no fight.
constexpr int kFreeAttempts = 12;
constexpr int kFight = kFreeAttempts + 6;  ///< by then they are more than three seconds apart
constexpr Duration kFirstBackOff = std::chrono::milliseconds(50);
constexpr Duration kLastBackOff = std::chrono::seconds(30);
constexpr Duration kForgive = std::chrono::seconds(5);  ///< undisturbed, and the count starts anew

/// Twice as long each time; `time` counts from 0.
constexpr Duration backOff(int time) {
  return std::min<Duration>(kFirstBackOff * (1 << std::clamp(time, 0, 12)), kLastBackOff);
}

/// Between that attempt, counted from 1, and the next one.
constexpr Duration pauseAfter(int attempt) {
  return attempt < kFreeAttempts ? Duration::zero() : backOff(attempt - kFreeAttempts);
}

/// The additions of one address or route, and what the next one waits for.
struct Attempts {
  int count = 0;        ///< that the kernel took, since it was last left in peace
  int refusals = 0;     ///< since then, in a row
  int error = 0;        ///< errno of the last of these
  Instant notBefore{};  ///< the next one

  void taken(Instant now) {
    forgive(now);
    refusals = 0;
    notBefore = now + pauseAfter(++count);
  }
  void refused(int why, Instant now) {
    forgive(now);
    error = why;
    notBefore = now + backOff(refusals++);
  }
  void forgive(Instant now) {
    if (now > notBefore + kForgive) count = 0;
  }
  /// Why none is made before that instant.
  std::string waitingFor() const;
};

}  // namespace guardian::core
