// How the core's orders are carried out. The short ones stand in daemon.hpp.
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "app/daemon.hpp"
#include "netlink/route_codec.hpp"
#include "netlink/socket_owner.hpp"
#include "systemd/instigator.hpp"

namespace guardian::app {

using systemd::EventLoop;

namespace {

constexpr std::chrono::seconds kTimeToReload{60};  // from an edit of keepalived's files, before it is worth a word
constexpr std::chrono::seconds kBetweenClaims{1};
constexpr std::chrono::milliseconds kTogether{50};
constexpr int kLooks = 5;  // at all addresses, without seeing any

}  // namespace

/// Without its ledger the guardian still repairs; it only cannot clean up after a death of its own.
template <class Note> void Daemon::writeNote(const Note& note) {
  const auto written = ledger_.write(note);
  if (written)
    ledgerFailed_ = false;
  else
    failOnce(ledgerFailed_, written.error());
}

void Daemon::perform(const core::Remember& order) { writeNote(order.note); }

void Daemon::perform(const core::RememberRoute& order) { writeNote(order.note); }

void Daemon::perform(const core::AddAddress& order) { dispatch(requests_.add(order.record)); }

void Daemon::perform(const core::RemoveAddress& order) { dispatch(requests_.remove(order.key)); }

void Daemon::perform(const core::TakeSnapshot&) {
  if (auto snapshot = requests_.snapshot()) {
    snapshotsFailed_ = 0;
    dispatch(std::move(snapshot.value()));
  } else {
    // In a storm no look is a whole one, and another is wanted; any other failure may last.
    if (snapshot.error().code != EBUSY && ++snapshotsFailed_ > kLooks)
      throw std::system_error(snapshot.error().code, std::generic_category(), snapshot.error().doing);
    dispatch(core::EventsLost{});
  }
  if (!running_.process()) look();
  if (const auto edited = running_.noticeEdit(kTimeToReload)) dispatch(*edited);
}

/// Without them, addresses are repaired all the same.
void Daemon::perform(const core::WatchRoutes& order) {
  if (routes_) loop_.remove(routes_->watch);
  routes_.reset();
  if (order.interest.empty()) return;
  try {
    netlink::RouteMonitor monitor(order.interest, [this](const core::Event& event) { dispatch(event); });
    const int fd = monitor.fd();
    routes_.emplace(Routes{order.interest, std::move(monitor), nullptr});
    routes_->watch = loop_.addReadable(fd, EventLoop::kNormal, [this] { routes_->monitor.drain(); });
  } catch (const std::exception& e) {
    write(journal_, core::Notice{core::Notice::Kind::Failure, e.what(), {}});
  }
}

void Daemon::perform(const core::ListRoutes& order) {
  if (!routes_ || (!order.needed && !requests_.choosesRoutes())) return;
  auto listed = requests_.routes(routes_->interest);
  if (!listed) return failOnce(routesFailed_, listed.error());
  routesFailed_ = false;
  dispatch(std::move(listed.value()));
}

/// Without it the neighbours are reached when the base address is back.
void Daemon::perform(const core::AddLinkRoute& order) {
  (void)requests_.add(netlink::linkRoute(order.ifindex, order.subnet));
}

/// The kernel takes it along with its interface.
void Daemon::perform(const core::RemoveLinkRoute& order) {
  (void)requests_.remove(netlink::linkRoute(order.ifindex, order.subnet));
}

void Daemon::removeLeftLinkRoutes() {
  const auto left = requests_.routes(netlink::linkRoutes());
  if (!left) return failOnce(routesFailed_, left.error());
  for (const core::RouteRecord& route : left.value().routes) (void)requests_.remove(route.form);
}

void Daemon::perform(const core::AskKeepalived& order) {
  openRequest_ = order.request;
  reading_ ? void(toAsk_ = true) : ask();
}

void Daemon::ask() {
  const auto& process = running_.process();
  if (!process) return dispatch(core::AskFailed{openRequest_, "keepalived is not running"});
  const auto asked = asker_.ask(process->vrrpPid);
  filesUnchanged_ = running_.filesUnchanged();  // while keepalived writes, and not when a repair waits for its answer
  if (asked) return;
  dispatch(core::AskFailed{openRequest_, asked.error().text()});
  if (asked.error().code == ESRCH) look();
}

void Daemon::perform(const core::Announce& order) {
  const auto sent = announcer_.send(order);
  if (sent)
    announceFailed_ = false;
  else
    failOnce(announceFailed_, sent.error());
}

/// Without it strangers are not seen; addresses are repaired all the same.
void Daemon::perform(const core::WatchClaims& order) {
  if (const auto former = claims_.find(order.ifindex); former != claims_.end()) {
    for (const auto watch : former->second.watches) loop_.remove(watch);
    claims_.erase(former);
  }
  if (order.addresses.empty()) return;
  auto sockets = packet::ClaimWatch::open(order.ifindex, order.addresses);
  if (!sockets) {
    if (sockets.error().code != ENODEV && sockets.error().code != ENXIO) failOnce(claimsFailed_, sockets.error());
    return;
  }
  const int ifindex = order.ifindex;
  Claims& claims = claims_.emplace(ifindex, Claims{std::move(sockets.value()), {}, false}).first->second;
  for (const int fd : {claims.sockets.fdArp(), claims.sockets.fdNeighbours()}) {
    if (fd < 0) continue;
    const std::size_t which = claims.watches.size();
    claims.watches.push_back(
        loop_.addReadable(fd, EventLoop::kLate, [this, ifindex, which] { takeClaims(ifindex, which); }));
  }
}

/// A host claims all its addresses at once: the others come with the first. Whoever floods the wire with them is heard
/// once a second.
void Daemon::takeClaims(int ifindex, std::size_t which) {
  const auto claims = claims_.find(ifindex);
  if (claims == claims_.end()) return;
  const bool first = !std::exchange(claims->second.gathering, !claims->second.gathering);
  loop_.rest(claims->second.watches[which], first ? kTogether : kBetweenClaims);
  if (first) return;
  for (const core::Claim& claim : claims->second.sockets.take()) dispatch(core::ForeignClaim{claim});
}

void Daemon::perform(const core::WatchAdverts& order) {
  auto tap = packet::AdvertTap::open(order.ifindex);
  if (!tap) {
    // An interface that is going away is news of its own.
    if (tap.error().code != ENODEV) failOnce(tapFailed_, tap.error());
    return dispatch(core::AdvertsUnwatchable{order.ifindex});
  }
  tapFailed_ = false;
  const int ifindex = order.ifindex;
  auto watch = loop_.addReadable(tap.value().fd(), EventLoop::kNormal, [this, ifindex] {
    const auto open = taps_.find(ifindex);
    if (open != taps_.end()) open->second.tap.drain([this](const core::Event& event) { dispatch(event); });
  });
  taps_.emplace(ifindex, Tap{std::move(tap.value()), watch});
}

void Daemon::perform(const core::StopWatchingAdverts& order) {
  const auto open = taps_.find(order.ifindex);
  if (open == taps_.end()) return;
  loop_.remove(open->second.watch);
  taps_.erase(open);
}

void Daemon::perform(const core::FindInstigator&) { dispatch(core::InstigatorFound{systemd::findInstigator()}); }

void Daemon::perform(const core::IdentifySocket& order) { dispatch(netlink::identify(order.portId)); }

void Daemon::perform(const core::StopKeepalived& order) {
  bool said = false;
  for (const int ifindex : order.interfaces)
    if (const auto joined = foreignAdverts_.join(ifindex); !joined) failOnce(said, joined.error());
  restart_.stop(running_, bus_ ? &*bus_ : nullptr);
}

void Daemon::perform(const core::IncidentReport& report) {
  write(journal_, report);
  if (traceIncidents_ && report.outcome != core::Outcome::Open) incidentToTrace_ = report.id;
}

}  // namespace guardian::app
