// State files, as an operator's notify scripts write them: one word, MASTER or BACKUP or FAULT, for one instance. Read
// when they are written or renamed into place; a hint, and from a file that others than root may write to not even
// that.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "guardian/core/model.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::keepalived {

/// What a state file says. Unknown: nothing that makes sense, or nothing that may be believed.
core::Role readState(const std::string& path);

class StateFiles {
 public:
  using Files = std::map<std::string, std::string>;  ///< paths, by instance

  /// From now on these and no others. What cannot be watched is an error each; the rest is watched all the same.
  std::vector<Error> watch(const Files& files);
  /// -1: there are none.
  int fd() const { return inotify_.get(); }

  struct Said {
    std::string instance;
    core::Role role = core::Role::Unknown;
  };
  /// What has been written since.
  std::vector<Said> take();

 private:
  Files files_;
  std::map<int, std::string> folders_;  ///< by watch
  Fd inotify_;
};

}  // namespace guardian::keepalived
