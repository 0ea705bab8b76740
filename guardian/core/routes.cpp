// Virtual routes and rules coming and going: which are keepalived's, what was its doing, what was ours, what is a loss.
#include <algorithm>
#include <utility>

#include "core/route_match.hpp"
#include "core/state.hpp"

namespace guardian::core {
namespace {

// What keepalived calls itself: 3 (boot) before 2.0, 18 since.
constexpr std::uint8_t kKeepalivedProtocols[] = {3, 18};

RouteInterest interestIn(const std::vector<RouteWatch>& watches) {
  RouteInterest interest;
  for (const RouteWatch& watch : watches) {
    if (watch.config.kind == RouteKind::Rule) {
      interest.rules = true;
      continue;
    }
    interest.tables.insert({watch.config.family, watch.config.table});
    interest.protocols.insert(std::begin(kKeepalivedProtocols), std::end(kKeepalivedProtocols));
    if (watch.config.protocol) interest.protocols.insert(*watch.config.protocol);
  }
  return interest;
}

bool uses(const RouteWatch& watch, int ifindex) {
  const auto& links = watch.record->ifindexes;
  return std::find(links.begin(), links.end(), ifindex) != links.end();
}

}  // namespace

/// Lays the watches anew and carries over what is known of those that stay.
void Decider::State::rebuildRoutes() {
  std::vector<RouteWatch> former = std::move(routes.watches);
  routes.watches.clear();
  routes.incidents.clear();
  std::vector<std::size_t> owners;
  for (std::size_t owner = 0; owner < instances.size(); ++owner) owners.push_back(owner);
  owners.push_back(kRoot);
  for (const std::size_t owner : owners) {
    for (const VirtualRoute& config : ownerOf(owner).config.routes) {
      if (!config.understood) {
        const std::string& name = ownerOf(owner).config.name;
        if (routes.toldStrange.insert(config.text).second)
          notice(Notice::Kind::Doubt,
                 name + ": " + nameOf(config, owner) + " is not understood; its loss is not repaired", name);
        continue;
      }
      const auto same = [&](const RouteWatch& watch) { return watch.config == config; };
      const auto shared = std::find_if(routes.watches.begin(), routes.watches.end(), same);
      if (shared != routes.watches.end()) {
        shared->owners.push_back(owner);
        continue;
      }
      RouteWatch watch;
      if (const auto known = std::find_if(former.begin(), former.end(), same); known != former.end()) {
        watch = std::move(*known);
        former.erase(known);
      }
      watch.config = config;
      watch.owners = {owner};
      watch.lost = false;
      routes.watches.push_back(std::move(watch));
    }
  }
  // keepalived no longer wants these. It removes its own at a reload; what only we put there is ours to remove.
  for (const RouteWatch& watch : former)
    if (watch.ledger) abandon(watch.record->form);
  RouteInterest interest = interestIn(routes.watches);
  if (interest == routes.interest) return;
  routes.interest = std::move(interest);
  out->push_back(WatchRoutes{routes.interest});
  if (routes.interest.empty()) return;
  routes.listing = true;
  out->push_back(ListRoutes{true});
}

RouteWatch* Decider::State::routeMeant(const RouteRecord& record) {
  for (RouteWatch& watch : routes.watches)
    if (watch.record && sameRoute(*watch.record, record)) return &watch;
  for (RouteWatch& watch : routes.watches)
    if (mayBecome(watch) && meant(watch.config, record, view)) return &watch;
  return nullptr;
}

/// Within an epoch it is the one that was seen there. Before that, keepalived may install it anew, and the kernel
/// choose another number for a rule that has none.
bool Decider::State::mayBecome(const RouteWatch& watch) { return !watch.record || (!watch.seen && !watch.ledger); }

void Decider::State::on(const RouteAppeared& fact) {
  RouteWatch* watch = routeMeant(fact.record);
  if (watch == nullptr) return;
  const Hand hand = attribution.handBehind(Family::IPv4, fact.origin);  // told for both families
  if (hand == Hand::Ours) {
    if (watch->ownAdditions > 0) --watch->ownAdditions;
    return;  // accounted for when it was acknowledged
  }
  disown(*watch);
  routeAppeared(*watch, fact.record);
  if (hand != Hand::Keepalived) return;
  watch->hostOwned = false;
  watch->seen = true;
}

void Decider::State::routeAppeared(RouteWatch& watch, const RouteRecord& record) {
  if (mayBecome(watch)) watch.record = record;
  watch.suspect = false;
  if (std::exchange(watch.present, true)) return;
  watch.presentSince = now;
  routeBack(watch, false);
}

void Decider::State::on(const RouteVanished& fact) {
  RouteWatch* watch = routeMeant(fact.record);
  if (watch == nullptr || !watch->present) return;
  const Hand hand = attribution.handBehind(Family::IPv4, fact.origin);
  if (hand == Hand::Ours) return;
  watch->present = watch->suspect = false;
  watch->hostOwned = false;
  disown(*watch);
  if (hand != Hand::Keepalived) return routeLost(*watch, fact.origin.portId, now);
  // It leaves MASTER, or it was reloaded without this one. What was asked before counts for none of its routes.
  watch->seen = false;
  for (RouteWatch& other : routes.watches)
    for (const std::size_t owner : watch->owners)
      if (std::find(other.owners.begin(), other.owners.end(), owner) != other.owners.end()) other.answerAfter = now;
  ask();
}

void Decider::State::on(const RoutesLost&) {
  for (RouteWatch& watch : routes.watches) watch.ownAdditions = 0;  // their notifications may be among the lost
  out->push_back(ListRoutes{true});
}

void Decider::State::on(const RoutesListed& fact) {
  routes.listing = false;
  for (RouteWatch& watch : routes.watches) {
    std::vector<const RouteRecord*> found;
    for (const RouteRecord& record : fact.routes)
      if (mayBecome(watch) ? meant(watch.config, record, view) : sameRoute(*watch.record, record))
        found.push_back(&record);
    if (found.size() > 1) {
      const std::size_t owner = watch.owners.front();
      const std::string& name = ownerOf(owner).config.name;
      notice(Notice::Kind::Doubt,
             name + ": " + nameOf(watch.config, owner) +
                 " could be any of several that the host has; its loss is not repaired",
             name);
      continue;
    }
    if (!found.empty()) {
      const bool stripped = watch.record && watch.record->preferredSource && !found.front()->preferredSource;
      if (!stripped || !watch.suspect) routeAppeared(watch, *found.front());
    } else if (std::exchange(watch.present, false)) {
      disown(watch);
      routeLost(watch, watch.suspect ? watch.removerPort : 0, watch.suspect ? watch.goneAt : now);
      watch.suspect = false;
    }
  }
  inheritRoutes();
}

/// What a former life put there is ours again; what nobody wants any more goes.
void Decider::State::inheritRoutes() {
  for (RouteWatch& watch : routes.watches) {
    if (!watch.record || !watch.present) continue;
    const auto left = routes.inherited.find(watch.record->form);
    if (left == routes.inherited.end()) continue;
    watch.ledger = true;
    if (!left->second) {
      watch.unverifiedSince = now;
      ask();
    }
    routes.inherited.erase(left);
  }
  withdrawInheritedRoutes();
}

void Decider::State::withdrawInheritedRoutes() {
  for (const auto& [form, confirmed] : routes.inherited) abandon(form);
  routes.inherited.clear();
}

/// The kernel says nothing when it drops IPv4 routes because their preferred source, the last address of their link or
/// the link itself went; nor when it takes the preferred source away from an IPv6 route.
void Decider::State::suspectRoutes(const AddressVanished& fact) {
  const AddressKey& key = fact.record.key;
  const bool v4 = key.address.family == Family::IPv4;
  for (RouteWatch& watch : routes.watches) {
    if (!watch.present || watch.suspect || watch.config.kind == RouteKind::Rule) continue;
    // Of an IPv4 address, only the last one of its kind takes routes along.
    const bool source = watch.record->preferredSource == key.address && !(v4 && view.isLocal(key.address));
    const bool last =
        v4 && watch.record->family == Family::IPv4 && uses(watch, key.ifindex) && !view.anyIPv4(key.ifindex);
    if (source || last) suspectRoute(watch, fact.origin.portId);
  }
}

void Decider::State::suspectRoutes(const LinkRecord& link) {
  if (link.up) return;
  for (RouteWatch& watch : routes.watches)
    if (watch.present && !watch.suspect && watch.record->family == Family::IPv4 && uses(watch, link.ifindex))
      suspectRoute(watch, 0);
}

void Decider::State::suspectRoute(RouteWatch& watch, std::uint32_t port) {
  watch.suspect = true;
  watch.removerPort = port;
  watch.goneAt = watch.answerAfter = now;
}

/// What led over an interface that is no more never comes back by itself: its number is another one.
void Decider::State::forgetRoutesOver(int ifindex) {
  for (RouteWatch& watch : routes.watches) {
    if (!watch.record || !uses(watch, ifindex)) continue;
    disown(watch);
    watch.present = watch.suspect = watch.seen = watch.lost = false;
    watch.record.reset();
  }
}

}  // namespace guardian::core
