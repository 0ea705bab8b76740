// The core's picture of links and addresses, kept from events and snapshots.
//
// Addresses are kept in two ordered maps: those that keepalived is expected to own, and all others ("base
// addresses"). The order of AddressKey (interface, prefix length, address) makes the members of one subnet
// neighbours, so that "is a base address of this VIP's subnet there" is one look-up, also among thousands.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::core {

class KernelView {
 public:
  void setExpected(std::set<AddressKey> keys);
  void expect(const AddressKey& key, bool expected);
  void put(const AddressRecord& record);
  /// False if we did not have it: a late or doubled notification.
  bool drop(const AddressKey& key, Instant now, bool byUs = false);
  void putLink(const LinkRecord& link) { links_[link.ifindex] = link; }
  void dropLink(int ifindex);
  /// Takes over the whole truth; base addresses that are missing from it count as gone since `now`.
  void replace(const Snapshot& snapshot, Instant now);

  const AddressRecord* find(const AddressKey& key) const;
  /// Whether this host has the address, on whichever interface.
  bool isLocal(const IpAddress& address) const;
  /// Likewise, but not as a virtual one.
  bool isHostsOwn(const IpAddress& address) const;
  bool hasMac(const Mac& mac) const;                      ///< whether a link of this host has this hardware address
  std::optional<IpAddress> linkLocal(int ifindex) const;  ///< IPv6, the host's own
  bool anyIPv4(int ifindex) const;                        ///< whether this interface has an IPv4 address
  const LinkRecord* link(int ifindex) const;
  const LinkRecord* linkNamed(const std::string& name) const;

  /// A base address of the same subnet with the same prefix length: the one that the kernel would make this
  /// address a secondary of. IPv4 only; nullptr for /32, which is a secondary of nothing.
  const AddressRecord* baseOf(const AddressKey& key) const;
  /// All of them.
  std::vector<AddressRecord> basesOf(const AddressKey& key) const;
  /// When such a base address went away that has not returned; nullopt: none is missing.
  std::optional<Instant> baseGoneSince(const AddressKey& key) const;
  /// All of them, each with when it went.
  std::map<AddressKey, Instant> goneBasesOf(const AddressKey& key) const;
  /// Whether this address ranks with an expected one: it shares its subnet.
  bool concerns(const AddressKey& key) const { return hasRank(key) && expectsInSubnet(key); }
  /// A former life knew this base address: unless one of its subnet is there, it counts as gone since `now`.
  void miss(const AddressKey& base, Instant now);
  /// The base addresses that are there or missed.
  std::set<AddressKey> bases() const;
  /// The expected addresses of the same subnet that are present.
  std::vector<const AddressRecord*> expectedInSubnet(const AddressKey& key) const;
  /// The last time that another hand than ours took any IPv4 address from this interface.
  Instant lastRemoval(int ifindex) const;

 private:
  using Addresses = std::map<AddressKey, AddressRecord>;
  Addresses& shelf(const AddressKey& key) { return expectedKeys_.count(key) != 0 ? expected_ : others_; }
  static bool has(const Addresses& addresses, const IpAddress& address);
  static bool hasRank(const AddressKey& key);
  bool expectsInSubnet(const AddressKey& key) const;

  std::map<int, LinkRecord> links_;
  std::set<AddressKey> expectedKeys_;
  Addresses expected_;
  Addresses others_;
  std::map<AddressKey, Instant> goneBases_;  ///< only where an expected address shares the subnet: stays small
  std::map<int, Instant> lastRemoval_;
};

}  // namespace guardian::core
