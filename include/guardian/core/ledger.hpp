// What the guardian must still know after its own death: which addresses stand on the host because of it, and
// which epochs were open. The core gives notes, one before each addition; an adapter keeps them on disk; at the
// next start they come back as one event.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "guardian/core/kernel.hpp"
#include "guardian/core/route.hpp"

namespace guardian::core {

/// The VRRP process that a ledger belongs to. Epochs of another process mean nothing.
struct ProcessId {
  int pid = 0;
  std::uint64_t start = 0;  ///< clock ticks since boot: tells a reused process id
};
inline bool operator==(const ProcessId& a, const ProcessId& b) { return a.pid == b.pid && a.start == b.start; }

/// An instance by what does not change while it exists.
struct InstanceId {
  std::uint8_t vrid = 0;
  Family family = Family::IPv4;
  std::string name;
};
inline bool operator==(const InstanceId& a, const InstanceId& b) {
  return a.vrid == b.vrid && a.family == b.family && a.name == b.name;
}

/// A living epoch, by all that must still hold for it to go on in a new life of ours.
struct EpochMark {
  InstanceId instance;
  std::set<int> interfaces;                 ///< those of its addresses: a replaced one has another index
  std::chrono::microseconds transition{0};  ///< keepalived's own date: another one is another mastership; 0: in doubt
};
inline bool operator==(const EpochMark& a, const EpochMark& b) {
  return a.instance == b.instance && a.interfaces == b.interfaces && a.transition == b.transition;
}

/// An address that we put there.
struct LedgerEntry {
  bool confirmed = false;     ///< keepalived, asked after the addition, was master: it removes it when it leaves
  std::uint32_t created = 0;  ///< as AddressRecord has it; 0: not known
};
inline bool operator==(const LedgerEntry& a, const LedgerEntry& b) {
  return a.confirmed == b.confirmed && a.created == b.created;
}

struct Ledger {
  ProcessId process;
  std::map<AddressKey, LedgerEntry> addresses;
  std::map<RouteForm, bool> routes;  ///< likewise: whether it is confirmed
  std::vector<EpochMark> epochs;
  /// Base addresses of subnets with virtual addresses, also while they are away: a new life must wait for them too.
  std::set<AddressKey> bases;
  std::vector<Instant> restarts;  ///< of keepalived by us, the last few: a budget that outlives us
};

/// One change of it.
struct LedgerNote {
  enum class Kind : std::uint8_t {
    Process,
    Added,
    Confirmed,
    Gone,
    EpochOpened,
    EpochClosed,
    BaseKnown,
    BaseForgotten,
    Restarted
  };
  Kind kind;
  AddressKey key;             ///< Added, Confirmed, Gone, BaseKnown, BaseForgotten
  EpochMark epoch;            ///< EpochOpened, anew when its marks change; EpochClosed, of which the instance counts
  ProcessId process;          ///< Process: all epochs end
  std::uint32_t created = 0;  ///< Confirmed
  Instant at{};               ///< Restarted
};

/// What the ledger says after the note. The same for the adapter that keeps it and for whoever reads it back.
void apply(Ledger& ledger, const LedgerNote& note);

/// The same about a route or rule that we put there.
struct RouteNote {
  enum class Kind : std::uint8_t { Added, Confirmed, Gone };
  Kind kind;
  RouteForm form;
};
void apply(Ledger& ledger, const RouteNote& note);

}  // namespace guardian::core
