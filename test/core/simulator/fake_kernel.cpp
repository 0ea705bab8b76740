#include "core/simulator/fake_kernel.hpp"

#include <algorithm>
#include <cerrno>

namespace guardian::simulator {

using namespace core;

namespace {

bool v4(const AddressKey& key) { return key.address.family == Family::IPv4; }

bool sameSubnet(const AddressKey& a, const AddressKey& b) {
  return v4(a) && v4(b) && a.prefixLength == b.prefixLength && a.prefixLength < 32 &&
         samePrefix(a.address, b.address, a.prefixLength);
}

Origin origin(const AddressKey& key, std::uint32_t port) { return {v4(key) ? port : 0}; }

}  // namespace

const FakeKernel::Address* FakeKernel::find(const AddressKey& key) const {
  const auto it =
      std::find_if(addresses_.begin(), addresses_.end(), [&](const Address& a) { return a.record.key == key; });
  return it == addresses_.end() ? nullptr : &*it;
}

bool FakeKernel::holds(const IpAddress& address) const {
  return std::any_of(addresses_.begin(), addresses_.end(),
                     [&](const Address& a) { return a.record.key.address == address; });
}

FakeKernel::Address* FakeKernel::primaryOf(const AddressKey& key) {
  for (Address& address : addresses_)
    if (sameSubnet(address.record.key, key) && !address.record.isSecondary()) return &address;
  return nullptr;
}

int FakeKernel::add(AddressRecord record, std::uint32_t port, Hand hand, Instant now) {
  if (record.key.ifindex != link_.ifindex) return ENODEV;
  // IPv6 knows an address only once an interface, whatever its prefix length.
  const bool taken = v4(record.key) ? find(record.key) != nullptr : holds(record.key.address);
  if (taken) return EEXIST;
  if (!v4(record.key) && !link_.up) return EACCES;
  record.flags &= address_flag::requestable;
  record.flags |= address_flag::permanent;
  if (v4(record.key) && primaryOf(record.key) != nullptr) record.flags |= address_flag::secondary;
  takenAlong_.erase(record.key);
  record.created = static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::milliseconds(10));
  addresses_.push_back({record, hand, hand, now});
  notify_(AddressAppeared{record, origin(record.key, port)});
  return 0;
}

int FakeKernel::remove(const AddressKey& key, std::uint32_t port) {
  const Address* found = find(key);
  if (found == nullptr) return EADDRNOTAVAIL;
  const bool primary = v4(key) && !found->record.isSecondary();
  const bool promote = link_.promoteSecondaries;
  if (primary && !promote) {
    for (std::size_t i = 0; i < addresses_.size();) {
      if (!(addresses_[i].record.key == key) && sameSubnet(addresses_[i].record.key, key)) {
        takenAlong_.insert(addresses_[i].record.key);
        drop(i, port);
      } else {
        ++i;
      }
    }
  }
  drop(static_cast<std::size_t>(find(key) - addresses_.data()), port);
  if (!primary || !promote) return 0;
  for (Address& next : addresses_) {
    if (!sameSubnet(next.record.key, key)) continue;
    next.record.flags &= ~address_flag::secondary;
    notify_(AddressAppeared{next.record, origin(key, port)});
    break;
  }
  return 0;
}

void FakeKernel::drop(std::size_t i, std::uint32_t port) {
  const AddressRecord record = addresses_[i].record;
  addresses_.erase(addresses_.begin() + static_cast<std::ptrdiff_t>(i));
  notify_(AddressVanished{record, origin(record.key, port)});
}

void FakeKernel::touch(const AddressKey& key, std::uint32_t port) {
  if (const Address* address = find(key)) notify_(AddressAppeared{address->record, origin(key, port)});
}

void FakeKernel::adopt(const AddressKey& key) {
  for (Address& address : addresses_)
    if (address.record.key == key) address.installer = Hand::Keepalived;
}

void FakeKernel::setLink(bool up, bool carrier) {
  const bool wentDown = link_.up && !up;
  link_.up = up;
  link_.carrier = carrier;
  notify_(LinkChanged{link_});
  if (!wentDown) return;
  for (std::size_t i = 0; i < addresses_.size();) {  // IPv6 goes, IPv4 stays
    if (!v4(addresses_[i].record.key))
      drop(i, 0);
    else
      ++i;
  }
}

void FakeKernel::recreate() {
  setLink(false, false);
  while (!addresses_.empty()) drop(0, 0);
  notify_(LinkVanished{link_.ifindex});
  link_.ifindex += 5;
  link_.up = link_.carrier = true;
  notify_(LinkChanged{link_});
}

Snapshot FakeKernel::snapshot() const {
  Snapshot snapshot;
  snapshot.links.push_back(link_);
  snapshot.addresses.reserve(addresses_.size());
  for (const Address& address : addresses_) snapshot.addresses.push_back(address.record);
  return snapshot;
}

std::vector<AddressKey> FakeKernel::keys() const {
  std::vector<AddressKey> keys;
  for (const Address& address : addresses_) keys.push_back(address.record.key);
  return keys;
}

}  // namespace guardian::simulator
