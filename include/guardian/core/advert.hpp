// A VRRP advertisement as far as it is evidence: who claims which virtual router, and how strongly.
#pragma once

#include "guardian/core/address.hpp"

namespace guardian::core {

struct Advert {
  int ifindex = 0;
  std::uint8_t vrid = 0;
  Family family = Family::IPv4;
  std::uint8_t priority = 0;  ///< 0: its sender gives mastership up
  IpAddress source;
};

}  // namespace guardian::core
