// One instance's losses from the first one to the proven repair: what the journal entry is made of.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "guardian/core/action.hpp"

namespace guardian::core {

class Incident {
 public:
  explicit Incident(std::string instance, Instant now) : instance_(std::move(instance)), since_(now) {
    timeline.noticed = now;
  }

  void lost(const AddressKey& key, const std::string& interface, Origin origin, Instant now);
  void back(const AddressKey& key, Instant now, bool byUs);
  /// Something else serves it meanwhile, or does so no more.
  void held(const AddressKey& key, Instant now);
  void unheld(const AddressKey& key, Instant now);
  /// A loss by keepalived's own hand was none.
  void forget(const AddressKey& key) { losses_.erase(key); }

  bool has(const AddressKey& key) const { return losses_.count(key) != 0; }
  bool empty() const { return losses_.empty(); }
  bool allBack() const;
  /// Of what is not back, the longest missing; now, if all is.
  Instant missingSince(Instant now) const;
  bool anyByUs() const { return byUs_; }
  Instant since() const { return since_; }
  Instant lastChange() const { return lastChange_; }
  const std::set<std::uint32_t>& ports() const { return ports_; }
  /// Any interface of the losses: where their IPv4 companions are looked for.
  int ifindex() const { return losses_.empty() ? 0 : losses_.begin()->first.ifindex; }

  /// Since when it is a loss for certain: keepalived still is master, or another hand is known to have done it.
  std::optional<Instant> confirmedAt;
  void confirm(Instant now) {
    if (!confirmedAt) confirmedAt = now;
  }
  Timeline timeline;
  bool openReported = false;
  int refusal = 0;        ///< told: errno of an addition
  bool beyondUs = false;  ///< the kernel refuses the addition, or another address is in the way
  bool duringNetworkd = false;
  bool fight = false;  ///< the same addresses go again and again; told
  std::string waiting;

  IncidentReport report(Outcome outcome, Instant now) const;

 private:
  struct Loss {
    std::string interface;
    int order = 0;  ///< of the first removal: the order in which we name them
    int times = 0;
    int reinstated = 0;
    Instant lostAt{};                   ///< the last time
    std::uint32_t portId = 0;           ///< behind that
    std::optional<Instant> goneAt;      ///< until it is back
    std::optional<Instant> unservedAt;  ///< until it is back or held
    bool held = false;                  ///< at some time
    Duration outage{};
  };

  std::string instance_;
  Instant since_{};
  Instant lastChange_{};
  std::map<AddressKey, Loss> losses_;
  std::set<std::uint32_t> ports_;
  bool byUs_ = false;
};

}  // namespace guardian::core
