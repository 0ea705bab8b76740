// keepalived's root blocks: what static_ipaddress, static_routes and static_rules name stands on this host for as long
// as keepalived runs, whatever its roles. 1.3.9 installs it when it starts or is reloaded, removes it when it stops,
// and does not look in between; whoever takes VIPs away takes this along.
//
// No dump of it names them. The evidence is an answer of keepalived's that was asked for after the loss, with its files
// as they were when they were last read: else it may have been reloaded without the address by now, and nobody would
// ever remove that again. What an answer has confirmed is keepalived's own: it removes it when it stops, as it would
// have without us. Nothing is announced, as keepalived announces none of them.
//
// Their routes and rules are seen to by routes.cpp, with `root` in the place of an instance. Neither reaches into the
// rules for virtual addresses, for which a static address is one of the host's own.
#pragma once

#include <limits>
#include <optional>

#include "core/fight.hpp"
#include "guardian/core/event.hpp"

namespace guardian::core {

/// As an owner of routes: not an instance, but the root blocks.
constexpr std::size_t kRoot = std::numeric_limits<std::size_t>::max();
/// In reports. No instance can be called that: a name has no blank.
constexpr const char* kRootName = "static blocks";
constexpr const char* kRootProof = "keepalived runs with it";

struct StaticAddress {
  Vip vip;
  AddressKey key;                       ///< ifindex 0: its interface is not there
  std::optional<AddressRecord> record;  ///< the kernel's own, from while it was there
  bool present = false;
  bool seen = false;    ///< stood there when keepalived answered, and keepalived has not removed it since
  bool behind = false;  ///< ranked behind a base address of its subnet: it must not come before that

  // While it is missing:
  bool blocked = false;   ///< something but evidence kept us from adding when we last looked
  Instant goneAt{};       ///< from when we heard of it
  Instant answerAfter{};  ///< evidence must have been asked for at or after this
  Instant askedAt = Instant::min();
  Attempts attempts;

  // What we did:
  bool adding = false;
  bool awaited = false;       ///< acknowledged, its notification still to come
  bool removing = false;      ///< likewise
  bool misplaced = false;     ///< it came without its base address before it
  std::uint32_t created = 0;  ///< what we added; tells it from a later one
  std::optional<Instant> unverifiedSince;
};

}  // namespace guardian::core
