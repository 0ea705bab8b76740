#include "core/simulator/fake_daemon.hpp"

#include <algorithm>
#include <cerrno>

#include "core/simulator/fake_networkd.hpp"
#include "core/simulator/invariants.hpp"
#include "guardian/util/overloaded.hpp"

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

FakeDaemon::FakeDaemon(Agenda& agenda, FakeKernel& kernel, FakeKeepalived& keepalived, std::size_t node,
                       const Setup& setup, std::uint64_t seed, Judge& judge, Chronicle& chronicle)
    : agenda_(agenda),
      kernel_(kernel),
      keepalived_(keepalived),
      node_(node),
      setup_(setup),
      chance_(seed),
      judge_(judge),
      chronicle_(chronicle),
      decider_(newDecider()) {}

Decider FakeDaemon::newDecider() const {
  Settings settings;
  settings.policy = setup_.observe ? PolicyKind::Observe : setup_.restart ? PolicyKind::Restart : PolicyKind::Reinstate;
  settings.restart.whenNeeded = setup_.mayRestart;
  settings.restart.withoutPeer = setup_.withoutPeer;
  settings.restart.patience = settings.restart.jitter = 1s;
  settings.restart.leastInterval = kRestartInterval;
  settings.restart.mostPerHour = kMostRestarts;
  settings.luck = node_;
  settings.askFirst = setup_.askFirst;
  if (setup_.flavour == Flavour::Deaf) settings.keepalivedWatches = false;
  return Decider(settings, kOwnPort);
}

// ---- lives ----

void FakeDaemon::begin() {
  if (alive()) return;
  life_ = ++lives_;
  decider_ = newDecider();
  deathPoint_ = DeathPoint::None;
  dropping_ = false;
  tapped_ = 0;
  alarm_.reset();
  inbox_.clear();
  judge_.lifeBegan(node_, ledger_);
  chronicle_.say(agenda_.now(), node_, "guardian begins");
  deliver(Remembered{ledger_});
  deliver(kernel_.snapshot());
  deliver(NetworkdSocketFound{kNetworkdPort});
  if (keepalived_.process() == FakeKeepalived::Process::Running)
    deliver(KeepalivedStarted{keepalived_.id(), keepalived_.version(), keepalived_.configuration()});
  else
    deliver(KeepalivedGone{});
  deliver(BusConnected{});
  const bool runs = keepalived_.process() == FakeKeepalived::Process::Running;
  deliver(UnitChanged{Unit::Keepalived, runs ? ActiveState::Active : ActiveState::Inactive, false});
}

void FakeDaemon::die() {
  if (!alive()) return;
  chronicle_.say(agenda_.now(), node_, "guardian dies");
  life_ = 0;
  deathPoint_ = DeathPoint::None;
  tapped_ = 0;
  alarm_.reset();
  inbox_.clear();
  agenda_.after(chance_.oneIn(3) ? chance_.between(1s, 6s) : chance_.between(1ms, 200ms), [this] { begin(); });
}

void FakeDaemon::stopCleanly() {
  deliver(Stopping{});
  die();
}

void FakeDaemon::jumpClock(Duration by) {
  clockAhead_ += by;
  if (alive() && alarm_) armTimer();
}

void FakeDaemon::stall(Duration length) { stalledUntil_ = std::max(stalledUntil_, agenda_.now() + length); }

void FakeDaemon::loseEvents(Duration length) {
  if (!alive() || dropping_) return;
  dropping_ = true;
  agenda_.after(length, [this, life = life_] {
    if (life != life_) return;
    dropping_ = false;
    deliver(EventsLost{});
  });
}

// ---- events in ----

void FakeDaemon::notify(const Event& event) {
  if (!alive() || dropping_) return;
  netlinkAt_ = std::max(netlinkAt_, agenda_.now() + chance_.between(2us, 400us));
  agenda_.at(netlinkAt_, [this, event, life = life_] {
    if (life == life_) deliver(event);
  });
}

void FakeDaemon::later(Duration delay, Event event, Instant dumpedAt) {
  agenda_.after(delay, [this, event = std::move(event), dumpedAt, life = life_] {
    if (life == life_) deliver(event, dumpedAt);
  });
}

void FakeDaemon::deliver(const Event& event, Instant dumpedAt) {
  if (!alive()) return;
  if (!stalled()) return dispatch(event, dumpedAt);
  agenda_.at(stalledUntil_, [this, event, dumpedAt, life = life_] {
    if (life == life_) deliver(event, dumpedAt);
  });
}

void FakeDaemon::dispatch(const Event& event, Instant dumpedAt) {
  inbox_.push_back(event);
  for (std::size_t rounds = 0; !inbox_.empty() && alive(); inbox_.pop_front()) {
    judge_.heard(node_, inbox_.front(), dumpedAt);
    if (chronicle_.wanted) chronicle_.say(agenda_.now(), node_, "  < " + describe(inbox_.front()));
    actions_.clear();
    decider_.handle(inbox_.front(), now(), actions_);
    ++steps_;
    for (const Action& action : actions_) {
      if (chronicle_.wanted) chronicle_.say(agenda_.now(), node_, "  > " + describe(action));
      chronicle_.mix(static_cast<std::uint64_t>(agenda_.now().time_since_epoch().count()) + action.index());
      judge_.ordered(node_, action);
      perform(action);
      if (!alive()) return;
    }
    if (++rounds > 2000) {
      judge_.storm(node_);
      inbox_.clear();
      return;
    }
  }
  judge_.settled(node_);
}

// ---- orders out ----

void FakeDaemon::perform(const Action& action) {
  std::visit(Overloaded{[&](const AddAddress& order) { addAddress(order.record); },
                        [&](const RemoveAddress& order) { removeAddress(order.key); },
                        [&](const Remember& order) { remember(order.note); },
                        [&](const AskKeepalived& order) { askKeepalived(order.request); },
                        [&](const TakeSnapshot&) { inbox_.emplace_back(kernel_.snapshot()); },
                        [&](const WatchAdverts& order) { tapped_ = order.ifindex; },
                        [&](const StopWatchingAdverts&) { tapped_ = 0; },
                        [&](const IdentifySocket& order) {
                          later(100us,
                                SocketIdentified{order.portId, "somebody",
                                                 order.portId == kNetworkdPort ? "systemd-networkd.service" : ""});
                        },
                        [&](const RestartKeepalived&) { restartKeepalived(); },
                        [&](const ArmTimer& order) {
                          alarm_ = order.at;
                          armTimer();
                        },
                        [](const auto&) {}},
             action);
}

/// systemd's job goes on, whether we live to hear of its end or not.
void FakeDaemon::restartKeepalived() {
  if (chance_.oneIn(8)) return later(50ms, RestartDone{"systemd refuses"});
  restart_();
  later(1200ms, RestartDone{});
}

void FakeDaemon::armTimer() {
  agenda_.at(*alarm_ - clockAhead_, [this, alarm = ++alarms_, life = life_] {
    if (life == life_ && alarm == alarms_) deliver(TimerFired{});
  });
}

bool FakeDaemon::refused(const AddressKey& key) {
  if (agenda_.now() >= refusedUntil_ || !chance_.oneIn(2)) return false;
  judge_.refused(node_, key);
  return true;
}

void FakeDaemon::addAddress(const AddressRecord& record) {
  if (refused(record.key)) {
    inbox_.emplace_back(AddDone{record.key, ENOBUFS, false});
    return;
  }
  const int error = kernel_.add(record, kOwnPort, judge_.handBehind(node_, record.key), agenda_.now());
  judge_.added(node_, record.key, error);
  for (const std::uint8_t byte : record.key.address.bytes) chronicle_.mix(byte);
  if (deathPoint_ == DeathPoint::AfterAdd) return die();
  inbox_.emplace_back(AddDone{record.key, error == EEXIST ? 0 : error, error == EEXIST});
}

void FakeDaemon::removeAddress(const AddressKey& key) {
  if (refused(key)) {
    inbox_.emplace_back(RemoveDone{key, ENOBUFS, true});
    return;
  }
  judge_.removing(node_, key);
  const int error = kernel_.remove(key, kOwnPort);
  judge_.removed(node_);
  const bool absent = error == EADDRNOTAVAIL;
  inbox_.emplace_back(RemoveDone{key, absent ? 0 : error, !absent});
}

void FakeDaemon::remember(const LedgerNote& note) {
  if (deathPoint_ == DeathPoint::InNote) {  // a torn note counts as none
    judge_.forgot(node_);
    return die();
  }
  apply(ledger_, note);
  if (deathPoint_ == DeathPoint::AfterNote && note.kind == LedgerNote::Kind::Added) die();
}

/// What it says is as old as the moment in which it was written.
void FakeDaemon::askKeepalived(std::uint64_t request) {
  if (keepalived_.process() == FakeKeepalived::Process::Dead)
    return later(20us, AskFailed{request, "keepalived is not running"});
  agenda_.after(chance_.between(50us, 300us), [this, request, life = life_] {
    keepalived_.whenAsked([this, request, life](Answer answer) {
      if (life != life_) return;
      const Duration writing = chance_.oneIn(10) ? chance_.between(3ms, 11ms) : chance_.between(50us, 500us);
      later(writing, Answered{request, std::move(answer)}, agenda_.now());
    });
  });
}

}  // namespace guardian::simulator
