// A pause, as it outlives the daemon and the host: one small file, written by `vip-guardian pause`, read by the daemon.
//
//   {"until": 1763750400, "reason": "moving rack 4"}      in seconds since 1970
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::config {

constexpr const char* kPauseFile = "/var/lib/vip-guardian/pause.json";

struct WrittenPause {
  std::chrono::system_clock::time_point until;
  std::string reason;
};

/// What an operator may give as a reason: one line, and not a long one.
std::string tidyReason(const std::string& text);

std::string textOf(const WrittenPause& pause);
/// nullopt: that is none.
std::optional<WrittenPause> parsePause(std::string_view text);

/// nullopt: there is none that others than root could not have written, or it is over.
std::optional<WrittenPause> readPause(const std::string& path = kPauseFile);
/// Takes the place of the one before, whole or not at all; makes the directory.
Result<Done> writePause(const WrittenPause& pause, const std::string& path = kPauseFile);
/// True: there was one.
Result<bool> removePause(const std::string& path = kPauseFile);

/// Says when that file comes, changes or goes.
class PauseWatch {
 public:
  /// Throws std::system_error. A directory that is not there is never looked at: systemd makes it (StateDirectory=).
  explicit PauseWatch(const std::string& path = kPauseFile);
  int fd() const { return inotify_.get(); }
  /// Forgets what has been said.
  void drain() const;

 private:
  Fd inotify_;
};

}  // namespace guardian::config
