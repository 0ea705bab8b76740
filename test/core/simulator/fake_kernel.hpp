// A kernel with one interface, "eth0": addresses, primaries and secondaries, attributed notifications. Follows
// net/ipv4/devinet.c and net/ipv6/addrconf.c as far as a guardian can notice. It also knows what no kernel does:
// on whose behalf each address stands there, for the judge.
#pragma once

#include <functional>
#include <set>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::simulator {

enum class Hand : std::uint8_t { Kernel, Networkd, Keepalived, Guardian, Stranger };

class FakeKernel {
 public:
  struct Address {
    core::AddressRecord record;
    Hand installer = Hand::Kernel;  ///< who counts it as his own
    Hand adder = Hand::Kernel;
    core::Instant since{};
  };
  using Notify = std::function<void(const core::Event&)>;

  explicit FakeKernel(Notify notify) : notify_(std::move(notify)) {}

  const core::LinkRecord& link() const { return link_; }
  int ifindex() const { return link_.ifindex; }
  bool usable() const { return link_.up && link_.carrier; }
  void setPromote(bool promote) { link_.promoteSecondaries = promote; }
  void setLink(bool up, bool carrier);
  /// Deleted and made anew, with another index.
  void recreate();

  /// 0 or an errno value.
  int add(core::AddressRecord record, std::uint32_t port, Hand hand, core::Instant now);
  int remove(const core::AddressKey& key, std::uint32_t port);
  /// A change of an address that stands there: networkd refreshes its own, DAD ends.
  void touch(const core::AddressKey& key, std::uint32_t port);

  const Address* find(const core::AddressKey& key) const;
  /// It went because a primary went, whoever removed that, and has not come back.
  bool tookAlong(const core::AddressKey& key) const { return takenAlong_.count(key) != 0; }
  bool holds(const core::IpAddress& address) const;
  const std::vector<Address>& addresses() const { return addresses_; }
  core::Snapshot snapshot() const;
  std::vector<core::AddressKey> keys() const;
  /// keepalived adds what stands there already, and counts it as its own.
  void adopt(const core::AddressKey& key);

 private:
  Address* primaryOf(const core::AddressKey& key);
  void drop(std::size_t i, std::uint32_t port);

  Notify notify_;
  core::LinkRecord link_ = [] {
    core::LinkRecord link;
    link.ifindex = 2;
    link.name = "eth0";
    link.up = link.carrier = link.hasMac = true;
    return link;
  }();
  std::vector<Address> addresses_;
  std::set<core::AddressKey> takenAlong_;
};

}  // namespace guardian::simulator
