// When to let address events gather before they are read. A wake-up for each of a hundred thousand foreign events a
// second costs more than all the rest; a repair in the midst of them may wait a millisecond.
#pragma once

#include "guardian/core/kernel.hpp"

namespace guardian::app {

class Moderation {
 public:
  static constexpr core::Duration kRest = std::chrono::milliseconds(1);

  /// An address event, and whether anything followed from it.
  void heard(bool mattered, core::Instant now) {
    if (mattered) return restart(false, now);
    if (++streak_ < kMany) return;
    restart(now < since_ + kShort, now);
  }
  bool wanted(core::Instant now) const { return storm_ && now < since_ + kShort; }

 private:
  static constexpr int kMany = 128;
  static constexpr core::Duration kShort = std::chrono::milliseconds(10);

  void restart(bool storm, core::Instant now) {
    storm_ = storm;
    streak_ = 0;
    since_ = now;
  }

  int streak_ = 0;  ///< events in a row that were nobody's business
  core::Instant since_{};
  bool storm_ = false;
};

}  // namespace guardian::app
