#include "core/history.hpp"

#include <algorithm>
#include <utility>

#include "core/state.hpp"
#include "guardian/util/overloaded.hpp"

namespace guardian::core {
namespace {

constexpr std::size_t kIncidentsKept = 32;

/// What may show in the picture even where nothing follows from it.
struct Weighs {
  template <class Fact> bool operator()(const Fact&) const { return false; }
  bool operator()(const EventsLost&) const { return true; }
  bool operator()(const AddDone&) const { return true; }
  bool operator()(const RemoveDone&) const { return true; }
  bool operator()(const KeepalivedStarted&) const { return true; }
  bool operator()(const KeepalivedGone&) const { return true; }
  bool operator()(const Answered&) const { return true; }
  bool operator()(const AskFailed&) const { return true; }
  bool operator()(const BusConnected&) const { return true; }
  bool operator()(const BusLost&) const { return true; }
};

struct SourceOf {
  template <class Fact> RoleSource operator()(const Fact&) const { return RoleSource::Interface; }
  RoleSource operator()(const Answered&) const { return RoleSource::Answer; }
  RoleSource operator()(const AddressAppeared&) const { return RoleSource::Installed; }
  RoleSource operator()(const AddressVanished&) const { return RoleSource::Removed; }
  RoleSource operator()(const OwnAdvert&) const { return RoleSource::Farewell; }
  RoleSource operator()(const KeepalivedStarted&) const { return RoleSource::Gone; }  // and another one came
  RoleSource operator()(const KeepalivedGone&) const { return RoleSource::Gone; }
};

}  // namespace

/// FNV-1a: short enough to be typed, and two in one journal hardly ever meet.
std::string idOf(const IncidentReport& report) {
  std::uint32_t hash = 2166136261U;
  const auto mix = [&hash](std::uint8_t byte) { hash = (hash ^ byte) * 16777619U; };
  for (const char c : report.instance) mix(static_cast<std::uint8_t>(c));
  mix(report.losses.empty() ? 1 : 0);
  auto since = static_cast<std::uint64_t>(report.timeline.noticed.time_since_epoch().count());
  for (; since != 0; since >>= 8) mix(static_cast<std::uint8_t>(since));
  std::string id(8, '0');
  for (auto digit = id.rbegin(); digit != id.rend(); ++digit, hash >>= 4) *digit = "0123456789abcdef"[hash & 15U];
  return id;
}

std::string nameInHistory(const std::string& interface, const IpAddress& address, std::uint8_t prefixLength) {
  return interface + " " + toString(address) + "/" + std::to_string(prefixLength);
}

void Decider::State::remember(const Event& event, std::size_t firstOrder) {
  const bool weighs = std::visit(Weighs{}, event);
  if (!weighs && out->size() == firstOrder && !std::holds_alternative<TimerFired>(event)) return;
  if (weighs) ++history.revision;
  rememberRoles(event);
  Counters& counters = history.counters;
  if (std::holds_alternative<EventsLost>(event)) ++counters.eventsLost;
  if (const auto* done = std::get_if<AddDone>(&event); done != nullptr && done->error != 0) ++counters.additionsFailed;
  for (std::size_t i = firstOrder; i < out->size(); ++i) {
    const bool shows =
        std::visit(Overloaded{[](const TakeSnapshot&) { return false; }, [](const ListRoutes&) { return false; },
                              [&](const AskKeepalived&) {
                                ++counters.questions;
                                return true;
                              },
                              [&](const RestartKeepalived&) {
                                ++counters.restarts;
                                return true;
                              },
                              [&](const StopKeepalived&) {
                                ++counters.restarts;
                                return true;
                              },
                              [&](const Announce& order) {
                                ++counters.announcements;
                                announced(order);
                                return true;
                              },
                              [&](IncidentReport& report) {
                                remember(report);
                                return true;
                              },
                              [](const auto&) { return true; }},
                   (*out)[i]);
    if (shows) ++history.revision;
  }
}

void Decider::State::rememberRoles(const Event& event) {
  for (InstanceState& instance : instances) {
    RoleHistory& known = instance.roleHistory;
    const bool peerHeard = contested(instance);
    if (std::exchange(known.peerHeard, peerHeard) != peerHeard) ++history.revision;
    if (std::holds_alternative<Answered>(event) && answeredAt > known.knownAt) {
      known.source = RoleSource::Answer;
      known.knownAt = answeredAt;
    }
    if (known.role == instance.role) continue;
    known.role = instance.role;
    known.source = std::visit(SourceOf{}, event);
    known.since = now;
    if (known.source != RoleSource::Answer) known.transitionDate = std::chrono::microseconds{0};
    known.knownAt = known.source == RoleSource::Answer ? answeredAt : now;
    ++history.revision;
    if (known.role == Role::Unknown || known.role == Role::Other || known.role == known.settled) continue;
    if (known.settled != Role::Unknown) ++known.transitions;
    known.settled = known.role;
  }
}

/// An announcement names no prefix length.
void Decider::State::announced(const Announce& order) {
  for (InstanceState& instance : instances) {
    if (!instance.incident || instance.incident->timeline.announced) continue;
    AddressKey key{order.ifindex, order.address, 0};
    const int longest = fullLength(key.address.family);
    for (int length = 0; length <= longest; ++length) {
      key.prefixLength = static_cast<std::uint8_t>(length);
      if (instance.incident->has(key)) instance.incident->timeline.announced = now;
    }
  }
}

/// Told once or twice: the last word about it stays.
void Decider::State::remember(IncidentReport& report) {
  report.id = idOf(report);
  IncidentOverview shown{report, now, true};
  if (report.losses.empty()) shown.over = report.outcome != Outcome::Open && report.outcome != Outcome::Observed;
  for (const InstanceState& instance : instances)
    if (!report.losses.empty() && instance.config.name == report.instance && instance.incident)
      shown.over = instance.incident->timeline.noticed != report.timeline.noticed;
  if (shown.over) rememberLosses(report);
  auto& told = history.incidents;
  told.erase(std::remove_if(told.begin(), told.end(), [&](const auto& one) { return one.report.id == report.id; }),
             told.end());
  told.push_back(std::move(shown));
  if (told.size() > kIncidentsKept) told.pop_front();
}

/// Of several hands in one incident, each address has its own. What led to networkd's doing did not lead to another's.
VipPast::Last Decider::State::lastOf(const IncidentReport& report, const LossRecord& loss) const {
  VipPast::Last last{loss.lostAt, {}, report.remover, report.trigger, report.id};
  if (loss.back) last.outage = loss.outage;
  const std::string own = handBehind(loss.portId);
  if (own.empty() || own == report.remover) return last;
  last.remover = own;
  if (own != kNetworkdUnit) last.trigger.clear();
  return last;
}

void Decider::State::rememberLosses(const IncidentReport& report) {
  Counters& counters = history.counters;
  ++counters.incidents[static_cast<std::size_t>(report.outcome)];
  for (const LossRecord& loss : report.losses) {
    const auto times = static_cast<std::uint64_t>(loss.timesLost);
    const auto reinstated = static_cast<std::uint64_t>(loss.reinstated);
    VipPast& past = history.vips[nameInHistory(loss.interface, loss.address, loss.prefixLength)];
    past.losses += times;
    past.reinstated += reinstated;
    past.outage += loss.outage;
    past.last = lastOf(report, loss);
    counters.losses += times;
    counters.reinstated += reinstated;
    counters.outage += loss.outage;
    const auto bound = std::lower_bound(Counters::kBounds.begin(), Counters::kBounds.end(), loss.outage);
    ++counters.outages[static_cast<std::size_t>(bound - Counters::kBounds.begin())];
  }
}

void Decider::State::recall(const Overview& former) {
  for (const InstanceOverview& instance : former.instances)
    for (const VipOverview& vip : instance.vips)
      history.vips[nameInHistory(vip.interface, vip.address, vip.prefixLength)] = vip.past;
  history.incidents = former.incidents;
  for (IncidentOverview& incident : history.incidents) incident.over = true;
  history.counters = former.counters;
}

}  // namespace guardian::core
