#include "core/epoch.hpp"

#include <utility>

namespace guardian::core {
namespace {

Duration windowLength(const Instance& instance) { return 2 * instance.advertInterval + std::chrono::milliseconds(200); }

}  // namespace

void Epoch::installed(Instant now) {
  state_ = State::Open;
  proven_ = true;
  resumed_ = false;
  installedAt_ = now;
  masterSince_.reset();
  transition_.reset();  // the next answer dates this epoch
  recheckAt_ = now;
}

void Epoch::close(Instant now, std::optional<Instant> recheckAt) {
  *this = Epoch();
  contradictedAt_ = now;
  recheckAt_ = recheckAt;
}

void Epoch::resume(std::chrono::microseconds transition) {
  state_ = State::Doubt;
  proven_ = resumed_ = transition.count() != 0;
  if (resumed_) transition_ = transition;
}

void Epoch::doubt(Instant now) {
  masterSince_.reset();
  resumed_ = false;
  contradictedAt_ = now;
  if (state_ != State::Closed) state_ = State::Doubt;
}

void Epoch::heard(const InstanceClaim& claim, Role role, const Context& context) {
  recheckAt_.reset();
  if (role == Role::Backup || role == Role::Fault) return close(context.askedAt);
  if (context.askedAt < contradictedAt_) {
    // Another node may contradict at each advert. Without the proof, an answer is of no use at once.
    recheckAt_ = proven_ ? contradictedAt_ : contradictedAt_ + windowLength(claim.instance);
    return;
  }
  if (role != Role::Master) {  // `State = 4` of a reload lasts one advert interval
    doubt(context.askedAt);
    recheckAt_ = context.askedAt + claim.instance.advertInterval + std::chrono::milliseconds(200);
    return;
  }
  if (state_ != State::Open) return consider(claim, context);
  if (!transition_) transition_ = claim.lastTransition;
  if (*transition_ == claim.lastTransition) return;
  doubt(context.askedAt);  // it went away and came back unseen: that is a new mastership, and it may be in its window
  consider(claim, context);
}

void Epoch::consider(const InstanceClaim& claim, const Context& context) {
  if (std::exchange(resumed_, false)) {
    if (transition_ == claim.lastTransition) {
      state_ = State::Open;
      return;
    }
    close(context.askedAt);  // what was open then has ended; this is another mastership
  }
  // Another date is another mastership, however short the one before was.
  if (!masterSince_ || candidate_ != claim.lastTransition) masterSince_ = context.askedAt;
  candidate_ = claim.lastTransition;
  const bool settled = !context.hasWindow || context.askedAt >= *masterSince_ + windowLength(claim.instance);
  if (!settled) {
    recheckAt_ = *masterSince_ + windowLength(claim.instance);
    return;
  }
  if (!proven_ || (state_ == State::Closed && !context.vipPresent)) return;
  state_ = State::Open;
  transition_ = claim.lastTransition;
}

}  // namespace guardian::core
