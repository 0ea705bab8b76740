// The bytes of announcements. Pure. They are keepalived's own (vrrp_arp.c, vrrp_ndisc.c), plus the reply form of
// a gratuitous ARP, which some receivers take where they ignore the request form.
#pragma once

#include <array>
#include <cstdint>

#include "guardian/core/advert.hpp"

namespace guardian::packet {

using core::Mac;
using ArpFrame = std::array<std::uint8_t, 42>;
using NeighbourFrame = std::array<std::uint8_t, 86>;

enum class ArpForm : std::uint8_t { Request = 1, Reply = 2 };

/// Broadcast, sender and target address the VIP, target hardware address all ones. Precondition: IPv4.
ArpFrame gratuitousArp(const core::IpAddress& vip, const Mac& mac, ArpForm form);

/// Asks who has it (RFC 5227): from nobody, so that no neighbour learns anything. Precondition: IPv4.
ArpFrame arpProbe(const core::IpAddress& address, const Mac& mac);

/// The same for IPv6 (RFC 4861, 4.3), from a link-local address: from none it would be an attempt to have the address.
NeighbourFrame neighbourSolicitation(const core::IpAddress& address, const core::IpAddress& source, const Mac& mac);

/// Unsolicited neighbour advertisement to all nodes: source the VIP, hop limit 255, override set, solicited
/// clear, router as the interface forwards. Precondition: IPv6.
NeighbourFrame unsolicitedNa(const core::IpAddress& vip, const Mac& mac, bool router);

}  // namespace guardian::packet
