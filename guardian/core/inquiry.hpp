// One question to keepalived at a time. Signals coalesce and each dump writes a log line, so questions that come
// up while one is out share the next one.
#pragma once

#include "guardian/core/action.hpp"

namespace guardian::core {

class Inquiry {
 public:
  /// An answer that is begun at or after `now` is wanted.
  void want(Instant now, Actions& out);
  /// The instant at which the answered question was asked; nullopt: not the one we wait for.
  std::optional<Instant> answered(std::uint64_t request, Instant now, Actions& out);
  bool failed(std::uint64_t request) const { return outstanding_ && request == request_; }
  bool timedOut(Instant now) const { return outstanding_ && now >= askedAt_ + kDeadline; }
  /// Gives the outstanding question up. The next want() asks anew.
  void abandon() { outstanding_ = again_ = false; }
  std::optional<Instant> deadline() const;

  /// The open question should have been answered by now: keepalived may be stopping. Nothing is added in good
  /// faith meanwhile, and what was goes; a late answer is taken all the same.
  bool overdue(Instant now) const { return outstanding_ && now >= askedAt_ + kConfirmWithin; }
  /// True once for each question that is overdue.
  bool takeOverdue(Instant now);

  /// keepalived answers in 0.3 ms, 5 to 11 ms now and then; while it stops, not at all.
  static constexpr Duration kDeadline = std::chrono::milliseconds(500);
  /// A peer takes over 0.2 to 0.6 s after the last advert of a keepalived that stops.
  static constexpr Duration kConfirmWithin = std::chrono::milliseconds(100);

 private:
  void ask(Instant now, Actions& out);

  std::uint64_t request_ = 0;
  bool outstanding_ = false;
  bool again_ = false;
  bool overdueSaid_ = false;
  Instant askedAt_{};
};

}  // namespace guardian::core
