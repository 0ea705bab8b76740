// What must be when all has been calm for long.
#include <algorithm>

#include "core/simulator/invariants.hpp"

namespace guardian::simulator {

using namespace core;

void Judge::atRest() {
  for (std::size_t index = 0; index < nodes_.size(); ++index) {
    const Node& node = nodes_[index];
    for (const FakeKernel::Address& address : node.kernel->addresses())
      if (address.installer == Hand::Guardian && !(meant(address.record.key) == address.record.key))
        accuse(4, index, describe(address.record.key) + " was left behind");
    const FakeKeepalived& keepalived = *node.keepalived;
    for (const FakeKeepalived::Router& router : keepalived.routers()) {
      if (!keepalived.isMaster(router) || !keepalived.listens() || setup_.observe || setup_.restart ||
          setup_.flavour == Flavour::Hearing)
        continue;
      if (node.known.count(router.transition) == 0) continue;
      for (const Vip& vip : router.config.vips) {
        const AddressKey key{node.kernel->ifindex(), vip.address, vip.prefixLength};
        // Another prefix length, put there by a stranger, keeps an IPv6 address from being added.
        const std::vector<std::size_t> owners = ownersOf(key);  // of a shared address, one is told about
        const bool told = std::any_of(owners.begin(), owners.end(),
                                      [&](std::size_t i) { return node.told.count(instances_[i].name) != 0; });
        if (!told && !node.kernel->holds(vip.address)) accuse(3, index, describe(key) + " is not back");
      }
    }
    for (const AddressRecord& wanted : node.networkd->bases()) {
      AddressKey key = wanted.key;
      key.ifindex = node.kernel->ifindex();
      const FakeKernel::Address* base = node.kernel->find(key);
      if (base != nullptr && base->record.isSecondary() && !node.toldOfRank && !keepalived.installedBehind(key))
        for (const FakeKernel::Address& other : node.kernel->addresses())
          if (other.installer == Hand::Guardian && !other.record.isSecondary() &&
              !keepalived.installedFirst(other.record.key) && node.root.cameBehind.count(other.record.key) == 0 &&
              other.record.key.prefixLength == key.prefixLength &&
              samePrefix(other.record.key.address, key.address, key.prefixLength))
            accuse(4, index, "a base address is behind " + describe(other.record.key));
    }
    judgeOrder(index);
    rootAtRest(index);
  }
}

/// Where virtual addresses are alone in a subnet, the one that keepalived installs first is primary.
void Judge::judgeOrder(std::size_t index) {
  const Node& node = nodes_[index];
  if (node.toldOfRank || setup_.observe || setup_.flavour == Flavour::Hearing) return;
  const Vip first = instances_.front().vips[2];
  const FakeKernel::Address* head = node.kernel->find({node.kernel->ifindex(), first.address, first.prefixLength});
  if (head == nullptr || !head->record.isSecondary()) return;
  for (const FakeKernel::Address& other : node.kernel->addresses())
    if (!other.record.isSecondary() && other.record.key.prefixLength == first.prefixLength &&
        node.countedAsBase.count(other.record.key) == 0 &&
        (other.installer == Hand::Guardian || head->installer == Hand::Guardian) &&
        samePrefix(other.record.key.address, first.address, first.prefixLength))
      accuse(4, index, describe(head->record.key) + " is behind " + describe(other.record.key));
}

}  // namespace guardian::simulator
