// Lets one system call of a child process fail: the n-th of those that a program has to reckon with. The kernel hands
// each of them to us before it is carried out (seccomp's user notification), whoever in the process makes it.
//
//   FailingCall failing(n);
//   Child child([&] { failing.hand(); execl(...); });
//   failing.follow(child.pid());
#pragma once

#include <sys/types.h>

#include <atomic>
#include <string>
#include <thread>

#include "guardian/util/handle.hpp"

namespace guardian::test {

class FailingCall {
 public:
  /// `n` 0: none fails, all are counted. The count begins with the first epoll_create1(): with what is the program's
  /// own and not the loader's.
  explicit FailingCall(int n);
  ~FailingCall();
  FailingCall(const FailingCall&) = delete;
  FailingCall& operator=(const FailingCall&) = delete;

  /// False: this kernel cannot do it, or the headers are too old.
  static bool possible();

  /// In the child, before exec: from here on its calls come to us.
  void hand() const;
  /// In the parent, after the fork.
  void follow(pid_t child);

  /// How many there were so far.
  int count() const { return count_; }
  /// "sendmsg: No buffer space available"; empty: it has not come to that.
  std::string failed() const;

 private:
  void serve();
  int verdictOn(int call);

  int n_;
  pid_t child_ = 0;
  Fd ours_;
  Fd theirs_;
  Fd listener_;
  std::thread server_;
  std::atomic<bool> over_{false};
  std::atomic<int> count_{0};
  std::atomic<int> failedCall_{-1};
};

}  // namespace guardian::test
