// What the operator wants. Read from /etc/vip-guardian/vip-guardian.json by guardian/config/; the core obeys it.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "guardian/core/kernel.hpp"

namespace guardian::core {

enum class PolicyKind : std::uint8_t {
  Reinstate,  ///< put back what was taken
  Restart,    ///< leave it, and restart keepalived
  Observe,    ///< only say what happened
};

/// What is done where an address is removed as often as it is put back.
enum class FightAction : std::uint8_t {
  Report,    ///< put it back ever more rarely
  Restart,   ///< likewise, and restart keepalived, so that a peer takes over; it may come back by its priority
  HandOver,  ///< likewise, and stop keepalived, so that a peer takes over and stays; a person starts it again
  GiveUp,    ///< put it back no more
};

/// When keepalived may be restarted. A restart gives the addresses to a peer, if there is one that takes them.
struct RestartSettings {
  /// Also under the policy to reinstate: where that is impossible, or not enough.
  bool whenNeeded = false;
  /// Whether a peer has to have been heard, within `peerWithin`. A master hears none: it counts what it has heard
  /// since keepalived began.
  bool withoutPeer = false;
  Duration peerWithin = std::chrono::hours(24);
  Duration patience = std::chrono::seconds(3);  ///< for how long there must have been a reason
  /// At random, so that two nodes do not do it at once.
  Duration jitter = std::chrono::seconds(5);
  Duration leastInterval = std::chrono::minutes(10);
  int mostPerHour = 2;
};

/// What is done about an address that keepalived has left on a node that is not master.
struct StaleSettings {
  bool remove = false;
  Duration patience = std::chrono::seconds(5);  ///< longer than keepalived takes to clean up by itself
};

struct Settings {
  PolicyKind policy = PolicyKind::Reinstate;
  std::map<std::string, PolicyKind> policies;  ///< of single instances, by name
  RestartSettings restart;
  StaleSettings stale;
  FightAction fight = FightAction::Report;
  /// How often a backup asks the wire for the addresses of a master that it hears; zero: never.
  Duration peerProbe{};
  /// Whether keepalived itself reacts to the loss of its addresses. Unset: from 2.0.0 on it does.
  std::optional<bool> keepalivedWatches;
  /// Ask keepalived before every addition, also where another hand is known to have removed the address.
  bool askFirst = false;
  /// Not of the file: what makes one host's random times differ from another's.
  std::uint64_t luck = 0;
};

}  // namespace guardian::core
