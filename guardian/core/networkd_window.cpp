#include "core/networkd_window.hpp"

#include <algorithm>
#include <utility>

namespace guardian::core {
namespace {

// Long enough for a slow start on a loaded host; a DHCP exchange that takes longer ends in `configured` anyway,
// and a removal by networkd's socket opens a new window.
constexpr Duration kQuiet = std::chrono::seconds(5);
// A netlink notification may be handled before or after a signal of the same moment.
constexpr Duration kSlack = std::chrono::milliseconds(500);

}  // namespace

void NetworkdWindow::open(Instant now) {
  if (!open_ && now > lastNews_ + kSlack) {
    busyLinks_.clear();
    link_.clear();
    instigator_.clear();
    sawUnit_ = false;
    announced_ = true;
  }
  open_ = true;
  lastNews_ = now;
}

void NetworkdWindow::jobQueued(Instant now) {
  open(now);
  sawUnit_ = jobPending_ = true;
}

void NetworkdWindow::jobFinished(Instant now) {
  jobPending_ = false;
  tryClose(now);
}

void NetworkdWindow::unitChanged(ActiveState state, Instant now) {
  // A `reload` of the unit makes it reconfigure changed links: that is a window too.
  const bool away = state != ActiveState::Active && state != ActiveState::Unknown;
  if (away) {
    open(now);
    sawUnit_ = true;
  }
  unitAway_ = away;
  tryClose(now);
}

void NetworkdWindow::nameChanged(bool present, Instant now) {
  if (!present) {
    open(now);
    sawUnit_ = true;
  }
  nameAway_ = !present;
  tryClose(now);
}

void NetworkdWindow::linkSetup(int ifindex, LinkSetup setup, const std::string& linkName, Instant now) {
  const bool busy = setup == LinkSetup::Configuring || setup == LinkSetup::Other;
  if (busy) {
    open(now);
    link_ = linkName;
  }
  if (busy || open_) busyLinks_[ifindex] = busy;
  if (open_) lastNews_ = now;
  tryClose(now);
}

void NetworkdWindow::removedByNetworkd(int ifindex, const std::string& linkName, Instant now) {
  const bool fresh = !open_;
  open(now);
  announced_ = false;
  if (link_.empty()) link_ = linkName;
  if (fresh) busyLinks_[ifindex] = true;  // it will be `configured` again
}

void NetworkdWindow::busLost() {
  // What the bus last said will never be taken back; only the time without news may end this window.
  jobPending_ = unitAway_ = nameAway_ = false;
}

void NetworkdWindow::tryClose(Instant now) {
  if (!open_ || jobPending_ || unitAway_ || nameAway_ || busyLinks_.empty()) return;
  const bool busy = std::any_of(busyLinks_.begin(), busyLinks_.end(), [](const auto& link) { return link.second; });
  if (busy) return;
  open_ = false;
  closed_ = true;
  lastNews_ = now;
}

bool NetworkdWindow::covers(Instant at) const { return open_ || (lastNews_ != Instant{} && at <= lastNews_ + kSlack); }

std::string NetworkdWindow::trigger(Instant at) const {
  if (!covers(at)) return {};
  if (sawUnit_) return instigator_.empty() ? "restarted" : "restarted by " + instigator_;
  const std::string what = "reconfiguring " + (link_.empty() ? "its links" : link_);
  return instigator_.empty() ? what : what + " for " + instigator_;
}

bool NetworkdWindow::takeClosed(Instant now) {
  if (open_ && now >= lastNews_ + kQuiet) {
    open_ = false;
    closed_ = true;
  }
  return std::exchange(closed_, false);
}

std::optional<Instant> NetworkdWindow::deadline() const {
  if (!open_) return std::nullopt;
  return lastNews_ + kQuiet;
}

}  // namespace guardian::core
