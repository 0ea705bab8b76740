// Adverts as another node would send them.
#pragma once

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <cstring>

#include <catch2/catch.hpp>

#include "guardian/util/handle.hpp"

namespace guardian::test {

/// Version 2, VRID 51, for 192.0.2.100, out of this interface. `source`: who sends it, whether he has that address or
/// not.
inline void advertise(const char* interface, std::uint8_t priority, const char* source) {
  const Fd socket(::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));  // the header is ours
  ip_mreqn through{};
  through.imr_ifindex = static_cast<int>(::if_nametoindex(interface));
  REQUIRE(::setsockopt(socket.get(), IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through) == 0);
  sockaddr_in group{};
  group.sin_family = AF_INET;
  REQUIRE(::inet_pton(AF_INET, "224.0.0.18", &group.sin_addr) == 1);

  std::array<std::uint8_t, 20> advert{0x21, 51, priority, 1, 0, 1, 0, 0, 192, 0, 2, 100};
  std::uint32_t sum = 0x2133U + (static_cast<std::uint32_t>(priority) << 8) + 1U + 1U + 0xc000U + 0x0264U;
  sum = ~((sum & 0xffffU) + (sum >> 16));
  advert[6] = static_cast<std::uint8_t>(sum >> 8);
  advert[7] = static_cast<std::uint8_t>(sum);
  iphdr header{};
  header.version = 4;
  header.ihl = sizeof header / 4;
  header.ttl = 255;
  header.protocol = 112;
  header.daddr = group.sin_addr.s_addr;
  REQUIRE(::inet_pton(AF_INET, source, &header.saddr) == 1);

  std::array<std::uint8_t, sizeof header + sizeof advert> packet{};
  std::memcpy(packet.data(), &header, sizeof header);
  std::memcpy(packet.data() + sizeof header, advert.data(), sizeof advert);
  REQUIRE(::sendto(socket.get(), packet.data(), packet.size(), 0, reinterpret_cast<const sockaddr*>(&group),
                   sizeof group) == static_cast<ssize_t>(packet.size()));
}

}  // namespace guardian::test
