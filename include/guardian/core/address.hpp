// IP addresses as plain values, and the arithmetic on them that the judgement needs.
// Owns nothing, allocates nothing but the strings it is asked for.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace guardian::core {

enum class Family : std::uint8_t { IPv4, IPv6 };

/// 32 or 128.
constexpr std::uint8_t fullLength(Family family) { return family == Family::IPv4 ? 32 : 128; }

/// An address in network byte order. IPv4 uses the first four bytes, the rest stay zero, so that
/// comparing is comparing bytes.
struct IpAddress {
  Family family = Family::IPv4;
  std::array<std::uint8_t, 16> bytes{};

  std::size_t size() const { return family == Family::IPv4 ? 4 : 16; }
  bool isLinkLocal() const;  ///< fe80::/10 or 169.254/16
};

inline bool operator==(const IpAddress& a, const IpAddress& b) { return a.family == b.family && a.bytes == b.bytes; }
inline bool operator!=(const IpAddress& a, const IpAddress& b) { return !(a == b); }
inline bool operator<(const IpAddress& a, const IpAddress& b) {
  return std::tie(a.family, a.bytes) < std::tie(b.family, b.bytes);
}

/// Reads dotted quads and RFC 4291 text (with `::` and an embedded IPv4 tail) exactly as inet_pton does:
/// no blanks, no prefix length, no zone, no short or octal IPv4 forms. Anything else is nullopt.
std::optional<IpAddress> parseAddress(std::string_view text);

/// RFC 5952 text, as `ip address` prints it.
std::string toString(const IpAddress& address);

/// Whether both addresses agree in their first `length` bits. False across families.
/// Precondition: length <= fullLength(family).
bool samePrefix(const IpAddress& a, const IpAddress& b, std::uint8_t length);

}  // namespace guardian::core
