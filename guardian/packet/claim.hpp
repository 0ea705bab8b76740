// The bytes of claims to an address: ARP (RFC 826) and neighbour advertisements (RFC 4861). Pure. What a neighbour
// would not learn from is nullopt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "guardian/core/advert.hpp"

namespace guardian::packet {

/// `bytes` begins with the ARP header. Who asks claims the address that he asks from, too. The ifindex is left at 0.
std::optional<core::Claim> parseArp(const std::uint8_t* bytes, std::size_t length);

/// `bytes` begins with the ICMPv6 header. `hops` must be 255: nobody behind a router is a neighbour.
std::optional<core::Claim> parseNeighbourAdvertisement(const std::uint8_t* bytes, std::size_t length, int hops);

}  // namespace guardian::packet
