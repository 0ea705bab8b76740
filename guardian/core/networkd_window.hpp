// One run of systemd-networkd over the links: the time in which removals, also repeated ones, are its work and
// no fight.
//
// What opens it: a job for its unit (25 ms before the first removal), the unit leaving active, its bus name
// going, a link leaving `configured`, or a removal through its own socket. What closes it: every link that was
// opened being `configured` again, or a time without news. The unit being active, its job being done and its
// name being back prove nothing: they come around the removals, not after them. Nothing here is needed to see
// a loss; without the bus there are just no names and no early end.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "guardian/core/event.hpp"

namespace guardian::core {

class NetworkdWindow {
 public:
  void jobQueued(Instant now);
  void jobFinished(Instant now);
  void unitChanged(ActiveState state, Instant now);
  void nameChanged(bool present, Instant now);
  void linkSetup(int ifindex, LinkSetup setup, const std::string& linkName, Instant now);
  void removedByNetworkd(int ifindex, const std::string& linkName, Instant now);
  void busLost();
  void instigatedBy(const std::string& name) {
    if (instigator_.empty()) instigator_ = name;
  }
  /// True once when the bus has just told of a new window: the time to look for who asked for it. A window that
  /// its own removals opened comes too late for that.
  bool takeAnnounced() { return std::exchange(announced_, false); }

  bool isOpen() const { return open_; }
  /// Open now, or closed so shortly before `at` that a removal then still belongs to it.
  bool covers(Instant at) const;
  /// "restarted by apt-daily-upgrade.service", "reconfiguring eth0"; empty if it does not cover `at`.
  std::string trigger(Instant at) const;

  /// True once when a window has just closed: time to compare everything.
  bool takeClosed(Instant now);
  std::optional<Instant> deadline() const;

 private:
  void open(Instant now);
  void tryClose(Instant now);

  bool open_ = false;
  bool closed_ = false;
  Instant lastNews_{};
  std::map<int, bool> busyLinks_;  ///< links seen leaving `configured` in this window, and whether they still are away
  bool jobPending_ = false;
  bool unitAway_ = false;
  bool nameAway_ = false;
  bool sawUnit_ = false;  ///< the service itself went, not only a link
  std::string link_;
  std::string instigator_;
  bool announced_ = false;
};

}  // namespace guardian::core
