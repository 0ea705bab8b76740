// When keepalived is restarted or stopped, and how that is told.
#include "core/ladder.hpp"

#include <algorithm>

#include "core/state.hpp"
#include "guardian/core/wording.hpp"

namespace guardian::core {
namespace {

using namespace std::chrono_literals;

constexpr Duration kHour = 1h;
constexpr Duration kSettled = 60s;  ///< by then keepalived is up and has found its role
constexpr Duration kElection = 1s;  ///< beside three lost adverts: skew, and a loaded host

}  // namespace

std::optional<Instant> nextRestart(const std::vector<Instant>& restarts, const RestartSettings& settings) {
  if (settings.mostPerHour <= 0) return std::nullopt;
  if (restarts.empty()) return Instant::min();
  const Instant spaced = restarts.back() + settings.leastInterval;
  const auto most = static_cast<std::size_t>(settings.mostPerHour);
  if (restarts.size() < most) return spaced;
  return std::max(spaced, restarts[restarts.size() - most] + kHour);
}

Duration jitterOf(const Settings& settings, std::size_t restart) {
  if (settings.restart.jitter <= Duration::zero()) return Duration::zero();
  std::uint64_t mixed = settings.luck + 0x9e3779b97f4a7c15ULL * (restart + 1);  // splitmix64
  mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
  mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
  mixed ^= mixed >> 31U;
  return Duration(static_cast<Duration::rep>(mixed % static_cast<std::uint64_t>(settings.restart.jitter.count())));
}

PolicyKind Decider::State::policyOf(const InstanceState& instance) const {
  const auto own = settings.policies.find(instance.config.name);
  return own == settings.policies.end() ? settings.policy : own->second;
}

/// After each event but those of addresses: these begin incidents, whose timers bring us here.
void Decider::State::mindLadder(const Event& event) {
  if (std::holds_alternative<AddressAppeared>(event) || std::holds_alternative<AddressVanished>(event)) return;
  if (ladder.orderedAt) return followRestart();
  if (paused) return;
  const std::optional<RestartCause> cause = causeForRestart();
  if (!cause) {
    ladder.since.reset();
    ladder.refusalTold.clear();
    return;
  }
  if (!ladder.since) ladder.since = now;
  const Instant due = *ladder.since + settings.restart.patience + jitterOf(settings, ladder.restarts.size());
  if (now < due) return wakeAt(due);
  if (holding()) return;  // somebody is at it
  if (const std::string why = whyNoRestart(*cause); !why.empty()) {
    if (std::exchange(ladder.refusalTold, why) != why)
      notice(Notice::Kind::Failure,
             describe(*cause) + "; keepalived would be " + (cause->handOver ? "stopped" : "restarted") + ", but " + why,
             cause->instance);
    return;
  }
  restartKeepalived(*cause);
}

std::string Decider::State::describe(const RestartCause& cause) {
  return (cause.instance.empty() ? "" : cause.instance + ": ") + cause.text;
}

/// What putting back cannot mend, or is not to.
std::optional<RestartCause> Decider::State::causeForRestart() const {
  if (!running) return std::nullopt;
  for (const InstanceState& instance : instances) {
    const PolicyKind policy = policyOf(instance);
    const std::string& name = instance.config.name;
    if (policy == PolicyKind::Observe || !instance.config.understood) continue;
    const bool lost = instance.incident && instance.incident->confirmedAt && !instance.incident->allBack();
    if (policy == PolicyKind::Restart && lost && instance.epoch.isOpen() && !keepalivedWatches())
      return RestartCause{name, "its addresses were removed, and the policy is to restart"};
    const bool handOver = settings.fight == FightAction::HandOver;
    const bool leaves = handOver || settings.fight == FightAction::Restart;
    if (leaves && instance.incident && instance.incident->fight && instance.epoch.isOpen())
      return RestartCause{name, "its addresses are removed again and again", handOver};
    if (policy != PolicyKind::Restart && !settings.restart.whenNeeded) continue;
    if (instance.mute) return RestartCause{name, "keepalived says MASTER, but none of its adverts leaves"};
    if (instance.unguardedTold)
      return RestartCause{name, "keepalived says MASTER, but has no addresses here or sends nothing"};
    if (lost && instance.incident->openReported && instance.incident->beyondUs)
      return RestartCause{name, "its addresses cannot be put back: " + instance.incident->waiting};
  }
  const bool any = settings.restart.whenNeeded && settings.policy != PolicyKind::Observe;
  constexpr int kDumb = 4;  // questions, asked at growing intervals: some 15 s
  if (any && silent && silences >= kDumb) return RestartCause{{}, "keepalived does not answer any more"};
  return std::nullopt;
}

/// Empty: nothing speaks against it.
std::string Decider::State::whyNoRestart(const RestartCause& cause) {
  if (unitState == ActiveState::Unknown) return "the state of its unit is not known without the system bus";
  if (unitState != ActiveState::Active) return "its unit is not active, and what somebody stopped is not started";
  for (const InstanceState& instance : instances)
    if (instance.config.priority == kAddressOwner)
      return instance.config.name + " owns its addresses (priority 255), and would take them off this host";
  const Configuration& written = edited ? *edited : configuration;
  if (!written.accepted) return "it would not start with its configuration file as it is; see vip-guardian inspect";
  if (cause.handOver || !settings.restart.withoutPeer) {
    const bool heard = std::any_of(instances.begin(), instances.end(), [this](const InstanceState& instance) {
      return instance.peerAt != Instant::min() && now < instance.peerAt + settings.restart.peerWithin;
    });
    if (!heard)
      return "no peer was heard within " + core::describe(settings.restart.peerWithin) + ", so nobody might take over" +
             (cause.handOver ? "" : "; restart.without_peer allows it all the same");
  }
  const std::optional<Instant> allowed = nextRestart(ladder.restarts, settings.restart);
  if (!allowed) return "restart.most_per_hour is 0";
  if (now >= *allowed) return {};
  wakeAt(*allowed);
  return "it was restarted " +
         (ladder.restarts.size() == 1 ? std::string("once") : std::to_string(ladder.restarts.size()) + " times") +
         " within the last hour; not again for now";
}

void Decider::State::restartKeepalived(const RestartCause& cause) {
  const auto old = [this](Instant at) { return at + kHour < now; };
  ladder.restarts.erase(std::remove_if(ladder.restarts.begin(), ladder.restarts.end(), old), ladder.restarts.end());
  ladder.restarts.push_back(now);
  ladder.orderedAt = now;
  ladder.doneAt.reset();
  ladder.cause = cause;
  ladder.stopping = cause.handOver;
  ladder.gaps.clear();
  for (const InstanceState& instance : instances) {
    if (instance.role != Role::Master) continue;
    Gap& gap = ladder.gaps[instance.config.name];
    for (const std::size_t i : instance.watches)
      if (!watches[i].present) gap.since = std::min(gap.since.value_or(now), watches[i].goneAt);
  }
  ladder.since.reset();
  ladder.refusalTold.clear();
  notice(Notice::Kind::Restarting,
         describe(cause) + (cause.handOver ? "; stopping keepalived, so that a peer takes over and stays"
                                           : "; restarting keepalived"),
         cause.instance);
  out->push_back(Remember{LedgerNote{LedgerNote::Kind::Restarted, {}, {}, {}, 0, now}});
  if (cause.handOver)
    out->push_back(StopKeepalived{advertInterfaces()});
  else
    out->push_back(RestartKeepalived{});
  wakeAt(now + kSettled);
}

std::set<int> Decider::State::advertInterfaces() const {
  std::set<int> interfaces;
  for (const InstanceState& instance : instances)
    for (const std::string* name : {&instance.config.interface, &instance.config.vmac})
      if (const LinkRecord* link = name->empty() ? nullptr : view.linkNamed(*name)) interfaces.insert(link->ifindex);
  return interfaces;
}

void Decider::State::on(const RestartDone& fact) {
  if (!ladder.orderedAt) return;
  if (fact.why.empty()) {
    ladder.doneAt = now;
    return ask();
  }
  ladder.orderedAt.reset();
  notice(Notice::Kind::Failure,
         std::string("keepalived could not be ") + (ladder.stopping ? "stopped: " : "restarted: ") + fact.why +
             "; see to it by hand",
         ladder.cause.instance);
}

bool Decider::State::allPresent(const InstanceState& instance) const {
  return std::all_of(instance.watches.begin(), instance.watches.end(),
                     [this](std::size_t i) { return watches[i].present; });
}

/// The addresses of this instance are not all here.
void Decider::State::unserved(const InstanceState& instance) {
  const auto gap = ladder.gaps.find(instance.config.name);
  if (ladder.orderedAt && gap != ladder.gaps.end() && !gap->second.since) gap->second.since = now;
}

/// They are, or another node has them.
void Decider::State::served(const InstanceState& instance) {
  const auto gap = ladder.gaps.find(instance.config.name);
  if (ladder.orderedAt && gap != ladder.gaps.end() && gap->second.since && !gap->second.until) gap->second.until = now;
}

std::string Decider::State::describeGaps() const {
  std::string text;
  for (const auto& [name, gap] : ladder.gaps)
    if (gap.since)
      text += "; nobody served " + name + " for " + core::describe(gap.until.value_or(now) - *gap.since) +
              (gap.until ? "" : ", and nobody does");
  return text;
}

/// Until each instance is MASTER with all that it has, or has had its chance to be it: every one begins as BACKUP.
void Decider::State::followRestart() {
  if (ladder.stopping) return followStop();
  const auto settled = [this](const InstanceState& instance) {
    if (instance.role == Role::Backup || instance.role == Role::Fault) {
      const Instant elected = *ladder.doneAt + 4 * instance.config.advertInterval + kElection;
      if (now < elected) wakeAt(elected);
      return now >= elected;
    }
    return instance.role == Role::Master && instance.epoch.isOpen() && allPresent(instance);
  };
  const bool all = ladder.doneAt && running && !silent && std::all_of(instances.begin(), instances.end(), settled);
  const Instant deadline = *ladder.orderedAt + kSettled;
  if (!all && now < deadline) return wakeAt(deadline);
  std::string roles;
  for (const InstanceState& instance : instances)
    roles += (roles.empty() ? "" : ", ") + instance.config.name + " is " + wordOf(instance.role);
  const std::string after = core::describe(now - *ladder.orderedAt);
  const std::string gaps = describeGaps();
  ladder.orderedAt.reset();
  if (all)
    notice(Notice::Kind::Restarted, "keepalived was restarted and has settled after " + after + ": " + roles + gaps,
           ladder.cause.instance);
  else
    notice(Notice::Kind::Failure,
           "keepalived was restarted, but has not settled after " + after + ": " + roles + gaps + "; see to it by hand",
           ladder.cause.instance);
}

/// Until a peer has all that was served here. If none takes it, a fight here is better than nobody at all.
void Decider::State::followStop() {
  if (!ladder.doneAt) {
    if (now < *ladder.orderedAt + kSettled) return wakeAt(*ladder.orderedAt + kSettled);
    ladder.orderedAt.reset();
    return notice(Notice::Kind::Failure, "keepalived was to be stopped, and systemd has not done it; see to it by hand",
                  ladder.cause.instance);
  }
  std::string taken;
  std::string untaken;
  Instant due = Instant::min();
  for (const InstanceState& instance : instances) {
    const std::string& name = instance.config.name;
    if (ladder.gaps.count(name) == 0) continue;
    if (instance.foreignAt > *ladder.doneAt) {
      taken += (taken.empty() ? "" : ", ") + instance.foreignSource + " has taken over " + name;
      continue;
    }
    untaken += (untaken.empty() ? "" : ", ") + name;
    due = std::max(due, *ladder.doneAt + 4 * instance.config.advertInterval + kElection);
  }
  if (!untaken.empty() && now < due) return wakeAt(due);
  ladder.stopping = false;
  if (untaken.empty()) {
    ladder.orderedAt.reset();
    return notice(Notice::Kind::HandedOver,
                  "keepalived was stopped and stays so: " + taken + describeGaps() +
                      ". When nobody removes them here any more: systemctl start keepalived",
                  ladder.cause.instance);
  }
  notice(Notice::Kind::Failure,
         "keepalived was stopped, but nobody has taken over " + untaken + "; it is started again",
         ladder.cause.instance);
  ladder.orderedAt = now;
  ladder.doneAt.reset();
  out->push_back(StartKeepalived{});
  wakeAt(now + kSettled);
}

/// What was put back before stays; what is not confirmed yet is still looked after.
void Decider::State::on(const PauseChanged& fact) {
  const bool was = paused.has_value();
  paused = fact.pause;
  ladder.since.reset();
  if (paused) {
    const std::string why = paused->reason.empty() ? "" : " (" + paused->reason + ")";
    notice(Notice::Kind::Paused, "paused for maintenance" + why + ": nothing is put back until it ends");
    if (paused->until) wakeAt(*paused->until);
  } else if (was) {
    notice(Notice::Kind::Resumed, "the maintenance is over; what is missing is looked after again");
    endFights();
    evaluatePending();
  }
  showStatus();
}

void Decider::State::mindPause() {
  if (!paused || !paused->until) return;
  if (*paused->until <= now)
    on(PauseChanged{std::nullopt});
  else
    wakeAt(*paused->until);
}

void Decider::State::on(const SettingsChanged& fact) {
  settings = fact.settings;
  notice(Notice::Kind::SettingsRead, "the configuration was read anew");
  ladder.since.reset();
  endFights();
  evaluatePending();
  for (InstanceState& instance : instances) settle(instance);
  showStatus();
}

}  // namespace guardian::core
