// keepalived's process, its answers and its unit; what they mean for the epochs.
#include <algorithm>
#include <utility>

#include "core/known_model.hpp"
#include "core/state.hpp"

namespace guardian::core {
const char* wordOf(Role role) {
  switch (role) {
    case Role::Master: return "MASTER";
    case Role::Backup: return "BACKUP";
    case Role::Fault: return "FAULT";
    default: return "no settled state";
  }
}

void Decider::State::on(const KeepalivedStarted& fact) {
  if (running) on(KeepalivedGone{});
  running = true;
  version = fact.version;
  on(ConfigurationRead{fact.configuration});
  attribution.keepalivedStarted(fact.process.pid, fact.version);
  if (!(inherited.process == fact.process)) {  // the one that answered for what we left is gone
    inherited.epochs.clear();
    withdrawInherited(true);
  }
  out->push_back(Remember{{LedgerNote::Kind::Process, {}, {}, fact.process}});
  silent = silenceTold = false;
  const std::string number =
      std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
  notice(Notice::Kind::KeepalivedFound,
         "keepalived " + number + " is running (VRRP process " + std::to_string(fact.process.pid) + "); " +
             (settings.policy == PolicyKind::Observe ? "the policy is to observe only"
              : keepalivedWatches() ? "it answers the loss of an address itself, so losses are only reported"
                                    : "lost addresses are put back"));
  ask();
  showStatus();
}

void Decider::State::on(const KeepalivedGone&) {
  if (running) notice(Notice::Kind::KeepalivedGone, "keepalived is gone; nothing is guarded until it is back");
  running = false;
  withdrawInherited(true);
  inquiry.abandon();
  askAgainAt.reset();
  attribution.keepalivedGone();
  root.epoch.close(now);
  for (InstanceState& instance : instances) {
    instance.role = Role::Unknown;
    instance.hint.reset();
    instance.unprovenSince.reset();
    instance.epoch = Epoch();  // of the next process, anything may be believed again
    instance.epoch.close(now);
    withdrawLedger(instance, "keepalived's process is gone");
    noteEpoch(instance);  // told once for all of them
    settle(instance);
  }
  showStatus();
}

/// Somebody may have removed what a former life left, and put the same address there for himself.
bool Decider::State::stillOurs(const AddressKey& key, const LedgerEntry& entry) const {
  const AddressRecord* record = view.find(key);
  return record != nullptr && (entry.created == 0 || entry.created == record->created);
}

/// What is not there, or not any more, is ours no longer, whoever puts it there next.
void Decider::State::forgetAbsent() {
  for (auto orphan = orphans.begin(); orphan != orphans.end();) {
    if (view.find(*orphan) != nullptr) {
      ++orphan;
      continue;
    }
    out->push_back(Remember{{LedgerNote::Kind::Gone, *orphan, {}, {}}});
    orphan = orphans.erase(orphan);
  }
  for (auto left = inherited.addresses.begin(); left != inherited.addresses.end();) {
    if (stillOurs(left->first, left->second)) {
      ++left;
      continue;
    }
    out->push_back(Remember{{LedgerNote::Kind::Gone, left->first, {}, {}}});
    left = inherited.addresses.erase(left);
  }
}

/// What a former life added and nobody has answered for since. What keepalived has confirmed to it keepalived removes
/// itself, as long as it lives: its silence alone takes nothing of that back.
void Decider::State::withdrawInherited(bool confirmedToo) {
  for (auto left = inherited.addresses.begin(); left != inherited.addresses.end();) {
    const auto& [key, entry] = *left;
    if (entry.confirmed && !confirmedToo) {
      ++left;
      continue;
    }
    abandon(key, true);
    left = inherited.addresses.erase(left);
  }
}

void Decider::State::on(const Answered& fact) {
  const std::optional<Instant> askedAt = inquiry.answered(fact.request, now, *out);
  if (!running) return;
  if (!askedAt) {  // too old to be believed; but it speaks again
    if (silent) ask();
    return;
  }
  silent = silenceTold = false;
  silences = 0;
  answeredAt = *askedAt;
  askAgainAt.reset();
  const bool knewInstances = !instances.empty();
  adopt(fact.answer);
  tellDrift();
  hearRoot(*askedAt, fact.answer.filesUnchanged);
  withdrawInherited(true);  // what is left of it is nobody's any more
  inherited = {};
  // Another node's claim, or a hint, that came before we knew whose it was: it may be against any of these.
  if (!knewInstances && *askedAt < unclaimedAt) return ask();
  for (std::size_t i = 0; i < instances.size(); ++i)  // adopt() has laid them out as the answer has them
    heard(instances[i], fact.answer.instances[i], *askedAt);
  evaluatePending();
  retryRanks();
  mindParted();
  mindContenders();
  mindPeers();
  for (InstanceState& instance : instances) settle(instance);
  showStatus();
}

void Decider::State::heard(InstanceState& instance, const InstanceClaim& claim, Instant askedAt) {
  const bool wasOpen = instance.epoch.isOpen();
  // A claim that we do not understand is none.
  instance.role = claim.instance.understood ? claim.role : Role::Other;
  instance.roleHistory.transitionDate = claim.lastTransition;
  if (instance.role == Role::Master && learnInstallers(instance, askedAt)) instance.epoch.installed(now);

  Epoch::Context context;
  context.askedAt = askedAt;
  context.hasWindow = version < Version{2, 0, 0};
  context.vipPresent = std::any_of(instance.watches.begin(), instance.watches.end(),
                                   [this](std::size_t i) { return watches[i].present && !watches[i].hostOwned; });
  instance.epoch.heard(claim, instance.role, context);

  findHostOwned(instance, askedAt);
  if (instance.role == Role::Master && instance.epoch.isOpen()) {
    for (const std::size_t i : instance.watches) watches[i].keepaliveds |= watches[i].present && !watches[i].hostOwned;
    instance.masterAskedAt = askedAt;
    verify(instance, askedAt);
  } else if (instance.epoch.state() == Epoch::State::Doubt) {
    withdrawUnverified(instance, "keepalived was reloaded or changed its role in between");
  } else if (instance.role == Role::Backup || instance.role == Role::Fault) {
    withdrawLedger(instance, std::string("keepalived says ") + wordOf(instance.role));
  } else if (instance.role != Role::Master) {  // in the midst of a reload: what it once confirmed it has taken care of
    withdrawUnverified(instance, std::string("keepalived says ") + wordOf(instance.role));
  }
  const bool unproven = instance.role == Role::Master && instance.epoch.needsProof();
  if (!unproven)
    instance.unprovenSince.reset();
  else if (!instance.unprovenSince)
    instance.unprovenSince = now;
  if (needsTap(instance)) openTap(instance);
  compareWithHint(instance, askedAt);
  tellUnguarded(instance);
  tellEpoch(instance, wasOpen);
}

/// Nothing is put back for a master that was neither seen installing nor seen advertising, nor where nothing of it
/// is left that it could have installed. But somebody must be told: not while a tap is open, for at a start all of it
/// comes within an advert interval. (Where another node advertises as well, each answer opens the tap anew.)
void Decider::State::tellUnguarded(InstanceState& instance) {
  const LinkRecord* link = view.linkNamed(instance.config.interface);
  const bool looked = instance.unprovenSince && now >= *instance.unprovenSince + tapLength(instance);
  if (link != nullptr && taps.count(link->ifindex) != 0 && !looked) return;
  const bool present = std::any_of(instance.watches.begin(), instance.watches.end(),
                                   [this](std::size_t i) { return watches[i].present && !watches[i].hostOwned; });
  const bool unguarded = instance.role == Role::Master && instance.epoch.state() == Epoch::State::Closed &&
                         (looked || !instance.epoch.recheckAt()) && !instance.watches.empty() &&
                         (instance.epoch.needsProof() || !present);
  if (unguarded == std::exchange(instance.unguardedTold, unguarded) || !unguarded) return;
  notice(
      Notice::Kind::Doubt,
      instance.config.name + ": keepalived says MASTER, but " +
          (instance.epoch.needsProof() ? "none of its adverts has left " + instance.config.interface : "none of its addresses is on the host and nobody saw it install them") +
          "; nothing is added; if that lasts, restart it",
      instance.config.name);
}

/// Below 2.0 a MASTER answer may come from the window before the installation, so that a stranger's address could
/// pass for an installed one: there only libnl's port ids open an epoch, and they need no learning.
bool Decider::State::learnInstallers(const InstanceState& instance, Instant askedAt) {
  bool learned = false;
  for (const std::size_t i : instance.watches) {
    Watch& watch = watches[i];
    if (watch.installerPort == 0 || watch.installedAt > askedAt) continue;
    learned = attribution.learnInstaller(watch.installerPort) || learned;
    // It is keepalived's after all, whoever had put it there before.
    if (attribution.handBehind(watch.key.address.family, {watch.installerPort}) == Hand::Keepalived)
      setHostOwned(watch, false);
    watch.installerPort = 0;
  }
  return learned && !(version < Version{2, 0, 0});
}

/// keepalived, asked after our addition, still is master and lists the address: from here on it takes care of
/// it, and removes it when it leaves.
void Decider::State::verify(InstanceState& instance, Instant askedAt) {
  for (const std::size_t i : instance.watches)
    if (watches[i].unverifiedSince && *watches[i].unverifiedSince <= askedAt) {
      if (instance.incident) instance.incident->timeline.verified = now;
      watches[i].unverifiedSince.reset();
      // Before its notification came, the record is of the one that was lost.
      const std::uint32_t created = watches[i].ownAdditions == 0 && watches[i].record ? watches[i].record->created : 0;
      out->push_back(Remember{{LedgerNote::Kind::Confirmed, watches[i].key, {}, {}, created}});
      // Not before: our neighbours still know the address by our MAC, so nothing is lost by waiting; but what was
      // announced by a node that turns out to have lost mastership, nobody can take back.
      if (!contested(instance) || askedAt >= instance.foreignAt)
        announcements.start(watches[i].key, instance.config.announce, now);
    }
}

void Decider::State::on(const AskFailed& fact) {
  if (inquiry.failed(fact.request)) keepalivedSilent(fact.why);
}

void Decider::State::keepalivedSlow() {
  withdrawInherited(false);
  for (InstanceState& instance : instances) withdrawUnverified(instance, "keepalived did not confirm it within 100 ms");
}

void Decider::State::keepalivedSilent(const std::string& why) {
  inquiry.abandon();
  ++history.counters.unanswered;
  withdrawInherited(false);
  // While its unit is being stopped or started, there is nothing strange about it.
  if (running && !holding() && !std::exchange(silenceTold, true))
    notice(Notice::Kind::Doubt, why + "; nothing is added until it does");
  silent = true;
  for (InstanceState& instance : instances) withdrawUnverified(instance, why);
  // Each question writes a line to keepalived's log: ask more and more rarely. Several that fail at once, as in a burst
  // of losses, are one reason to wait.
  if (askAgainAt) return;
  const int step = std::min(silences++, 6);
  askAgainAt = now + std::chrono::seconds(1) * (1 << step);
}

bool Decider::State::holding() const {
  return unitJob || unitState == ActiveState::Deactivating || unitState == ActiveState::Activating ||
         unitState == ActiveState::Reloading;
}

void Decider::State::setHold(bool job, ActiveState state) {
  const bool before = holding();
  unitJob = job;
  unitState = state;
  // What we added a moment ago may be what keepalived, stopping, has just failed to remove. It is not asked: it
  // answers no more.
  if (state == ActiveState::Deactivating)
    for (InstanceState& instance : instances) withdrawUnverified(instance, "keepalived is stopping");
  if (!before || holding()) return;
  attribution.keepalivedReloaded();  // it may have been that
  if (running) ask();
  evaluatePending();
}

void Decider::State::on(const UnitChanged& fact) {
  if (fact.unit == Unit::Networkd) return networkd.unitChanged(fact.state, now);
  setHold(fact.jobPending, fact.state);
}

void Decider::State::on(const JobQueued& fact) {
  if (fact.unit == Unit::Networkd) {
    networkd.jobQueued(now);
    return;
  }
  setHold(true, unitState);
}

void Decider::State::on(const JobFinished& fact) {
  if (fact.unit == Unit::Networkd) {
    networkd.jobFinished(now);
    return;
  }
  setHold(false, unitState);
}

bool Decider::State::keepalivedWatches() const {
  return settings.keepalivedWatches.value_or(!(version < Version{2, 0, 0}));
}

void Decider::State::noteEpoch(InstanceState& instance) {
  std::optional<EpochMark> mark;
  if (instance.epoch.state() != Epoch::State::Closed)
    mark = EpochMark{{instance.config.vrid, instance.config.family, instance.config.name},
                     interfacesOf(instance),
                     instance.epoch.transition()};
  if (mark == instance.epochNoted) return;
  const LedgerNote::Kind kind = mark ? LedgerNote::Kind::EpochOpened : LedgerNote::Kind::EpochClosed;
  out->push_back(Remember{{kind, {}, mark ? *mark : *instance.epochNoted, {}}});
  instance.epochNoted = std::move(mark);
}

void Decider::State::tellEpoch(InstanceState& instance, bool wasOpen, const char* why) {
  noteEpoch(instance);
  if (instance.epoch.isOpen() == wasOpen) return;
  const std::string& name = instance.config.name;
  if (wasOpen) {
    notice(Notice::Kind::InstanceLeft,
           name + ": " + (why != nullptr ? why : wordOf(instance.role)) + "; its addresses are no longer guarded",
           name);
    return;
  }
  notice(Notice::Kind::InstanceTaken,
         name + ": MASTER on " + instance.config.interface + " with " + std::to_string(instance.watches.size()) +
             " addresses; " +
             (keepalivedWatches() || policyOf(instance) != PolicyKind::Reinstate ? "watching" : "guarding"),
         name);
}

}  // namespace guardian::core
