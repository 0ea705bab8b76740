// What the kernel knows of links and addresses, as plain values. The netlink adapter fills these in; the core
// compares and replays them. Numbers are the kernel's own, so that a replay needs no translation.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "guardian/core/advert.hpp"

namespace guardian::core {

using Instant = std::chrono::steady_clock::time_point;  ///< CLOCK_MONOTONIC, as sd-event's timers use it
using Duration = std::chrono::steady_clock::duration;

/// The identity of an address to the kernel and to keepalived, which later removes exactly this: an address
/// put back with another prefix length or on another device would stay for ever.
struct AddressKey {
  int ifindex = 0;
  IpAddress address;
  std::uint8_t prefixLength = 0;
};
inline bool operator==(const AddressKey& a, const AddressKey& b) {
  return a.ifindex == b.ifindex && a.prefixLength == b.prefixLength && a.address == b.address;
}
inline bool operator<(const AddressKey& a, const AddressKey& b) {
  return std::tie(a.ifindex, a.prefixLength, a.address) < std::tie(b.ifindex, b.prefixLength, b.address);
}

/// The network address of its subnet; where the members of that begin in an ordered container.
AddressKey subnetOf(const AddressKey& key);

constexpr std::uint32_t kForever = 0xffffffffU;  ///< INFINITY_LIFE_TIME

/// Flags of if_addr.h that the judgement reads. The kernel sets SECONDARY, PERMANENT, TENTATIVE and DEPRECATED
/// itself; a request that carries them is ignored or refused.
namespace address_flag {
constexpr std::uint32_t secondary = 0x01;  ///< IPv4: secondary; the same bit means "temporary" for IPv6
constexpr std::uint32_t noDad = 0x02;
constexpr std::uint32_t homeAddress = 0x10;
constexpr std::uint32_t deprecated = 0x20;
constexpr std::uint32_t tentative = 0x40;
constexpr std::uint32_t permanent = 0x80;
constexpr std::uint32_t managedTemporary = 0x100;
constexpr std::uint32_t noPrefixRoute = 0x200;
constexpr std::uint32_t autoJoin = 0x400;
constexpr std::uint32_t requestable = noDad | homeAddress | managedTemporary | noPrefixRoute | autoJoin;
}  // namespace address_flag

/// One address with everything that its notification carries.
struct AddressRecord {
  AddressKey key;
  std::optional<IpAddress> peer;  ///< only where it differs from the address
  std::optional<IpAddress> broadcast;
  std::string label;
  std::uint8_t scope = 0;
  std::uint32_t flags = 0;
  std::uint32_t preferred = kForever;  ///< seconds
  std::uint32_t valid = kForever;      ///< seconds
  std::uint8_t protocol = 0;           ///< IFA_PROTO, from kernel 5.18
  std::uint32_t metric = 0;            ///< IFA_RT_PRIORITY, from kernel 4.18
  std::uint32_t created = 0;           ///< hundredths of a second since boot; tells it from a later one of the same key

  bool isSecondary() const { return key.address.family == Family::IPv4 && (flags & address_flag::secondary) != 0; }
};

/// The socket that asked for a change. IPv6 notifications carry 0 whoever asked; for IPv4 a 0 is the kernel
/// itself (link deletion, expiry) or an ioctl.
struct Origin {
  std::uint32_t portId = 0;
};

struct LinkRecord {
  int ifindex = 0;
  std::string name;
  bool up = false;       ///< administratively
  bool carrier = false;  ///< IFF_LOWER_UP and not dormant: packets pass
  Mac mac{};
  bool hasMac = false;              ///< Ethernet addresses only; nothing else can be announced
  bool promoteSecondaries = false;  ///< effective: `all` or this interface
  bool forwardingV6 = false;        ///< decides the router flag of our neighbour advertisements
};

}  // namespace guardian::core
