// What the core keeps of each instance, and of each address that is keepalived's while it is master. The rules about
// them are Decider::State's; state.hpp says where they stand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/epoch.hpp"
#include "core/fight.hpp"
#include "core/hint.hpp"
#include "core/history.hpp"
#include "core/incident.hpp"
#include "core/strangers.hpp"
#include "guardian/core/event.hpp"
#include "guardian/core/ledger.hpp"

namespace guardian::core {

/// An address that keepalived owns while it is master, and where we stand with it. One address may belong to
/// several instances: it is wanted while any of them is in an epoch.
struct Watch {
  Vip vip;
  AddressKey key;                       ///< ifindex 0: its interface is not there
  std::vector<std::size_t> owners;      ///< instances, in configuration order
  std::optional<AddressRecord> record;  ///< the kernel's own, from while it was there
  bool present = false;

  // While it is missing:
  Instant goneAt{};
  bool lossAttributed = false;  ///< by another hand than keepalived's, so its removal proves nothing about the role
  bool blocked = false;         ///< something but evidence kept us from adding when we last looked
  Instant answerAfter{};        ///< evidence must have been asked for at or after this
  bool ordered = false;         ///< to be added, which is not acknowledged yet

  // What we did:
  bool ledger = false;  ///< it stands there because we put it there; on disk as well
  std::optional<Instant> unverifiedSince;
  int ownAdditions = 0;  ///< acknowledged, their notifications still to come
  int ownRemovals = 0;   ///< acknowledged, their notifications still to come
  Attempts attempts;
  bool givenUp = false;  ///< told
  int fortsTried = 0;
  bool mending = false;  ///< taken off to be put back at once

  bool hostOwned = false;    ///< put there by another hand outside any epoch, or by networkd: not keepalived's to lose
  bool keepaliveds = false;  ///< seen when keepalived installed it or was master
  bool hostLossTold = false;
  std::optional<Instant> staleSince;  ///< keepalived has left it here, and is not master
  bool staleTold = false;
  std::uint32_t installerPort = 0;  ///< who put it there, not yet known to be keepalived
  Instant installedAt{};
};

struct InstanceState {
  Instance config;
  Epoch epoch;
  Instant masterAskedAt = Instant::min();  ///< the question to which it last said MASTER
  std::optional<Incident> incident;
  // The wire:
  Instant foreignAt = Instant::min();  ///< the last advert of another node
  std::string foreignSource;
  Instant peerAt = Instant::min();        ///< another node was last heard, whatever it said
  Instant rivalAskedAt = Instant::min();  ///< keepalived was asked because of another node
  Instant foreignSince{};                 ///< that source, with that priority
  Instant ownAdvertAt = Instant::min();
  Instant repairedAt = Instant::min();  ///< our last addition
  int foreignPriority = 0;
  /// Another node was master beside this one and has drawn neighbours to itself; from then on it counts as silent.
  std::optional<Instant> parted;
  bool mute = false;  ///< said MASTER and sent nothing: to be seen advertising before anything is added

  Role role = Role::Unknown;
  bool hintDisputed = false;  ///< told
  bool unguardedTold = false;
  std::optional<Instant> unprovenSince;  ///< a master's MASTER answers, without an own advert to prove them
  RoleHistory roleHistory;
  std::optional<Hint> hint;  ///< keepalived has not been asked since

  Rivals rivals;
  PeerProbe probe;

  std::vector<std::size_t> watches;
  std::string drift;                    ///< as told
  std::optional<EpochMark> epochNoted;  ///< on disk
};

}  // namespace guardian::core
