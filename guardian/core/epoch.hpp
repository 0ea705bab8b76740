// Whether keepalived itself has put an instance's VIPs on this host and still answers for them. Only while an
// epoch is open may anything be added for the instance.
//
//            keepalived installs a VIP (seen live)
//   Closed ------------------------------------------> Open
//     |   MASTER, past the window, a VIP is there,       ^  |
//     |   an own advert was seen leaving                 |  |
//     +--------------------------------------------------+  | reload, other transition time,
//                                                        |  | any state but MASTER, BACKUP, FAULT
//            MASTER, past the window                     |  v
//   Doubt ---------------------------------------------->+ Doubt
//
// and from everywhere to Closed: keepalived removes a VIP, says BACKUP or FAULT, dies; the interface is replaced.
// A keepalived 1.3.9 whose interface was replaced says MASTER for ever, sends nothing and removes nothing. Only an
// advert seen leaving tells it from a sound one; that it installed is proof as good.
//
// "Past the window": 1.3.9 calls itself MASTER one advert interval before it installs its VIPs, and still goes
// back to BACKUP from there without removing any. So one answer is not enough below 2.0; a second one, two
// intervals later, is.
#pragma once

#include "guardian/core/event.hpp"

namespace guardian::core {

class Epoch {
 public:
  enum class State : std::uint8_t { Closed, Doubt, Open };

  State state() const { return state_; }
  bool isOpen() const { return state_ == State::Open; }

  void installed(Instant now);
  /// What was asked before `now` does not speak against it. Where nothing else would have it asked what it is now, that
  /// is due at `recheckAt`.
  void close(Instant now, std::optional<Instant> recheckAt = std::nullopt);
  /// It lived in a former life of ours, under the same keepalived, on the same interfaces. If it was open since this
  /// date of keepalived's, it goes on as soon as an answer gives that date again; 0: it was in doubt.
  void resume(std::chrono::microseconds transition);
  void doubt(Instant now);
  /// Whether no own advert was seen leaving since it was closed. It cannot be opened by answers before.
  bool needsProof() const { return !proven_; }
  void proven() { proven_ = true; }

  struct Context {
    Instant askedAt;
    bool vipPresent = false;  ///< one of its VIPs is on the host that we did not put there
    bool hasWindow = true;    ///< keepalived < 2.0
  };
  /// `role` may be less than the claim says, where that is not to be believed.
  void heard(const InstanceClaim& claim, Role role, const Context& context);

  /// Of an open epoch, keepalived's own date of its beginning; 0: not heard yet, or in doubt.
  std::chrono::microseconds transition() const {
    return isOpen() ? transition_.value_or(std::chrono::microseconds{0}) : std::chrono::microseconds{0};
  }
  /// When keepalived was last seen installing.
  Instant installedAt() const { return installedAt_; }

  /// When another answer is needed to get on; nullopt: nothing to wait for.
  std::optional<Instant> recheckAt() const { return recheckAt_; }
  /// It is being asked for.
  void rechecking() { recheckAt_.reset(); }

 private:
  void consider(const InstanceClaim& claim, const Context& context);

  State state_ = State::Closed;
  bool proven_ = false;
  bool resumed_ = false;                                 ///< by the date in transition_
  std::optional<Instant> masterSince_;                   ///< the first of the MASTER answers in a row ...
  std::chrono::microseconds candidate_{0};               ///< ... which all gave this date
  std::optional<std::chrono::microseconds> transition_;  ///< keepalived's own date of its last change
  std::optional<Instant> recheckAt_;
  Instant contradictedAt_ = Instant::min();  ///< MASTER answers of older questions count for nothing
  Instant installedAt_ = Instant::min();
};

}  // namespace guardian::core
