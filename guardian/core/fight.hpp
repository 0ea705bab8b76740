// An address or a route that goes as often as it comes: how long we wait between two attempts, and from when on it is
// a fight. What is done about one beside waiting is the operator's to say (FightAction); see fight.cpp and ladder.cpp.
#pragma once

#include <algorithm>

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

}  // namespace guardian::core
