// The FIFO through which keepalived, or `vip-guardian notify` in its stead, tells us of changes of state: each line as
// keepalived writes it to a notify FIFO. Made by us, and root's alone: what comes out of it is a hint all the same.
#pragma once

#include <string>
#include <vector>

#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"
#include "keepalived/state_reader.hpp"

namespace guardian::keepalived {

constexpr const char* kNotifyFifo = "/run/vip-guardian/notify";

class NotifyFifo {
 public:
  explicit NotifyFifo(std::string path = kNotifyFifo) : path_(std::move(path)) {}

  /// Makes it where there is none that is ours; keepalived may have made it before us.
  Result<Done> open();
  int fd() const { return fd_.get(); }
  /// What has come: roles of instances. A group's instances have lines of their own.
  std::vector<StateLine> take();

 private:
  std::string path_;
  Fd fd_;
  StateLines lines_;
};

/// The line that keepalived would write for what it calls a notify script with: INSTANCE or GROUP, name, state and
/// priority. Empty: that is something else.
std::string notifyLine(const std::vector<std::string>& arguments);
/// Writes it, if somebody listens there; never waits. False: nobody does.
Result<bool> tellFifo(const std::string& path, const std::string& line);

}  // namespace guardian::keepalived
