// When which address is announced: keepalived's two bursts with its own settings, and in between what the field
// has learned: repeats more than a second apart, because Linux neighbours hold a learned entry for that long
// (locktime) against the next one.
//
// The frames themselves are the packet adapter's affair. Nothing is sent for an address that is no longer ours:
// the Decider cancels it.
#pragma once

#include <map>
#include <set>
#include <tuple>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::core {

class Announcements {
 public:
  /// First round at `now`. Starting an address anew replaces what was planned for it.
  void start(const AddressKey& key, const AnnounceSettings& settings, Instant now);
  void cancel(const AddressKey& key);

  /// The addresses to announce now, once for each frame. At most a small batch an interface, so that thousands
  /// of addresses neither flood a switch nor keep the loop from the next loss.
  std::vector<AddressKey> due(Instant now);
  /// When due() has something to give again; early after a cancel, never late.
  std::optional<Instant> next() const { return next_; }

 private:
  struct Plan {
    AnnounceSettings settings;
    std::vector<Instant> rounds;  ///< ascending; the front is next
    std::size_t at = 0;
  };
  /// A round of an address: earlier ones first, and of a burst every address's first before any address's second.
  using Turn = std::tuple<Instant, std::size_t, AddressKey>;
  static Turn turnOf(const AddressKey& key, const Plan& plan) { return {plan.rounds[plan.at], plan.at, key}; }

  std::map<AddressKey, Plan> plans_;
  std::map<int, std::set<Turn>> turns_;  ///< the next one of each plan, per interface
  std::map<int, Instant> quietUntil_;    ///< pacing, per interface
  std::optional<Instant> next_;          ///< kept, not searched: it is asked for at every event
};

}  // namespace guardian::core
