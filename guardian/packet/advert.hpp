// The bytes of VRRP advertisements (RFC 3768, RFC 5798), IPv4 and IPv6, plain or behind an authentication header.
// Pure. What a receiver would drop for its form is nullopt: it proves nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "guardian/core/advert.hpp"

namespace guardian::packet {

/// `bytes` begins with the IP header. The ifindex is left at 0.
std::optional<core::Advert> parseIpPacket(const std::uint8_t* bytes, std::size_t length);

/// `bytes` begins with the VRRP header, as a raw IPv6 socket gives it.
std::optional<core::Advert> parseAdvert(const std::uint8_t* bytes, std::size_t length, const core::IpAddress& source,
                                        const core::IpAddress& destination);

}  // namespace guardian::packet
