#include "core/simulator/invariants.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "guardian/util/overloaded.hpp"

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr Duration kContested = 3s;  ///< three intervals: a backup would have missed the adverts by then

constexpr Duration kWindow = 2200ms;  ///< two intervals and some, after which a claim is no longer in 1.3.9's window

/// It leaves an outage to a person.
bool tellsToAct(const Notice& notice) {
  return notice.text.find("restart it") != std::string::npos ||
         notice.text.find("none of its addresses") != std::string::npos ||
         notice.text.find("counts as the host's own") != std::string::npos;
}

}  // namespace

Judge::Judge(const Agenda& agenda, const Setup& setup)
    : agenda_(agenda), setup_(setup), instances_(configuredInstances(setup, false)) {}

void Judge::attach(const FakeKernel& kernel, const FakeKeepalived& keepalived, const FakeNetworkd& networkd,
                   const FakeDaemon& daemon) {
  Node node;
  node.kernel = &kernel;
  node.keepalived = &keepalived;
  node.networkd = &networkd;
  node.daemon = &daemon;
  node.beliefs.resize(instances_.size());
  node.root.statics = configuredStatics(setup_, nodes_.size());
  nodes_.push_back(std::move(node));
}

void Judge::accuse(int invariant, std::size_t node, const std::string& text) {
  const bool judged = setup_.judged == 0 || setup_.judged == invariant;
  if (judged && !violation_) violation_ = Violation{invariant, "node " + std::to_string(node + 1) + ": " + text};
}

std::vector<std::size_t> Judge::ownersOf(const AddressKey& key) const {
  std::vector<std::size_t> owners;
  for (std::size_t i = 0; i < instances_.size(); ++i)
    for (const Vip& vip : instances_[i].vips)
      if (vip.address == key.address && vip.prefixLength == key.prefixLength) owners.push_back(i);
  return owners;
}

// ---- what a guardian has been told ----

void Judge::support(Belief& belief) {
  belief.supported = true;
  belief.supportedAt = agenda_.now();
  belief.notMaster = false;
  belief.contrary.clear();
}

void Judge::contradict(Belief& belief, bool notMaster, const std::string& why) {
  belief.supported = false;
  belief.notMaster = belief.notMaster || notMaster;
  belief.contrary = why;
  belief.contraryAt = belief.contraryOf = agenda_.now();
}

void Judge::contradictAll(Node& node, bool notMaster, const std::string& why) {
  for (Belief& belief : node.beliefs) contradict(belief, notMaster, why);
}

void Judge::lifeBegan(std::size_t index, const Ledger& left) {
  Node& node = nodes_[index];
  for (Belief& belief : node.beliefs) {
    const Instant proof = belief.proof;  // what keepalived has confirmed it removes, whoever is told
    belief = Belief();
    belief.proof = proof;
  }
  node.unitChanging = node.unitStopping = node.unitJob = false;
  node.ifindex = node.kernel->ifindex();  // its first snapshot says so
  node.owed.clear();
  node.shown.clear();
  node.mustLook = false;
  Root root;  // what an answer has confirmed is keepalived's, whoever is told
  root.statics = std::move(node.root.statics);
  root.confirmed = std::move(node.root.confirmed);
  root.cameBehind = std::move(node.root.cameBehind);
  node.root = std::move(root);
  node.process = left.process;
  // Whether the next keepalived has taken over what the last one answered for, nobody saw.
  if (left.process == node.keepalived->id()) return;
  for (const auto& [key, entry] : left.addresses) {
    const FakeKernel::Address* standing = node.kernel->find(key);
    if (entry.created == 0 || standing == nullptr || standing->record.created == entry.created)
      node.unacknowledged.insert(key);
  }
}

/// 1.3.9's port ids need no learning.
bool Judge::isKeepaliveds(const Node& node, const AddressKey& key, Origin origin) const {
  return setup_.flavour == Flavour::Old && key.address.family == Family::IPv4 && origin.portId != 0 &&
         (origin.portId & 0x3fffffU) == static_cast<std::uint32_t>(node.keepalived->id().pid);
}

void Judge::heard(std::size_t index, const Event& event, Instant dumpedAt) {
  Node& node = nodes_[index];
  rootHeard(node, event, dumpedAt);
  std::visit(Overloaded{[&](const Answered& fact) { answered(node, fact.answer, dumpedAt); },
                        [&](const AskFailed& fact) { contradictAll(node, false, fact.why); },
                        [&](const KeepalivedStarted& fact) {
                          const bool another = !(std::exchange(node.process, fact.process) == fact.process);
                          contradictAll(node, another, "keepalived has not been asked");
                        },
                        [&](const KeepalivedGone&) { contradictAll(node, true, "keepalived is gone"); },
                        [&](const AddressVanished& fact) {
                          if (isKeepaliveds(node, fact.record.key, fact.origin))
                            for (const std::size_t i : ownersOf(fact.record.key))
                              contradict(node.beliefs[i], false, "keepalived removed " + describe(fact.record.key));
                        },
                        [&](const AddressAppeared& fact) {
                          node.shown[fact.record.key] = {fact.record.created, agenda_.now()};
                          const auto owners = ownersOf(fact.record.key);
                          if (fact.origin.portId != 0 && fact.origin.portId == node.keepalived->commandPort())
                            for (const std::size_t i : owners) {
                              support(node.beliefs[i]);
                              node.beliefs[i].installing = agenda_.now();
                            }
                        },
                        [&](const Snapshot& fact) {
                          for (const AddressRecord& record : fact.addresses)
                            node.shown[record.key] = {record.created, agenda_.now()};
                        },
                        [&](const EventsLost&) { node.mustLook = true; },
                        [&](const AddDone& fact) { node.unacknowledged.erase(fact.key); },
                        [&](const LinkVanished&) { contradictAll(node, true, "the interface is gone"); },
                        [&](const LinkChanged& fact) {
                          if (fact.link.ifindex != node.ifindex)
                            contradictAll(node, true, "the interface was replaced");
                          node.ifindex = fact.link.ifindex;
                        },
                        [&](const OwnAdvert& fact) { ownAdvert(node, fact.advert); },
                        [&](const ForeignAdvert& fact) { foreignAdvert(node, fact.advert); },
                        [&](const RoleHinted& fact) { hinted(node, fact); },
                        [&](const UnitChanged& fact) {
                          if (fact.unit != Unit::Keepalived) return;
                          node.unitJob = fact.jobPending;
                          node.unitStopping = fact.state == ActiveState::Deactivating;
                          node.unitChanging = node.unitStopping || fact.state == ActiveState::Activating ||
                                              fact.state == ActiveState::Reloading;
                        },
                        [&](const JobQueued& fact) { node.unitJob = node.unitJob || fact.unit == Unit::Keepalived; },
                        [&](const JobFinished& fact) { node.unitJob = node.unitJob && fact.unit != Unit::Keepalived; },
                        [&](const BusLost&) { node.unitJob = node.unitChanging = node.unitStopping = false; },
                        [](const auto&) {}},
             event);
}

void Judge::ownAdvert(Node& node, const Advert& advert) {
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    if (instances_[i].vrid != advert.vrid) continue;
    if (advert.priority == 0)
      contradict(node.beliefs[i], true, "a farewell on the wire");
    else
      node.advertised.insert(node.keepalived->routers()[i].transition);
  }
}

void Judge::installationHeard(Node& node, std::size_t instance, std::int64_t date, Instant dumpedAt) {
  bool any = false;
  for (const Vip& vip : instances_[instance].vips)
    any = any || node.kernel->find({node.kernel->ifindex(), vip.address, vip.prefixLength}) != nullptr;
  const Instant first = node.heardOf.emplace(date, dumpedAt).first->second;
  if (node.advertised.count(date) == 0) return;
  if (any && (setup_.flavour != Flavour::Old || dumpedAt >= first + kWindow)) node.known.insert(date);
}

void Judge::answered(Node& node, const Answer& answer, Instant dumpedAt) {
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    Belief& belief = node.beliefs[i];
    // What it wrote later has already arrived, or what has ended since.
    if (dumpedAt <= belief.proof || dumpedAt < belief.contraryOf) continue;
    const auto claim = std::find_if(answer.instances.begin(), answer.instances.end(),
                                    [&](const InstanceClaim& c) { return c.instance.name == instances_[i].name; });
    if (claim == answer.instances.end() || claim->role == Role::Unknown || claim->role == Role::Other) {
      contradict(belief, false, "keepalived is reloading");
      node.heardOf.clear();
    } else if (claim->role != Role::Master) {
      contradict(belief, true, "keepalived says it is not master");
    } else if (!node.keepalived->isInstallation(claim->lastTransition.count())) {
      if (dumpedAt > belief.supportedAt) contradict(belief, false, "MASTER, but nothing is installed yet");
    } else {
      support(belief);
      installationHeard(node, i, claim->lastTransition.count(), dumpedAt);
      belief.proof = std::max(belief.proof, dumpedAt);
      if (dumpedAt > belief.foreignAt) belief.outranked = false;
    }
    if (belief.contraryAt == agenda_.now()) belief.contraryOf = dumpedAt;
  }
}

void Judge::foreignAdvert(Node& node, const Advert& advert) {
  for (std::size_t i = 0; i < instances_.size(); ++i) {
    if (instances_[i].vrid != advert.vrid || instances_[i].family != advert.family) continue;
    Belief& belief = node.beliefs[i];
    if (advert.priority == 0) {  // a farewell
      if (belief.foreignSource == advert.source) belief.foreignAt = Instant{};
      continue;
    }
    belief.foreignSource = advert.source;
    if (agenda_.now() > belief.foreignAt + kContested) belief.contestedSince = agenda_.now();
    belief.foreignAt = agenda_.now();
    for (const FakeKeepalived::Router& router : node.keepalived->routers())
      if (router.config.vrid == advert.vrid && advert.priority > router.config.priority) belief.outranked = true;
  }
}

/// No proof of the contrary: only what keepalived says from now on counts again.
void Judge::hinted(Node& node, const RoleHinted& hint) {
  if (hint.role == Role::Master || hint.role == Role::Unknown) return;
  for (std::size_t i = 0; i < instances_.size(); ++i)
    if (instances_[i].vrid == hint.vrid) contradict(node.beliefs[i], false, "somebody says that it is not master");
}

// ---- what a guardian does ----

/// Why nothing should be added; empty: there is nothing against it.
std::string Judge::objection(const Node& node, const AddressKey& key) const {
  if (node.unitChanging || node.unitJob) return "keepalived's unit is changing";
  std::string why = "it is nobody's";
  for (const std::size_t i : ownersOf(key)) {
    const Belief& belief = node.beliefs[i];
    const bool contested = belief.foreignAt != Instant{} && agenda_.now() < belief.foreignAt + kContested;
    if (!belief.supported)
      why = belief.contrary;
    else if (contested && belief.outranked)
      why = "a stronger node advertises";
    else if (contested && std::max(belief.proof, belief.installing) < belief.contestedSince)
      why = "another node advertises, and keepalived was not asked";
    else
      return {};
  }
  return why;
}

void Judge::ordered(std::size_t index, const Action& action) {
  Node& node = nodes_[index];
  const auto* notice = std::get_if<Notice>(&action);
  if (notice != nullptr && tellsToAct(*notice)) node.told.insert(notice->instance);
  if (notice != nullptr && notice->text.find("the order cannot be mended") != std::string::npos) node.toldOfRank = true;
  const auto* note = std::get_if<Remember>(&action);
  if (note != nullptr && note->note.kind == LedgerNote::Kind::BaseKnown) node.countedAsBase.insert(note->note.key);
  if (std::holds_alternative<TakeSnapshot>(action)) node.mustLook = false;
  if (note != nullptr && note->note.kind == LedgerNote::Kind::Added) node.unacknowledged.insert(note->note.key);
  if (std::holds_alternative<RestartKeepalived>(action)) restarted(index);
  if (const auto* remove = std::get_if<RemoveAddress>(&action); remove != nullptr && isStatic(node, remove->key))
    for (const FakeKernel::Address& other : node.kernel->addresses())
      if (other.installer == Hand::Keepalived) node.root.behind.insert(other.record.key);
  const auto* add = std::get_if<AddAddress>(&action);
  if (add == nullptr) return;
  ++additions_;
  const AddressKey& key = add->record.key;
  if (setup_.observe || setup_.restart || setup_.flavour == Flavour::Hearing)
    accuse(5, index, "added " + describe(key) + " while observing");
  if (node.root.behind.count(key) != 0) return;  // what a killed one left is not taken off along with it
  if (isStatic(node, key)) {
    node.presumptuous = false;
    const std::string why = rootObjection(node, key);
    if (!why.empty()) accuse(11, index, "added " + describe(key) + " though " + why);
    return;
  }
  if (ownersOf(meant(key)).empty() || node.networkd->isBase(key)) {
    const bool owed = std::find(node.owed.begin(), node.owed.end(), key) != node.owed.end();
    node.presumptuous = !owed && !node.kernel->tookAlong(key);
    return;
  }
  if (meant(key) == key) checkRecord(index, add->record);
  const std::string why = objection(node, meant(key));
  if (!why.empty()) accuse(1, index, "added " + describe(key) + " though " + why);
}

void Judge::restarted(std::size_t index) {
  Node& node = nodes_[index];
  const Instant at = node.daemon->clock();
  const auto recent = [at](Instant before) { return before + 1h > at; };
  if (setup_.observe || (!setup_.restart && !setup_.mayRestart)) accuse(10, index, "a restart that nobody allowed");
  if (node.unitChanging || node.unitJob) accuse(10, index, "a restart while the unit is changing");
  if (std::count_if(node.restarts.begin(), node.restarts.end(), recent) >= kMostRestarts)
    accuse(10, index, "too many restarts within an hour");
  if (!node.restarts.empty() && at < node.restarts.back() + kRestartInterval)
    accuse(10, index, "a restart too soon after the last one");
  node.restarts.push_back(at);
  ++restarts_;
}

void Judge::checkRecord(std::size_t node, const AddressRecord& record) {
  const bool v4 = record.key.address.family == Family::IPv4;
  const bool same = record.label == (v4 ? "eth0:vip" : "") && record.scope == 0 && !record.peer && !record.broadcast &&
                    (record.flags & address_flag::requestable) == (v4 ? 0 : address_flag::noDad) &&
                    record.valid == kForever && record.preferred == (record.key.prefixLength == 128 ? 0 : kForever);
  // What a stranger put there in keepalived's place has no label: then that is what there was.
  if (!same && !(v4 && record.label.empty()))
    accuse(4, node,
           "what was added is not what was there: " + describe(record.key) + ", label '" + record.label + "', flags " +
               std::to_string(record.flags) + ", preferred " + std::to_string(record.preferred));
}

Hand Judge::handBehind(std::size_t index, const AddressKey& key) const {
  if (isStatic(nodes_[index], key)) return Hand::Guardian;
  return ownersOf(meant(key)).empty() || nodes_[index].networkd->isBase(key) ? Hand::Networkd : Hand::Guardian;
}

void Judge::added(std::size_t index, const AddressKey& key, int error) {
  Node& node = nodes_[index];
  node.owed.erase(std::remove(node.owed.begin(), node.owed.end(), key), node.owed.end());
  if (error != 0) return;
  node.stays.erase(key);
  if (isStatic(node, key) && node.kernel->find(key)->record.isSecondary()) node.root.cameBehind.insert(key);
  if ((ownersOf(meant(key)).empty() || node.networkd->isBase(key)) && node.presumptuous)
    accuse(4, index, "added a foreign address, " + describe(key));
}

std::vector<AddressKey> Judge::othersAddresses(const Node& node) const {
  std::vector<AddressKey> found;
  for (const FakeKernel::Address& address : node.kernel->addresses())
    if (address.installer == Hand::Networkd || address.installer == Hand::Stranger) found.push_back(address.record.key);
  return found;
}

void Judge::removing(std::size_t index, const AddressKey& key) {
  Node& node = nodes_[index];
  node.foreign = othersAddresses(node);
  const FakeKernel::Address* address = node.kernel->find(key);
  if (address == nullptr) return;
  // That its own is gone, and another one stands in its place, has not been told yet.
  const auto shown = node.shown.find(key);
  const bool replaced = shown == node.shown.end() || shown->second.created != address->record.created;
  if (replaced || shown->second.at < address->since)
    node.foreign.erase(std::remove(node.foreign.begin(), node.foreign.end(), key), node.foreign.end());
  if (address->installer == Hand::Keepalived && node.keepalived->owns(key) && node.unacknowledged.count(key) == 0 &&
      !replaced && !goesAnyhow(node, *address))
    node.owed.push_back(key);
}

/// Its own addition, which a reload has made keepalived's in silence: it goes with all others when keepalived stops,
/// and is the guardian's to take back for as long as no answer about it has been heard.
bool Judge::goesAnyhow(const Node& node, const FakeKernel::Address& address) {
  if (address.adder != Hand::Guardian || !isStatic(node, address.record.key)) return false;
  const auto until = node.root.confirmed.find(address.record.key);
  return node.unitStopping || until == node.root.confirmed.end() || until->second < address.since;
}

void Judge::forgot(std::size_t node) {
  nodes_[node].known.clear();
  nodes_[node].advertised.clear();
}

void Judge::removed(std::size_t index) {
  Node& node = nodes_[index];
  for (const AddressKey& key : node.foreign) {
    // A stranger's copy of a virtual address may go along with the virtual one before it.
    if (node.kernel->tookAlong(key) && !ownersOf(key).empty() && !node.networkd->isBase(key)) continue;
    if (node.kernel->find(key) == nullptr && node.unacknowledged.count(key) == 0) node.owed.push_back(key);
  }
}

/// One event has been dealt with, and all that came of it.
void Judge::settled(std::size_t index) {
  Node& node = nodes_[index];
  for (const AddressKey& key : node.owed)
    if (node.kernel->find(key) == nullptr)
      accuse(4, index, "took off what somebody else had put there: " + describe(key));
  node.owed.clear();
  node.root.behind.clear();
  if (node.mustLook) accuse(3, index, "notifications were lost, and it did not look again");
}

// ---- what the host looks like ----

/// keepalived has it in its own list, and has written MASTER since it was added: it will remove it.
bool Judge::answeredFor(const Node& node, const FakeKernel::Address& address) const {
  if (const auto until = node.root.confirmed.find(address.record.key); until != node.root.confirmed.end())
    return until->second >= address.since;
  if (!node.keepalived->owns(address.record.key) && !node.keepalived->abandoned(address.record.key)) return false;
  for (const std::size_t i : ownersOf(address.record.key))
    if (node.beliefs[i].proof >= address.since) return true;
  return false;
}

/// Of a /32 that holds the fort, the VIP that it stands for; else the same.
AddressKey Judge::meant(const AddressKey& key) const {
  if (key.address.family != Family::IPv4 || key.prefixLength != 32 || !ownersOf(key).empty()) return key;
  for (const Instance& instance : instances_)
    for (const Vip& vip : instance.vips)
      if (vip.address == key.address) return {key.ifindex, vip.address, vip.prefixLength};
  return key;
}

/// Since when all who could want it are known not to be master.
std::optional<Instant> Judge::contraryFor(const Node& node, const AddressKey& key) const {
  if (isStatic(node, key)) return node.root.running ? std::nullopt : std::optional<Instant>(node.root.goneAt);
  Instant latest{};
  for (const std::size_t i : ownersOf(meant(key))) {
    if (node.beliefs[i].supported || !node.beliefs[i].notMaster) return std::nullopt;
    latest = std::max(latest, node.beliefs[i].contraryAt);
  }
  return latest;
}

void Judge::refused(std::size_t index, const AddressKey& key) {
  Node& node = nodes_[index];
  node.refusedAt[key] = agenda_.now();
  node.owed.erase(std::remove(node.owed.begin(), node.owed.end(), key), node.owed.end());
}

void Judge::measure(std::size_t index, const AddressKey& key, Stay& stay) {
  const Instant now = agenda_.now();
  Node& node = nodes_[index];
  const bool fort = !(meant(key) == key);
  if (fort && node.keepalived->owns(meant(key))) stay.since = now;  // as long as keepalived is master, in truth
  if (stay.twice) twice_ += now - std::max(lastLook_, stay.since);
  const int invariant = stay.twice ? 8 : 2;
  const auto refused = node.refusedAt.find(key);
  if (refused != node.refusedAt.end() && now < refused->second + kAfterRefusal) return;
  longest_ = std::max(longest_, now - stay.since);
  if (now > stay.since + (fort ? kFortAfterSilence : kAfterSilence))
    accuse(invariant, index, describe(key) + " stands there on nobody's word");
  const bool owned = std::exchange(stay.owned, node.keepalived->owns(meant(key)));
  if (stay.owned) return;  // what was told was wrong, or not the whole truth
  if (owned) stay.disownedAt = now;
  const std::optional<Instant> contrary = contraryFor(node, key);
  if (contrary && now > std::max({*contrary, stay.since, stay.disownedAt}) + kAfterContrary)
    accuse(invariant, index, describe(key) + " stands there against what was told");
}

void Judge::look() {
  const Instant now = agenda_.now();
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    Node& node = nodes_[index];
    // Nobody can take back what he is not awake to see.
    if (!node.daemon->alive() || node.daemon->stalled()) {
      node.stays.clear();
      continue;
    }
    for (auto& [key, stay] : node.stays) stay.seen = false;
    for (const FakeKernel::Address& address : node.kernel->addresses()) {
      if (address.installer != Hand::Guardian || answeredFor(node, address)) continue;
      Stay& stay = node.stays[address.record.key];
      if (stay.since == Instant{}) stay.since = now;
      stay.seen = true;
      measure(index, address.record.key, stay);
      stay.twice = false;
      for (const Node& other : nodes_)
        stay.twice = stay.twice || (&other != &node && other.kernel->holds(address.record.key.address));
    }
    for (auto it = node.stays.begin(); it != node.stays.end();) {
      if (it->second.seen) {
        ++it;
        continue;
      }
      // It ended at this very moment, one way or the other.
      if (node.refusedAt.count(it->first) == 0 &&
          now > it->second.since + (meant(it->first) == it->first ? kAfterSilence : kFortAfterSilence))
        accuse(2, index, describe(it->first) + " stood there on nobody's word");
      it = node.stays.erase(it);
    }
  }
  lastLook_ = now;
}

}  // namespace guardian::simulator
