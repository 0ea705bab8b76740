// What another node says on the wire: a VRRP advertisement, as far as it is evidence or tells why keepalived would not
// take it; and a claim to an address, by ARP or neighbour advertisement.
#pragma once

#include <array>
#include <chrono>
#include <vector>

#include "guardian/core/address.hpp"

namespace guardian::core {

/// Of VRRP version 2. Version 3 has none.
struct Authentication {
  enum class Kind : std::uint8_t { None, Password, Header };  ///< as on the wire
  Kind kind = Kind::None;
  std::array<std::uint8_t, 8> password{};  ///< padded with zeros; never to be told
};

struct Advert {
  int ifindex = 0;
  std::uint8_t vrid = 0;
  Family family = Family::IPv4;
  std::uint8_t priority = 0;  ///< 0: its sender gives mastership up
  IpAddress source;
  int version = 2;
  int hops = 255;  ///< IPv4: time to live; less: it has come through a router
  std::chrono::milliseconds interval{1000};
  Authentication authentication{};
  std::vector<IpAddress> addresses{};
};

using Mac = std::array<std::uint8_t, 6>;

/// "52:54:00:12:34:56"
std::string toString(const Mac& mac);

/// Somebody says that an address is his.
struct Claim {
  int ifindex = 0;
  IpAddress address;
  Mac mac{};
};

}  // namespace guardian::core
