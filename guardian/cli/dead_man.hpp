// The dead man of a drill: a process of its own that holds the address which is taken away, and puts it back if nobody
// else has done so by a deadline. It is there before the address goes, hears no signal that a terminal sends, and needs
// nothing of the command that made it.
//
// To put an address back is the dangerous half. A master without its address is an outage; an address on a node that is
// not master is two hosts that answer for it, which is worse. So it asks what the guardian would ask, and in doubt
// leaves it away:
//
// - It takes away nothing itself. It holds exactly what the kernel said of the address before, so keepalived, when it
//   lets go, finds and removes it: same interface, same prefix length.
// - At the deadline it looks whether the address is there. Then there is nothing to do, whoever brought it.
// - Else keepalived is asked, now: an answer of before the removal says nothing of now. It must be the same process,
// say
//   MASTER of that instance, and date it as before the drill: another date is another mastership, which keepalived
//   began by installing its addresses itself, or has not yet. A guardian that is alive and says another role is
//   believed, too. No answer is no.
// - The interface must be up, and must be the one of before: its index is part of what the kernel is told.
// - Between answer and addition keepalived may have let go. So it is asked once more afterwards, and without a MASTER
//   the address is taken away again. What remains is a dead man who is himself killed between those two, some
//   milliseconds, while in the same milliseconds keepalived lets go.
//
// A SIGKILL to both, or the host's end, leaves the address away: nothing can be done about that but what the guardian
// does.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>

#include "guardian/core/event.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::cli {

/// What must still be true when the address is put back.
struct Mastership {
  std::string instance;
  core::ProcessId process;
  std::chrono::microseconds since{0};  ///< keepalived's own date
};

/// What keepalived says now. An error where it cannot be asked, or is not master.
Result<Mastership> askMastership(const std::string& instance);

class DeadMan {
 public:
  using Clock = std::chrono::steady_clock;

  static Result<DeadMan> start(const core::AddressRecord& held, const Mastership& mastership,
                               Clock::time_point deadline, const std::string& stateFile);

  /// Readable when it has done what it does.
  int fd() const { return said_.get(); }
  /// The address is back: it goes home.
  void release();
  /// Waits for its end. What it has done, in words; empty: nothing had to be done.
  std::string end();

 private:
  DeadMan() = default;
  Fd orders_;
  Fd said_;
  pid_t pid_ = 0;
};

}  // namespace guardian::cli
