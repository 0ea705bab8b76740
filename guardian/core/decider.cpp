#include "guardian/core/decider.hpp"

#include <algorithm>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {
namespace {

// The only wake-up of an idle host. Everything that it could find is announced by an event as well.
constexpr Duration kSlowSweep = std::chrono::seconds(60);
constexpr Duration kAsleep = std::chrono::milliseconds(500);

}  // namespace

Decider::Decider(Settings settings, std::uint32_t ownPort)
    : state_(std::make_unique<State>(std::move(settings), ownPort)) {}
Decider::~Decider() = default;
Decider::Decider(Decider&&) noexcept = default;
Decider& Decider::operator=(Decider&&) noexcept = default;

void Decider::handle(const Event& event, Instant now, Actions& out) {
  State& state = *state_;
  state.now = now;
  state.out = &out;
  const std::size_t orders = out.size();
  state.mindSleep();
  state.dispatch(event);
  state.mindRoutes(event);
  state.mindLadder(event);
  state.mindStale(event);
  state.mindStatics(event);
  state.remember(event, orders);
  state.rearm();
  state.out = nullptr;
}

void Decider::State::dispatch(const Event& event) {
  std::visit([this](const auto& fact) { on(fact); }, event);
  if (!fortBook.forts.empty()) mindForts(event);
  if (networkd.takeAnnounced()) out->push_back(FindInstigator{});
  if (!networkd.takeClosed(now)) return;
  // networkd is done. What it did unseen shows now, and a second run of it (DHCP) shows a little later.
  out->push_back(TakeSnapshot{});
  sweeps.insert(now + std::chrono::milliseconds(100));
  sweeps.insert(now + std::chrono::seconds(2));
  for (InstanceState& instance : instances) settle(instance);
}

/// The timer is long overdue: the host slept, or did not let us run. What keepalived was to be given time for, it may
/// not have lived through either.
void Decider::State::mindSleep() {
  if (!armed || now < *armed + kAsleep) return;
  for (InstanceState& instance : instances)
    if (!instance.epoch.isOpen()) instance.epoch.doubt(now);
}

void Decider::State::rearm() {
  if (sweeps.empty()) sweeps.insert(now + kSlowSweep);
  Instant next = *sweeps.begin();
  const auto consider = [&next](std::optional<Instant> at) {
    if (at && *at < next) next = *at;
  };
  consider(wake);
  consider(askAgainAt);
  consider(inquiry.deadline());
  consider(networkd.deadline());
  consider(announcements.next());
  for (const InstanceState& instance : instances) consider(instance.epoch.recheckAt());
  if (next == armed) return;
  armed = next;
  out->push_back(ArmTimer{next});
}

void Decider::State::on(const TimerFired&) {
  armed.reset();
  if (inquiry.takeOverdue(now)) keepalivedSlow();
  if (inquiry.timedOut(now)) keepalivedSilent("keepalived did not answer");
  if (askAgainAt && *askAgainAt <= now) {
    askAgainAt.reset();
    ask();
  }
  for (InstanceState& instance : instances)
    if (instance.epoch.recheckAt() && *instance.epoch.recheckAt() <= now) {
      instance.epoch.rechecking();
      ask();
    }
  if (wake && *wake <= now) {
    wake.reset();
    mindPause();
    insist();
    closeTaps();
    retryTaps();
    evaluatePending();
    retryRanks();
    mindRivals();
    mindParted();
    mindContenders();
    mindPeers();
    for (InstanceState& instance : instances) settle(instance);
  }
  for (const AddressKey& key : announcements.due(now))
    if (const LinkRecord* link = view.link(key.ifindex); link != nullptr && link->hasMac)
      out->push_back(Announce{key.ifindex, key.address, link->mac, link->forwardingV6});
  if (*sweeps.begin() <= now) {
    sweeps.erase(sweeps.begin(), sweeps.upper_bound(now));
    out->push_back(TakeSnapshot{});
  }
}

/// What keepalived has confirmed stays: it will remove that itself. What it has not, nobody would.
void Decider::State::on(const Stopping&) {
  for (auto& [key, refusal] : refusals) refusal.again = now;  // the last chance
  insist();
  for (InstanceState& instance : instances)
    withdrawUnverified(instance, "vip-guardian stops before keepalived confirmed it");
}

void Decider::State::on(const Remembered& fact) {
  inherited = fact.ledger;
  ladder.restarts = fact.ledger.restarts;
}

void Decider::State::on(const LinkSetupChanged& fact) {
  const LinkRecord* link = view.link(fact.ifindex);
  networkd.linkSetup(fact.ifindex, fact.state, link != nullptr ? link->name : std::string(), now);
}

void Decider::State::on(const SocketIdentified& fact) {
  if (sockets.size() > 64) sockets.clear();  // short-lived processes; what an open incident loses is only a name
  sockets[fact.portId] = fact;
}

void Decider::State::on(const BusConnected&) {
  if (std::exchange(busLost, false)) notice(Notice::Kind::BusBack, "the system bus is back");
  out->push_back(TakeSnapshot{});  // what networkd did meanwhile
}

void Decider::State::on(const VerifyRequested&) {
  out->push_back(TakeSnapshot{});
  ask();
}

void Decider::State::on(const BusLost&) {
  busLost = true;
  notice(Notice::Kind::BusLost,
         "the system bus is gone; losses are still seen and repaired, but what triggered them is not known");
  networkd.busLost();
  setHold(false, ActiveState::Unknown);
}

void Decider::State::showStatus() {
  std::string text;
  for (const InstanceState& instance : instances) {
    const char* role = instance.role == Role::Master   ? "MASTER"
                       : instance.role == Role::Backup ? "BACKUP"
                       : instance.role == Role::Fault  ? "FAULT"
                                                       : "unknown";
    text += (text.empty() ? "" : ", ") + instance.config.name + " " + role;
    if (instance.epoch.isOpen()) text += " (" + std::to_string(instance.watches.size()) + " addresses)";
  }
  if (!running)
    text = "waiting for keepalived";
  else if (text.empty())
    text = "keepalived has no instances";
  else if (settings.policy == PolicyKind::Observe || keepalivedWatches())
    text = "observing only: " + text;
  if (paused) text = "paused for maintenance: " + text;
  if (text == status) return;
  status = text;
  out->push_back(SetStatus{std::move(text)});
}

}  // namespace guardian::core
