// A kernel with one interface: addresses, primaries and secondaries, attributed notifications.
// Follows net/ipv4/devinet.c as far as the guardian can notice.
#pragma once

#include <algorithm>
#include <functional>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::simulator {

constexpr int kIfindex = 2;

class FakeKernel {
 public:
  using Notify = std::function<void(const core::Event&)>;

  explicit FakeKernel(Notify notify) : notify_(std::move(notify)) {}

  bool promoteSecondaries = false;

  const core::AddressRecord* find(const core::AddressKey& key) const {
    const auto it = std::find_if(addresses_.begin(), addresses_.end(), [&](const auto& a) { return a.key == key; });
    return it == addresses_.end() ? nullptr : &*it;
  }

  /// 0 or an errno value.
  int add(core::AddressRecord record, std::uint32_t port) {
    if (find(record.key) != nullptr) return EEXIST;
    record.flags &= core::address_flag::requestable;
    record.flags |= core::address_flag::permanent;
    if (v4(record.key) && primaryOf(record.key) != nullptr) record.flags |= core::address_flag::secondary;
    addresses_.push_back(record);
    notify_(core::AddressAppeared{record, origin(record.key, port)});
    return 0;
  }

  int remove(const core::AddressKey& key, std::uint32_t port) {
    const core::AddressRecord* found = find(key);
    if (found == nullptr) return EADDRNOTAVAIL;
    const core::AddressRecord record = *found;
    const bool primary = v4(key) && !record.isSecondary();
    if (primary && !promoteSecondaries) {
      for (std::size_t i = 0; i < addresses_.size();) {
        if (!(addresses_[i].key == key) && sameSubnet(addresses_[i].key, key)) drop(i, port);
        else ++i;
      }
    }
    drop(static_cast<std::size_t>(std::find_if(addresses_.begin(), addresses_.end(),
                                               [&](const auto& a) { return a.key == key; }) - addresses_.begin()), port);
    if (!primary || !promoteSecondaries) return 0;
    for (core::AddressRecord& next : addresses_) {
      if (!sameSubnet(next.key, key)) continue;
      next.flags &= ~core::address_flag::secondary;
      notify_(core::AddressAppeared{next, origin(next.key, port)});
      break;
    }
    return 0;
  }

  core::Snapshot snapshot() const {
    core::LinkRecord link;
    link.ifindex = kIfindex;
    link.name = "eth0";
    link.up = link.carrier = link.hasMac = true;
    link.promoteSecondaries = promoteSecondaries;
    return {{link}, addresses_};
  }

  const std::vector<core::AddressRecord>& addresses() const { return addresses_; }

 private:
  static bool v4(const core::AddressKey& key) { return key.address.family == core::Family::IPv4; }
  static bool sameSubnet(const core::AddressKey& a, const core::AddressKey& b) {
    return v4(a) && v4(b) && a.prefixLength == b.prefixLength && a.prefixLength < 32 &&
           core::samePrefix(a.address, b.address, a.prefixLength);
  }
  static core::Origin origin(const core::AddressKey& key, std::uint32_t port) { return {v4(key) ? port : 0}; }

  const core::AddressRecord* primaryOf(const core::AddressKey& key) const {
    for (const core::AddressRecord& record : addresses_)
      if (sameSubnet(record.key, key) && !record.isSecondary()) return &record;
    return nullptr;
  }
  void drop(std::size_t i, std::uint32_t port) {
    const core::AddressRecord record = addresses_[i];
    addresses_.erase(addresses_.begin() + static_cast<std::ptrdiff_t>(i));
    notify_(core::AddressVanished{record, origin(record.key, port)});
  }

  Notify notify_;
  std::vector<core::AddressRecord> addresses_;
};

}  // namespace guardian::simulator
