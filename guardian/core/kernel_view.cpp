#include "core/kernel_view.hpp"

#include <algorithm>
#include <utility>

namespace guardian::core {
namespace {

bool inSubnet(const AddressKey& member, const AddressKey& of) {
  return member.ifindex == of.ifindex && member.prefixLength == of.prefixLength &&
         samePrefix(member.address, of.address, of.prefixLength);
}

}  // namespace

AddressKey subnetOf(const AddressKey& key) {
  AddressKey start = key;
  for (std::size_t bit = key.prefixLength; bit < key.address.size() * 8; ++bit)
    start.address.bytes[bit / 8] = static_cast<std::uint8_t>(start.address.bytes[bit / 8] & ~(0x80U >> (bit % 8)));
  return start;
}

/// Only IPv4 knows primary and secondary addresses, and a /32 is alone in its subnet.
bool KernelView::hasRank(const AddressKey& key) { return key.address.family == Family::IPv4 && key.prefixLength < 32; }

void KernelView::setExpected(std::set<AddressKey> keys) {
  expectedKeys_ = std::move(keys);
  for (auto it = goneBases_.begin(); it != goneBases_.end();)
    it = expectedKeys_.count(it->first) != 0 ? goneBases_.erase(it) : std::next(it);
  Addresses all = std::move(expected_);
  all.insert(others_.begin(), others_.end());
  expected_.clear();
  others_.clear();
  for (auto& [key, record] : all) shelf(key).emplace(key, std::move(record));
}

void KernelView::expect(const AddressKey& key, bool expected) {
  Addresses& before = shelf(key);
  if (expected) {
    expectedKeys_.insert(key);
    goneBases_.erase(key);  // keepalived brings it back, and nobody has to wait for it
  } else {
    expectedKeys_.erase(key);
  }
  if (const auto moved = before.find(key); moved != before.end()) {
    const AddressRecord record = std::move(moved->second);
    before.erase(moved);
    shelf(key).emplace(key, record);
  }
}

void KernelView::put(const AddressRecord& record) {
  const AddressKey& key = record.key;
  Addresses& addresses = shelf(key);
  addresses[key] = record;
  if (&addresses == &expected_ || goneBases_.empty()) return;
  for (auto it = goneBases_.lower_bound(subnetOf(key)); it != goneBases_.end() && inSubnet(it->first, key);)
    it = goneBases_.erase(it);  // any base address of the subnet will do: DHCP may have brought another one
}

bool KernelView::drop(const AddressKey& key, Instant now, bool byUs) {
  Addresses& addresses = shelf(key);
  if (key.address.family == Family::IPv4 && !byUs) lastRemoval_[key.ifindex] = now;
  if (addresses.erase(key) == 0) return false;
  if (&addresses == &others_ && concerns(key)) goneBases_[key] = now;
  return true;
}

void KernelView::dropLink(int ifindex) {
  links_.erase(ifindex);
  lastRemoval_.erase(ifindex);
  const auto onLink = [ifindex](auto& map) {
    for (auto it = map.begin(); it != map.end();) it = it->first.ifindex == ifindex ? map.erase(it) : std::next(it);
  };
  onLink(expected_);
  onLink(others_);
  onLink(goneBases_);
}

void KernelView::replace(const Snapshot& snapshot, Instant now) {
  const Addresses before = std::move(others_);
  links_.clear();
  expected_.clear();
  others_.clear();
  for (const LinkRecord& link : snapshot.links) links_[link.ifindex] = link;
  for (const AddressRecord& record : snapshot.addresses) put(record);
  for (const auto& [key, record] : before) miss(key, now);
}

void KernelView::miss(const AddressKey& base, Instant now) {
  if (concerns(base) && baseOf(base) == nullptr && expectedKeys_.count(base) == 0) goneBases_.emplace(base, now);
}

std::set<AddressKey> KernelView::bases() const {
  std::set<AddressKey> found;
  for (const auto& [key, record] : others_)
    if (concerns(key)) found.insert(key);
  for (const auto& [key, since] : goneBases_) found.insert(key);
  return found;
}

const AddressRecord* KernelView::find(const AddressKey& key) const {
  for (const Addresses* addresses : {&expected_, &others_}) {
    const auto it = addresses->find(key);
    if (it != addresses->end()) return &it->second;
  }
  return nullptr;
}

bool KernelView::hasMac(const Mac& mac) const {
  return std::any_of(links_.begin(), links_.end(),
                     [&](const auto& link) { return link.second.hasMac && link.second.mac == mac; });
}

std::optional<IpAddress> KernelView::linkLocal(int ifindex) const {
  for (auto at = others_.lower_bound(AddressKey{ifindex, {}, 0}); at != others_.end() && at->first.ifindex == ifindex;
       ++at)
    if (at->first.address.family == Family::IPv6 && at->first.address.isLinkLocal()) return at->first.address;
  return std::nullopt;
}

bool KernelView::anyIPv4(int ifindex) const {
  const auto anyOf = [ifindex](const Addresses& addresses) {
    auto at = addresses.lower_bound(AddressKey{ifindex, {}, 0});
    while (at != addresses.end() && at->first.ifindex == ifindex && at->first.address.family != Family::IPv4) ++at;
    return at != addresses.end() && at->first.ifindex == ifindex;
  };
  return anyOf(expected_) || anyOf(others_);
}

bool KernelView::has(const Addresses& addresses, const IpAddress& address) {
  return std::any_of(addresses.begin(), addresses.end(),
                     [&](const auto& entry) { return entry.first.address == address; });
}

bool KernelView::isHostsOwn(const IpAddress& address) const { return has(others_, address); }

bool KernelView::isLocal(const IpAddress& address) const { return has(others_, address) || has(expected_, address); }

const LinkRecord* KernelView::link(int ifindex) const {
  const auto it = links_.find(ifindex);
  return it == links_.end() ? nullptr : &it->second;
}

const LinkRecord* KernelView::linkNamed(const std::string& name) const {
  for (const auto& [ifindex, link] : links_)
    if (link.name == name) return &link;
  return nullptr;
}

const AddressRecord* KernelView::baseOf(const AddressKey& key) const {
  if (!hasRank(key)) return nullptr;
  const auto it = others_.lower_bound(subnetOf(key));
  return it != others_.end() && inSubnet(it->first, key) ? &it->second : nullptr;
}

std::vector<AddressRecord> KernelView::basesOf(const AddressKey& key) const {
  std::vector<AddressRecord> found;
  if (!hasRank(key)) return found;
  for (auto it = others_.lower_bound(subnetOf(key)); it != others_.end() && inSubnet(it->first, key); ++it)
    found.push_back(it->second);
  return found;
}

std::optional<Instant> KernelView::baseGoneSince(const AddressKey& key) const {
  if (!hasRank(key)) return std::nullopt;
  const auto it = goneBases_.lower_bound(subnetOf(key));
  if (it == goneBases_.end() || !inSubnet(it->first, key)) return std::nullopt;
  return it->second;
}

std::map<AddressKey, Instant> KernelView::goneBasesOf(const AddressKey& key) const {
  std::map<AddressKey, Instant> found;
  if (!hasRank(key)) return found;
  for (auto it = goneBases_.lower_bound(subnetOf(key)); it != goneBases_.end() && inSubnet(it->first, key); ++it)
    found.insert(*it);
  return found;
}

std::vector<const AddressRecord*> KernelView::expectedInSubnet(const AddressKey& key) const {
  std::vector<const AddressRecord*> found;
  if (!hasRank(key)) return found;
  for (auto it = expected_.lower_bound(subnetOf(key)); it != expected_.end() && inSubnet(it->first, key); ++it)
    found.push_back(&it->second);
  return found;
}

Instant KernelView::lastRemoval(int ifindex) const {
  const auto it = lastRemoval_.find(ifindex);
  return it == lastRemoval_.end() ? Instant::min() : it->second;
}

bool KernelView::expectsInSubnet(const AddressKey& key) const {
  const auto it = expectedKeys_.lower_bound(subnetOf(key));
  return it != expectedKeys_.end() && inSubnet(*it, key);
}

}  // namespace guardian::core
