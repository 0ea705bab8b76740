#include "core/inquiry.hpp"

namespace guardian::core {

void Inquiry::want(Instant now, Actions& out) {
  if (!outstanding_) return ask(now, out);
  again_ = again_ || askedAt_ < now;
}

void Inquiry::ask(Instant now, Actions& out) {
  outstanding_ = true;
  again_ = overdueSaid_ = false;
  askedAt_ = now;
  out.push_back(AskKeepalived{++request_});
}

std::optional<Instant> Inquiry::answered(std::uint64_t request, Instant now, Actions& out) {
  if (!outstanding_ || request != request_) return std::nullopt;
  const Instant askedAt = askedAt_;
  outstanding_ = false;
  if (again_) ask(now, out);
  return askedAt;
}

bool Inquiry::takeOverdue(Instant now) {
  if (!overdue(now) || overdueSaid_) return false;
  return overdueSaid_ = true;
}

std::optional<Instant> Inquiry::deadline() const {
  if (!outstanding_) return std::nullopt;
  return askedAt_ + (overdueSaid_ ? kDeadline : kConfirmWithin);
}

}  // namespace guardian::core
