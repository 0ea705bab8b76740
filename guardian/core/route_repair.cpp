// Whether, when and how a missing virtual route or rule is put back; when it is taken back; how that is told.
#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "core/fight.hpp"
#include "core/state.hpp"

namespace guardian::core {
namespace {

constexpr Duration kSameHand = std::chrono::milliseconds(200);
constexpr Duration kPatience = std::chrono::seconds(1);  ///< before an unfinished incident is told
constexpr Duration kStranger = std::chrono::seconds(1);  ///< keepalived, not master, would have removed it by then
constexpr Duration kInsist = std::chrono::seconds(1);    ///< at least that often on what the kernel refuses to remove

}  // namespace

/// After each event: what it means for the routes. The rules for addresses have had their say by now.
void Decider::State::mindRoutes(const Event& event) {
  if (const auto* fact = std::get_if<Remembered>(&event)) routes.inherited = fact->ledger.routes;
  const bool unanswered = silent || inquiry.overdue(now) || std::holds_alternative<KeepalivedGone>(event);
  const bool unwanted = std::holds_alternative<Answered>(event) && !routes.listing;
  if (!routes.inherited.empty() && (unanswered || unwanted)) withdrawInheritedRoutes();
  insistOnRoutes();
  if (routes.watches.empty()) return;

  if (const auto* fact = std::get_if<AddressVanished>(&event)) suspectRoutes(*fact);
  if (const auto* fact = std::get_if<LinkChanged>(&event)) suspectRoutes(fact->link);
  if (const auto* fact = std::get_if<LinkVanished>(&event)) forgetRoutesOver(fact->ifindex);
  if (std::holds_alternative<Snapshot>(event)) out->push_back(ListRoutes{false});
  if (std::holds_alternative<EventsLost>(event)) out->push_back(ListRoutes{true});
  const bool stopping = std::holds_alternative<Stopping>(event);

  for (RouteWatch& watch : routes.watches) {
    followEpoch(watch);
    verifyRoute(watch, stopping);
    if (!stopping) evaluate(watch);
  }
  tellWithdrawn();
  for (auto incident = routes.incidents.begin(); incident != routes.incidents.end();)
    incident = settleRoutes(incident->first, incident->second) ? routes.incidents.erase(incident) : std::next(incident);
}

InstanceState* Decider::State::openOwner(const RouteWatch& watch) {
  for (const std::size_t owner : watch.owners)
    if (ownerOf(owner).epoch.isOpen()) return &ownerOf(owner);
  return nullptr;
}

void Decider::State::followEpoch(RouteWatch& watch) {
  const auto all = [&](const auto& holds) {
    return std::all_of(watch.owners.begin(), watch.owners.end(), [&](std::size_t i) { return holds(ownerOf(i)); });
  };
  if (openOwner(watch) != nullptr) {
    watch.seen = watch.seen || (watch.present && !watch.hostOwned);
    if (all([](const InstanceState& owner) { return owner.mute; }))
      withdraw(watch, "none of keepalived's adverts leaves");
    return;
  }
  const bool closed = all([](const InstanceState& owner) { return owner.epoch.state() == Epoch::State::Closed; });
  const bool mute = all([](const InstanceState& owner) { return owner.mute; });
  if (!closed && !mute) return;
  withdraw(watch, running ? "keepalived is not master" : "keepalived is gone");
  if (!closed) return;
  watch.seen = watch.suspect = false;
  const bool elsewhere =
      all([](const InstanceState& owner) { return owner.role == Role::Backup || owner.role == Role::Fault; });
  const bool stays = watch.present && !watch.ledger && !watch.removing && now >= watch.presentSince + kStranger;
  watch.hostOwned = watch.hostOwned || (elsewhere && stays);
}

/// keepalived, asked after our addition, still is master: then it removes the route when it leaves. Else we do.
void Decider::State::verifyRoute(RouteWatch& watch, bool stopping) {
  if (!watch.unverifiedSince) return;
  const InstanceState* owner = openOwner(watch);
  if (owner != nullptr && owner->masterAskedAt >= *watch.unverifiedSince) {
    watch.unverifiedSince.reset();
    out->push_back(RememberRoute{{RouteNote::Kind::Confirmed, watch.record->form}});
    return;
  }
  if (stopping) return withdraw(watch, "vip-guardian stops before keepalived confirmed it");
  if (owner == nullptr) return withdraw(watch, "keepalived was reloaded or changed its role in between");
  if (unitState == ActiveState::Deactivating) return withdraw(watch, "keepalived is stopping");
  if (outranked(*owner)) return withdraw(watch, "another node, " + owner->foreignSource + ", advertises");
  if (silent || inquiry.overdue(now)) return withdraw(watch, "keepalived did not confirm it within 100 ms");
}

/// What keeps it from being added whatever keepalived says; nullopt: nothing.
std::optional<std::string> Decider::State::obstacle(RouteWatch& watch, const InstanceState& owner) {
  if (holding()) return "keepalived is stopping, starting or reloading";
  if (silent || inquiry.overdue(now)) return "keepalived does not answer";
  if (owner.mute) return "keepalived says MASTER, but sends no adverts";
  if (outranked(owner)) return "another node, " + owner.foreignSource + ", advertises";
  for (const int ifindex : watch.record->ifindexes) {
    const LinkRecord* link = view.link(ifindex);
    if (link == nullptr || !link->up || !link->carrier)
      return (link == nullptr ? "its interface" : link->name) + " is down";
  }
  if (const auto& source = watch.record->preferredSource; source && !view.isLocal(*source))
    return "waiting for its source address " + toString(*source);
  if (now >= watch.attempts.notBefore) return std::nullopt;
  wakeAt(watch.attempts.notBefore);
  return watch.attempts.waitingFor();
}

bool Decider::State::mayReinstate(const RouteWatch& watch, const InstanceState& owner) const {
  if (paused || policyOf(owner) != PolicyKind::Reinstate) return false;
  if (keepalivedWatches() && !watch.config.noTrack) return false;
  return owner.config.understood && !watch.hostOwned;
}

void Decider::State::evaluate(RouteWatch& watch) {
  if ((watch.present && !watch.suspect) || !watch.seen || !watch.record || watch.adding || watch.removing) return;
  InstanceState* owner = openOwner(watch);
  if (owner == nullptr || !mayReinstate(watch, *owner)) return;
  const auto wait = [&](const std::string& why) {
    const auto incident = routes.incidents.find(watch.owners.front());
    if (incident != routes.incidents.end()) incident->second.waiting = why;
  };
  if (const auto why = obstacle(watch, *owner)) {
    watch.blocked = true;
    return wait(*why);
  }
  // What was delayed needs an answer asked for after the delay.
  if (std::exchange(watch.blocked, false)) watch.answerAfter = now;
  const bool contradicted = contested(*owner) && owner->masterAskedAt < owner->foreignAt;
  if (owner->masterAskedAt < watch.answerAfter || contradicted) {
    wait("keepalived has not said yet whether it still is master");
    if (std::exchange(watch.askedAt, now) != now) ask();
    return;
  }
  add(watch, *owner);
}

void Decider::State::add(RouteWatch& watch, InstanceState& owner) {
  watch.adding = true;
  const RouteForm& form = watch.record->form;
  out->push_back(RememberRoute{{RouteNote::Kind::Added, form}});
  // The kernel took the source away from an IPv6 route: what is left of it makes room.
  if (watch.suspect && watch.record->family == Family::IPv6) out->push_back(RemoveRoute{form});
  out->push_back(AddRoute{form});
  owner.repairedAt = now;
  openTap(owner);
}

void Decider::State::on(const RouteAddDone& fact) {
  const auto found = std::find_if(routes.watches.begin(), routes.watches.end(), [&](const RouteWatch& watch) {
    return watch.record && watch.record->form == fact.form;
  });
  if (found == routes.watches.end()) {
    if (!fact.existed && fact.error == 0) return abandon(fact.form);
    out->push_back(RememberRoute{{RouteNote::Kind::Gone, fact.form}});
    return;
  }
  RouteWatch& watch = *found;
  watch.adding = false;
  const bool ours = fact.error == 0 && (!fact.existed || watch.ownAdditions > 0 || watch.ledger);
  if (!ours) out->push_back(RememberRoute{{RouteNote::Kind::Gone, fact.form}});
  if (fact.error != 0) {
    watch.ledger = false;
    watch.attempts.refused(fact.error, now);
    wakeAt(watch.attempts.notBefore);
    watch.answerAfter = now;
    if (watch.suspect) out->push_back(ListRoutes{true});  // it may stand all the same
    return;
  }
  watch.attempts.taken(now);
  if (!fact.existed) {
    ++watch.ownAdditions;
    if (std::exchange(watch.suspect, false)) routeLost(watch, watch.removerPort, watch.goneAt);
  }
  watch.suspect = false;
  if (!std::exchange(watch.present, true)) watch.presentSince = now;
  if (ours) {
    watch.ledger = true;
    watch.unverifiedSince = now;
    ask();
  }
  routeBack(watch, ours);
}

void Decider::State::withdraw(RouteWatch& watch, const std::string& why) {
  if (watch.ledger && now < watch.removeNot) return wakeAt(watch.removeNot);
  watch.unverifiedSince.reset();
  if (!watch.ledger || watch.removing) return;
  watch.removing = true;
  out->push_back(RemoveRoute{watch.record->form});
  if (watch.refusals == 0) routes.withdrawn.emplace(watch.owners.front(), why);
}

/// Once for an instance, however many they are.
void Decider::State::tellWithdrawn() {
  for (const auto& [index, why] : std::exchange(routes.withdrawn, {})) {
    const auto incident = routes.incidents.find(index);
    const std::string& name = ownerOf(index).config.name;
    if (incident == routes.incidents.end()) {
      std::string text = name + ": the routes and rules that were put back are taken away again: ";
      text += why;
      notice(Notice::Kind::Doubt, std::move(text), name);
    } else {
      tellRoutes(index, incident->second, Outcome::Withdrawn, why);
      routes.incidents.erase(incident);
    }
  }
}

/// Ours, and no watch's any more. It is on the ledger until it is gone.
void Decider::State::abandon(const RouteForm& form) {
  routes.orphans[form] = {};
  out->push_back(RemoveRoute{form});
}

void Decider::State::insistOnRoutes() {
  for (auto& [form, orphan] : routes.orphans) {
    if (!orphan.again) continue;
    if (now < *orphan.again) {
      wakeAt(*orphan.again);
      continue;
    }
    orphan.again.reset();
    out->push_back(RemoveRoute{form});
  }
}

void Decider::State::on(const RouteRemoveDone& fact) {
  if (const auto orphan = routes.orphans.find(fact.form); orphan != routes.orphans.end()) {
    if (fact.error == 0) {
      out->push_back(RememberRoute{{RouteNote::Kind::Gone, fact.form}});
      routes.orphans.erase(orphan);
    } else {
      orphan->second.again = now + std::min<Duration>(backOff(orphan->second.refusals++), kInsist);
    }
  }
  for (RouteWatch& watch : routes.watches) {
    if (!watch.removing || !watch.record || !(watch.record->form == fact.form)) continue;
    watch.removing = false;
    if (fact.error != 0) {  // whoever answers for it meanwhile takes it over
      if (watch.refusals == 0)
        notice(Notice::Kind::Failure, "removing " + nameOf(watch.config, watch.owners.front()) + " failed: " +
                                          std::strerror(fact.error) + "; it is tried again until it is done");
      watch.removeNot = now + std::min<Duration>(backOff(watch.refusals++), kInsist);
      watch.unverifiedSince = now;
      wakeAt(watch.removeNot);
      continue;
    }
    watch.refusals = 0;
    watch.present = watch.suspect = false;
    disown(watch);
    watch.goneAt = watch.answerAfter = now;
  }
}

/// It is no longer ours: gone, or keepalived's own.
void Decider::State::disown(RouteWatch& watch) {
  watch.unverifiedSince.reset();
  if (std::exchange(watch.ledger, false)) out->push_back(RememberRoute{{RouteNote::Kind::Gone, watch.record->form}});
}

void Decider::State::routeLost(RouteWatch& watch, std::uint32_t port, Instant at) {
  watch.goneAt = at;
  watch.answerAfter = now;
  if (!watch.seen) return;
  if (!watch.lost) {  // of several owners, the loss is that one's which is master, or may be
    const auto closed = [this](std::size_t i) { return ownerOf(i).epoch.state() == Epoch::State::Closed; };
    const auto open = [this](std::size_t i) { return ownerOf(i).epoch.isOpen(); };
    std::stable_partition(watch.owners.begin(), watch.owners.end(), std::not_fn(closed));
    std::stable_partition(watch.owners.begin(), watch.owners.end(), open);
  }
  const auto [entry, fresh] = routes.incidents.emplace(watch.owners.front(), RouteIncident{});
  RouteIncident& incident = entry->second;
  if (fresh) incident.since = at;
  incident.since = std::min(incident.since, at);
  incident.lastChange = now;
  if (port != 0) incident.ports.insert(port);
  if (!watch.record->ifindexes.empty()) incident.ifindex = watch.record->ifindexes.front();
  incident.duringNetworkd = incident.duringNetworkd || networkd.covers(now);
  if (!std::exchange(watch.lost, true)) {
    watch.timesLost = 0;
    watch.outage = Duration{};
  }
  ++watch.timesLost;
  identify(port);
  watch.askedAt = now;
  ask();
}

void Decider::State::routeBack(RouteWatch& watch, bool byUs) {
  const auto incident = routes.incidents.find(watch.owners.front());
  if (!watch.lost || incident == routes.incidents.end()) return;
  watch.outage += now - watch.goneAt;
  incident->second.lastChange = now;
  incident->second.byUs = incident->second.byUs || byUs;
}

/// True if it is done with.
bool Decider::State::settleRoutes(std::size_t index, RouteIncident& incident) {
  const InstanceState& owner = ownerOf(index);
  bool allBack = true;
  bool unverified = false;
  Instant missingSince = now;
  for (const RouteWatch& watch : routes.watches) {
    if (!watch.lost || watch.owners.front() != index) continue;
    allBack = allBack && watch.present;
    if (!watch.present) missingSince = std::min(missingSince, watch.goneAt);
    unverified = unverified || watch.unverifiedSince.has_value();
  }
  if (owner.epoch.state() == Epoch::State::Closed) {
    for (RouteWatch& watch : routes.watches)
      if (watch.owners.front() == index) watch.lost = false;
    return true;  // keepalived's own doing, or no longer ours to repair; what was put back has been taken away
  }
  if (allBack) {
    if (unverified || networkd.isOpen()) return false;
    if (now < incident.lastChange + kSameHand) {
      wakeAt(incident.lastChange + kSameHand);
      return false;
    }
    tellRoutes(index, incident, incident.byUs ? Outcome::Repaired : Outcome::Returned,
               index == kRoot ? kRootProof : "keepalived confirms MASTER");
    return true;
  }
  if (incident.openReported || owner.masterAskedAt < incident.since) return false;
  if (now < missingSince + kPatience) {
    wakeAt(missingSince + kPatience);
    return false;
  }
  incident.openReported = true;
  const std::string onlySeen = whyObserved(owner);
  tellRoutes(index, incident, onlySeen.empty() ? Outcome::Open : Outcome::Observed, onlySeen);
  return false;
}

void Decider::State::tellRoutes(std::size_t index, const RouteIncident& incident, Outcome outcome,
                                std::string evidence) {
  IncidentReport report;
  report.instance = ownerOf(index).config.name;
  report.timeline.noticed = incident.since;
  report.outcome = outcome;
  report.waiting = incident.waiting;
  report.evidence = std::move(evidence);
  const bool over = outcome != Outcome::Open && outcome != Outcome::Observed;
  for (RouteWatch& watch : routes.watches) {
    if (!watch.lost || watch.owners.front() != index) continue;
    const bool back = watch.present;
    report.routes.push_back({nameOf(watch.config, watch.owners.front()),
                             watch.outage + (back ? Duration{} : now - watch.goneAt), watch.timesLost, back});
    if (over) watch.lost = false;
  }
  nameRemover({incident.since, incident.ports, incident.ifindex, incident.duringNetworkd}, report);
  out->push_back(std::move(report));
}

std::string Decider::State::nameOf(const VirtualRoute& route, std::size_t owner) {
  return std::string(owner == kRoot ? "static" : "virtual") + (route.kind == RouteKind::Rule ? " rule " : " route ") +
         route.text;
}

}  // namespace guardian::core
