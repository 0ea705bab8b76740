#include "core/epoch.hpp"

namespace guardian::core {
namespace {

Duration windowLength(const Instance& instance) {
  return 2 * instance.advertInterval + std::chrono::milliseconds(200);
}

}  // namespace

void Epoch::installed(Instant now) {
  state_ = State::Open;
  masterSince_.reset();
  transition_.reset();  // the next answer dates this epoch
  recheckAt_ = now;
}

void Epoch::close() { *this = Epoch(); }

void Epoch::doubt() {
  if (state_ == State::Closed) return;
  state_ = State::Doubt;
  masterSince_.reset();
}

void Epoch::heard(const InstanceClaim& claim, Role role, const Context& context) {
  recheckAt_.reset();
  if (role == Role::Backup || role == Role::Fault) return close();
  if (role != Role::Master) {  // `State = 4` of a reload lasts one advert interval
    doubt();
    masterSince_.reset();
    recheckAt_ = context.askedAt + windowLength(claim.instance);
    return;
  }
  if (state_ != State::Open) return consider(claim, context);
  if (!transition_) transition_ = claim.lastTransition;
  if (*transition_ == claim.lastTransition) return;
  doubt();  // it went away and came back unseen: that is a new mastership, and it may be in its window
  consider(claim, context);
}

void Epoch::consider(const InstanceClaim& claim, const Context& context) {
  // Another date is another mastership, however short the one before was.
  if (!masterSince_ || candidate_ != claim.lastTransition) masterSince_ = context.askedAt;
  candidate_ = claim.lastTransition;
  const bool settled = !context.hasWindow || context.askedAt >= *masterSince_ + windowLength(claim.instance);
  if (!settled) {
    recheckAt_ = *masterSince_ + windowLength(claim.instance);
    return;
  }
  if (state_ == State::Closed && !context.vipPresent) return;
  state_ = State::Open;
  transition_ = claim.lastTransition;
}

}  // namespace guardian::core
