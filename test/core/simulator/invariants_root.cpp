// Invariant 11: what keepalived's root blocks name.
#include <algorithm>

#include "core/simulator/invariants.hpp"
#include "guardian/util/overloaded.hpp"

namespace guardian::simulator {

using namespace core;

bool Judge::isStatic(const Node& node, const AddressKey& key) {
  return std::any_of(node.root.statics.begin(), node.root.statics.end(), [&](const Vip& vip) {
    return vip.address == key.address && vip.prefixLength == key.prefixLength;
  });
}

void Judge::rootShown(Node& node, const Snapshot& snapshot) {
  std::set<AddressKey> standing;
  for (const AddressRecord& record : snapshot.addresses)
    if (isStatic(node, record.key)) standing.insert(record.key);
  for (const AddressKey& key : node.root.standing)
    if (standing.count(key) == 0) node.root.lostAt[key] = agenda_.now();
  for (const AddressKey& key : standing) node.root.lostAt.erase(key);
  // As with one that is heard of: keepalived runs with it.
  if (node.root.dumpedAt != Instant{}) node.root.known.insert(standing.begin(), standing.end());
  node.root.standing = std::move(standing);
}

void Judge::rootHeard(Node& node, const Event& event, Instant dumpedAt) {
  Root& root = node.root;
  if (root.statics.empty()) return;
  const Instant now = agenda_.now();
  std::visit(Overloaded{[&](const KeepalivedStarted&) {
                          root.running = true;
                          root.dumpedAt = Instant{};
                          root.known.clear();
                        },
                        [&](const KeepalivedGone&) {
                          if (root.running) root.goneAt = now;
                          root.running = false;
                          root.known.clear();
                        },
                        [&](const ConfigurationRead&) {
                          for (auto key = root.known.begin(); key != root.known.end();)
                            key = root.standing.count(*key) != 0 ? std::next(key) : root.known.erase(key);
                        },
                        [&](const AskFailed&) { root.dumpedAt = Instant{}; },
                        [&](const Answered&) {
                          if (!root.running) return;
                          root.dumpedAt = std::max(root.dumpedAt, dumpedAt);
                          root.known.insert(root.standing.begin(), root.standing.end());
                          for (const AddressKey& key : root.standing) {
                            Instant& until = root.confirmed[key];
                            until = std::max(until, dumpedAt);
                          }
                        },
                        [&](const AddDone& fact) {
                          if (fact.error != 0 || !isStatic(node, fact.key)) return;
                          root.standing.insert(fact.key);
                          root.lostAt.erase(fact.key);
                        },
                        [&](const AddressAppeared& fact) {
                          if (!isStatic(node, fact.record.key)) return;
                          root.standing.insert(fact.record.key);
                          root.lostAt.erase(fact.record.key);
                          if (root.dumpedAt != Instant{}) root.known.insert(fact.record.key);
                        },
                        [&](const AddressVanished& fact) {
                          if (!isStatic(node, fact.record.key)) return;
                          if (root.standing.erase(fact.record.key) != 0) root.lostAt[fact.record.key] = now;
                          // Where the kernel does not promote, it may have gone along with a virtual one.
                          if (isKeepaliveds(node, fact.record.key, fact.origin) && !fact.record.isSecondary())
                            root.known.erase(fact.record.key);
                        },
                        [&](const Snapshot& fact) { rootShown(node, fact); }, [](const auto&) {}},
             event);
}

std::string Judge::rootObjection(const Node& node, const AddressKey& key) {
  const Root& root = node.root;
  if (node.unitChanging || node.unitJob) return "keepalived's unit is changing";
  if (!root.running) return "keepalived is gone";
  if (root.known.count(key) == 0) return "it was not known to be keepalived's, or keepalived has removed it";
  const auto lost = root.lostAt.find(key);
  if (lost != root.lostAt.end() && root.dumpedAt < lost->second) return "keepalived has not answered since it went";
  return {};
}

void Judge::rootAtRest(std::size_t index) {
  const Node& node = nodes_[index];
  if (setup_.observe || setup_.restart || setup_.flavour == Flavour::Hearing || !node.root.running) return;
  // What ranked behind a base address waits for that, however long, and says so.
  const auto waits = [&](const AddressKey& key) {
    const auto base = [&](const FakeKernel::Address& address) {
      return samePrefix(address.record.key.address, key.address, key.prefixLength) &&
             address.record.key.prefixLength == key.prefixLength && node.networkd->isBase(address.record.key);
    };
    const auto& addresses = node.kernel->addresses();
    return key.prefixLength == 24 && std::none_of(addresses.begin(), addresses.end(), base);
  };
  for (const AddressKey& key : node.root.known)
    if (key.ifindex == node.kernel->ifindex() && !node.kernel->holds(key.address) && !waits(key))
      accuse(11, index, describe(key) + " of the root blocks is not back");
}

}  // namespace guardian::simulator
