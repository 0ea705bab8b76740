// Strangers: another node that is master of the same virtual router, or would be if the two heard each other; somebody
// who answers for a virtual address, be it a former master that has kept it. They change nothing in what is put back:
// what anybody on the wire can forge decides nothing. They are told, and a proven master announces its addresses
// against them.
#include "core/strangers.hpp"

#include <algorithm>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {
namespace {

constexpr Duration kGone = std::chrono::minutes(1);             ///< of silence, and that is told
constexpr Duration kBetweenAnswers = std::chrono::seconds(10);  ///< to somebody who goes on claiming an address
constexpr Duration kBetweenQuestions = std::chrono::seconds(1);
/// A keepalived 2.2.7 that was master for a moment still sends its second burst, five seconds later. It is announced
/// against, and not worth a word.
constexpr Duration kFormerMaster = std::chrono::seconds(10);
constexpr Duration kTogether = std::chrono::milliseconds(100);  ///< what one host claims at once

/// RFC 5798, 7.3: the nodes of a virtual router share this one.
bool isShared(const Mac& mac) { return mac[0] == 0 && mac[1] == 0 && mac[2] == 0x5e && mac[3] == 0 && mac[4] <= 2; }

/// The first few, and how many more.
std::string listOf(const std::vector<IpAddress>& addresses) {
  constexpr std::size_t kNamed = 6;
  std::string text;
  for (std::size_t i = 0; i < std::min(addresses.size(), kNamed); ++i)
    text.append(i == 0 ? "" : ", ").append(toString(addresses[i]));
  if (addresses.size() > kNamed) text += " and " + std::to_string(addresses.size() - kNamed) + " more";
  return text;
}

}  // namespace

Rival& Rivals::heard(const IpAddress& source, Instant now, Duration lapse) {
  if (all_.size() >= kMost && all_.count(source) == 0)
    all_.erase(std::min_element(all_.begin(), all_.end(),
                                [](const auto& a, const auto& b) { return a.second.heard < b.second.heard; }));
  Rival& rival = all_[source];
  if (rival.times == 0 || (!rival.told && now > rival.heard + lapse)) rival = Rival{now, now, 0, 0, false, {}};
  rival.heard = now;
  ++rival.times;
  return rival;
}

/// In an election, and while both configurations are being changed, two are heard for a moment: what lasts for three
/// intervals is worth a word.
void Decider::State::rivalHeard(InstanceState& instance, const Advert& advert, const std::string& why) {
  const bool master = instance.role == Role::Master;
  const auto known = instance.rivals.all().find(advert.source);
  const bool told = known != instance.rivals.all().end() && known->second.told;
  // As it should be. But who was told is told to be gone.
  if (advert.priority == 0 || (why.empty() && !master)) return told ? void() : instance.rivals.forget(advert.source);
  const Duration election = 3 * std::max(instance.config.advertInterval, advert.interval);
  Rival& rival = instance.rivals.heard(advert.source, now, election);
  rival.priority = advert.priority;
  const Instant lasting = rival.since + election;
  if (now < lasting || rival.times < 3) return;
  const std::string source = toString(advert.source);
  if (!why.empty())
    return tell(instance, rival,
                source + " advertises the same virtual router, and keepalived does not take it: " + why +
                    "; so both become master: make the two configurations alike, or give another cluster a "
                    "virtual_router_id of its own");
  // A master that was not seen advertising is a case of its own, and no answer tells more of it.
  if (instance.masterAskedAt < lasting) return instance.epoch.isOpen() ? ask() : void();
  const bool weaker = advert.priority < instance.config.priority;
  tell(
      instance, rival,
      "both this node and " + source + ", priority " + std::to_string(advert.priority) + ", are master; " +
          (weaker ? "it should yield, and does not hear this node: see whether a firewall there or a switch in between "
                    "drops the adverts (IP protocol 112)"
                  : "keepalived here should have yielded: see in its log what it has against these adverts"));
}

void Decider::State::tell(InstanceState& instance, Rival& rival, std::string text) {
  if (std::exchange(rival.told, true) && rival.text == text) return;
  rival.text = std::move(text);
  ++history.counters.rivals;
  ++history.revision;
  notice(Notice::Kind::Stranger, instance.config.name + ": " + rival.text, instance.config.name);
  wakeAt(now + kGone);
}

void Decider::State::on(const ForeignClaim& fact) {
  if (view.hasMac(fact.claim.mac)) return;  // a bridge or a switch has brought it back to us
  auto it =
      std::lower_bound(byAddress.begin(), byAddress.end(), std::pair<IpAddress, std::size_t>(fact.claim.address, 0));
  for (; it != byAddress.end() && it->first == fact.claim.address; ++it)
    if (const Watch& watch = watches[it->second]; wireOf(watch) == fact.claim.ifindex) {
      if (settings.peerProbe > Duration::zero()) answeredOnWire[watch.key] = now;
      claimed(watch, fact.claim.mac);
    }
}

/// Where this node is master. Whoever has just lost an election may have spoken a moment before he knew.
void Decider::State::claimed(const Watch& watch, const Mac& mac) {
  const InstanceState* owner = openOwner(watch);
  if (owner == nullptr || (isShared(mac) && !owner->config.vmac.empty())) return;
  const Duration election = 2 * owner->config.advertInterval;
  if (owner->epoch.installedAt() != Instant::min() && now < owner->epoch.installedAt() + election) return;
  Contender& contender = contenders[watch.key];
  contender.mac = mac;
  contender.heard = now;
  if (std::exchange(contender.judged, false)) contender.since = now;
  ++contender.times;
  ++history.counters.claims;
  mindContenders();
}

/// Only an answer that was asked for after the claim says that the other one has no right to it. Of one host that
/// claims all addresses of an instance one line is told.
void Decider::State::mindContenders() {
  std::map<std::pair<std::size_t, Mac>, std::vector<IpAddress>> news;
  std::map<std::size_t, std::vector<IpAddress>> ended;
  for (auto it = contenders.begin(); it != contenders.end();) {
    auto& [key, contender] = *it;
    const Watch* watch = watchOf(key);
    const InstanceState* owner = watch == nullptr ? nullptr : openOwner(*watch);
    const bool over = now >= contender.heard + kGone;
    if (over && contender.told && owner != nullptr) ended[indexOf(*owner)].push_back(key.address);
    if (owner == nullptr || over) {
      if (contender.told) ++history.revision;
      it = contenders.erase(it);
      continue;
    }
    wakeAt(contender.heard + kGone);
    if (!contender.judged && isToBeTold(*watch, *owner, contender))
      news[{indexOf(*owner), contender.mac}].push_back(key.address);
    ++it;
  }
  for (const auto& [who, addresses] : news) tellContender(instances[who.first], who.second, addresses);
  for (const auto& [index, addresses] : ended)
    notice(Notice::Kind::Stranger,
           instances[index].config.name + ": nobody else claims " + listOf(addresses) + " any more",
           instances[index].config.name);
}

bool Decider::State::isToBeTold(const Watch& watch, const InstanceState& owner, Contender& contender) {
  // An election: keepalived's own priority may be less than its configuration says, and it yields in the next moment.
  // What was announced until then would lead the neighbours to the wrong node. When it is over, all is announced at
  // once.
  if (outranked(owner) || owner.parted) return false;
  const Instant answerable =
      contender.answeredAt == Instant::min() ? Instant::min() : contender.answeredAt + kBetweenAnswers;
  const Instant due = std::max(contender.since + kTogether, answerable);
  if (now < due) {
    wakeAt(due);
    return false;
  }
  if (owner.masterAskedAt < contender.since) {
    askAboutClaims();
    return false;
  }
  contender.judged = true;
  contender.answeredAt = now;
  // Two guardians that announced against each other would send the clients to and fro. And it is told already.
  const Rival* rival = rivalOf(owner);
  const bool weaker = rival != nullptr && rival->priority >= owner.config.priority;
  if (!weaker && mayReinstate(watch, owner) && watch.present)
    announcements.start(watch.key, owner.config.announce, now);
  if (rival != nullptr && rival->told) return false;
  if (contender.since < std::max(owner.foreignAt, owner.epoch.installedAt()) + kFormerMaster) return false;
  if (contender.told == contender.mac || (contender.told && now < contender.toldAt + kGone)) return false;
  contender.told = contender.mac;
  contender.toldAt = now;
  return true;
}

/// The strongest master beside this one. Within a minute: a keepalived 2.2.7 that refuses the other's adverts puts off
/// its own at each of them, and is heard now and then.
const Rival* Decider::State::rivalOf(const InstanceState& instance) const {
  const Rival* strongest = nullptr;
  for (const auto& [source, rival] : instance.rivals.all())
    if (now < rival.heard + kGone && (strongest == nullptr || strongest->priority < rival.priority)) strongest = &rival;
  return strongest;
}

void Decider::State::askAboutClaims() {
  const Instant due = claimAskedAt + kBetweenQuestions;
  if (claimAskedAt != Instant::min() && now < due) return wakeAt(due);
  claimAskedAt = now;
  ask();
}

void Decider::State::tellContender(const InstanceState& owner, const Mac& mac,
                                   const std::vector<IpAddress>& addresses) {
  ++history.revision;
  const bool against = mayReinstate(watches[owner.watches.front()], owner);
  const bool one = addresses.size() == 1;
  notice(Notice::Kind::Stranger,
         owner.config.name + ": " + listOf(addresses) + (one ? " is" : " are") + " claimed by " + toString(mac) +
             " as well, while this node is master; " +
             (against ? one ? "it is announced against that; " : "they are announced against that; " : "") +
             "find that host: a former master that has kept the address, or one that has it by mistake",
         owner.config.name);
}

/// After a partition each neighbour believes whoever announced himself last, and keepalived's master, who was there all
/// the time, says nothing. When the other one has fallen silent, and keepalived says MASTER still, it is said here.
void Decider::State::mindParted() {
  for (InstanceState& instance : instances) {
    if (!instance.parted) continue;
    if (!instance.epoch.isOpen()) {
      instance.parted.reset();
      continue;
    }
    if (now < *instance.parted) {
      wakeAt(*instance.parted);
      continue;
    }
    if (instance.masterAskedAt < *instance.parted) {
      instance.rivalAskedAt = now;
      ask();
      continue;
    }
    instance.parted.reset();
    for (const std::size_t i : instance.watches)
      if (watches[i].present && mayReinstate(watches[i], instance))
        announcements.start(watches[i].key, instance.config.announce, now);
  }
}

/// Who was told, and has not been heard for a while.
void Decider::State::mindRivals() {
  for (InstanceState& instance : instances)
    for (auto it = instance.rivals.all().begin(); it != instance.rivals.all().end();) {
      const auto& [source, rival] = *it;
      const Instant over = rival.heard + kGone;
      if (now < over) {
        if (rival.told) wakeAt(over);
        ++it;
        continue;
      }
      if (rival.told) {
        ++history.revision;
        notice(Notice::Kind::Stranger,
               instance.config.name + ": " + toString(source) + " is not heard as another master any more, after " +
                   std::to_string(rival.times) + " adverts",
               instance.config.name);
      }
      it = instance.rivals.all().erase(it);
    }
}

/// Where others' claims to it are heard: a VMAC has the same hardware address on every node, so there nobody could be
/// told from anybody.
int Decider::State::wireOf(const Watch& watch) const {
  const InstanceState& owner = instances[watch.owners.front()];
  if (watch.vip.interface != owner.config.vmac) return watch.key.ifindex;
  const LinkRecord* base = view.linkNamed(owner.config.interface);
  return base == nullptr ? 0 : base->ifindex;
}

void Decider::State::watchClaims() {
  std::map<int, std::vector<IpAddress>> wanted;
  byAddress.clear();
  byAddress.reserve(watches.size());
  for (const Watch& watch : watches) {
    const int wire = watch.key.ifindex == 0 ? 0 : wireOf(watch);
    if (wire == 0) continue;
    byAddress.emplace_back(watch.key.address, indexOf(watch));
    wanted[wire].push_back(watch.key.address);
  }
  std::sort(byAddress.begin(), byAddress.end());
  for (const int wire : wires)
    if (wanted.count(wire) == 0) out->push_back(WatchClaims{wire, {}});
  wires.clear();
  for (auto& [wire, addresses] : wanted) {
    wires.insert(wire);
    out->push_back(WatchClaims{wire, std::move(addresses)});
  }
}

}  // namespace guardian::core
