// Who made systemd-networkd restart or reconfigure. systemd's signals do not say; but whoever asked is usually
// still waiting for the answer, and its command line and unit do.
#pragma once

#include <string>
#include <vector>

namespace guardian::systemd {

struct ProcessFacts {
  int pid = 0;
  std::vector<std::string> command;  ///< argv
  std::string unit;                  ///< of its cgroup; empty: none
  std::string user;                  ///< who logged in for it; empty: nobody
};

/// Picks who did it: "apt-daily-upgrade.service", "netplan[812] run by user admin"; empty: nobody that we can see.
/// Pure.
std::string pickInstigator(const std::vector<ProcessFacts>& processes);

/// Looks through /proc; a millisecond or two, so not between a loss and its repair.
std::string findInstigator();

}  // namespace guardian::systemd
