// When which address is announced: keepalived's two bursts with its own settings, and in between what the field
// has learned: repeats more than a second apart, because Linux neighbours hold a learned entry for that long
// (locktime) against the next one.
//
// The frames themselves are the packet adapter's affair. Nothing is sent for an address that is no longer ours:
// the Decider cancels it.
#pragma once

#include <map>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::core {

class Announcements {
 public:
  /// First round at `now`. Starting an address anew replaces what was planned for it.
  void start(const AddressKey& key, const AnnounceSettings& settings, Instant now);
  void cancel(const AddressKey& key) { plans_.erase(key); }

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
  Instant readyAt(const AddressKey& key, const Plan& plan) const;

  std::map<AddressKey, Plan> plans_;
  std::map<int, Instant> quietUntil_;  ///< pacing, per interface
  std::optional<Instant> next_;        ///< kept, not searched: it is asked for at every event
};

}  // namespace guardian::core
