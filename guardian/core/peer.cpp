// The outage that this program is about, seen from the other side: a master that advertises, and whose addresses
// nobody answers for. It can be asked for on the wire, slowly, where the operator wants it. VRRP has no way for a
// backup to take over from a master that it hears, so it is told, and nothing else.
#include <algorithm>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {
namespace {

constexpr int kQuestions = 3;
constexpr Duration kBetween = std::chrono::seconds(1);
constexpr std::size_t kMost = 32;  ///< addresses of one instance: a spot check of thousands

/// nullopt: nobody can be asked. A tunnel has no hardware addresses; for IPv6 we may have no address to ask from.
std::optional<Probe> question(const KernelView& view, int wire, const IpAddress& address) {
  const LinkRecord* link = view.link(wire);
  if (link == nullptr || !link->hasMac || !link->carrier) return std::nullopt;
  Probe order{link->ifindex, address, link->mac, {}};
  if (address.family == Family::IPv4) return order;
  const std::optional<IpAddress> own = view.linkLocal(link->ifindex);
  if (!own) return std::nullopt;
  order.source = *own;
  return order;
}

}  // namespace

void Decider::State::mindPeers() {
  for (std::size_t index = 0; index < instances.size() && settings.peerProbe > Duration::zero(); ++index) {
    InstanceState& instance = instances[index];
    if (instance.role != Role::Backup || !contested(instance) || paused) {
      instance.probe = {};
      continue;
    }
    PeerProbe& probe = instance.probe;
    if (probe.next == Instant{}) probe.next = now + settings.peerProbe;
    if (now < probe.next) {
      wakeAt(probe.next);
      continue;
    }
    if (probe.asked == 0) probe.since = now;
    const std::vector<const Watch*> quiet = unanswered(instance);
    if (probe.asked < kQuestions && !quiet.empty()) {
      for (const Watch* watch : quiet) askFor(*watch);
      ++probe.asked;
      probe.next = now + kBetween;
      wakeAt(probe.next);
      continue;
    }
    tellUnanswered(instance, quiet);
    probe.asked = 0;
    probe.next = now + settings.peerProbe;
    wakeAt(probe.next);
  }
}

/// Of what its master should answer for, and has not since this round began. What cannot be asked for is not missed.
std::vector<const Watch*> Decider::State::unanswered(const InstanceState& instance) const {
  std::vector<const Watch*> quiet;
  const std::size_t most = std::min(instance.watches.size(), kMost);
  for (std::size_t i = 0; i < most; ++i) {
    const Watch& watch = watches[instance.watches[i]];
    const auto answered = answeredOnWire.find(watch.key);
    if (answered != answeredOnWire.end() && answered->second >= instance.probe.since) continue;
    if (question(view, wireOf(watch), watch.key.address)) quiet.push_back(&watch);
  }
  return quiet;
}

void Decider::State::askFor(const Watch& watch) {
  if (const auto order = question(view, wireOf(watch), watch.key.address)) out->push_back(*order);
}

void Decider::State::tellUnanswered(InstanceState& instance, const std::vector<const Watch*>& quiet) {
  std::string list;
  for (const Watch* watch : quiet) list += (list.empty() ? "" : ", ") + toString(watch->key.address);
  const std::string before = std::exchange(instance.probe.silent, list);
  if (before == list) return;
  ++history.revision;
  const std::string& name = instance.config.name;
  if (list.empty())
    notice(Notice::Kind::Unserved,
           name + ": all that " + instance.foreignSource + " is master of is answered for again", name);
  else
    notice(Notice::Kind::Unserved,
           name + ": " + instance.foreignSource + " advertises as master, but nobody answers for " + list + ", asked " +
               std::to_string(kQuestions) +
               " times: its clients reach nobody. On that node: vip-guardian status, or ip address; systemctl restart "
               "keepalived there brings it back",
           name);
}

}  // namespace guardian::core
