// An echo request and its answer, as both kinds of sockets have them.
#pragma once

#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace guardian::probe {

/// Type, code, checksum, identifier, sequence: the same eight bytes in both families.
using Echo = std::array<std::uint8_t, 8>;

inline Echo echoRequest(bool v6, std::uint16_t id, std::uint16_t sequence) {
  const auto high = [](std::uint32_t word) { return static_cast<std::uint8_t>(word >> 8U & 0xffU); };
  const auto low = [](std::uint32_t word) { return static_cast<std::uint8_t>(word & 0xffU); };
  const std::uint8_t type = v6 ? std::uint8_t{ICMP6_ECHO_REQUEST} : std::uint8_t{ICMP_ECHO};
  Echo echo{type, 0, 0, 0, high(id), low(id), high(sequence), low(sequence)};
  if (v6) return echo;  // the kernel fills in that of ICMPv6
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < echo.size(); i += 2) sum += static_cast<std::uint32_t>(echo[i] << 8U | echo[i + 1]);
  sum = (sum & 0xffffU) + (sum >> 16U);
  sum = ~(sum + (sum >> 16U));
  echo[2] = high(sum);
  echo[3] = low(sum);
  return echo;
}

struct EchoAnswer {
  std::uint16_t id = 0;
  std::uint16_t sequence = 0;
};

/// `data` as the socket gave it: a raw one of IPv4 gives the IP header as well. Nullopt: it is none.
inline std::optional<EchoAnswer> echoAnswer(bool v6, bool raw, const std::uint8_t* data, std::size_t size) {
  if (raw && !v6) {
    if (size < 20) return std::nullopt;
    const std::size_t header = (data[0] & 0x0fU) * 4U;
    if (header > size) return std::nullopt;
    data += header;
    size -= header;
  }
  if (size < sizeof(Echo) || data[0] != (v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) return std::nullopt;
  return EchoAnswer{static_cast<std::uint16_t>(data[4] << 8U | data[5]),
                    static_cast<std::uint16_t>(data[6] << 8U | data[7])};
}

}  // namespace guardian::probe
