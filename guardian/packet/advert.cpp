#include "packet/advert.hpp"

#include <algorithm>

namespace guardian::packet {
namespace {

using core::Family;
using core::IpAddress;

constexpr std::uint8_t kVrrp = 112;
constexpr std::uint8_t kAuthenticationHeader = 51;
constexpr std::size_t kHeader = 8;
constexpr std::size_t kV2Authentication = 8;

std::uint32_t addWords(const std::uint8_t* bytes, std::size_t length, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i + 1 < length; i += 2) sum += static_cast<std::uint32_t>(bytes[i] << 8) | bytes[i + 1];
  if (length % 2 != 0) sum += static_cast<std::uint32_t>(bytes[length - 1] << 8);
  return sum;
}

bool sumsToOnes(std::uint32_t sum) {
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum == 0xffff;
}

bool checksumHolds(const std::uint8_t* bytes, std::size_t length, const IpAddress& source, const IpAddress& destination,
                   bool pseudoHeader) {
  std::uint32_t sum = addWords(bytes, length);
  if (pseudoHeader) {
    sum = addWords(source.bytes.data(), source.size(), sum);
    sum = addWords(destination.bytes.data(), destination.size(), sum);
    sum += static_cast<std::uint32_t>(length) + kVrrp;
  }
  return sumsToOnes(sum);
}

IpAddress addressAt(const std::uint8_t* bytes, Family family) {
  IpAddress address;
  address.family = family;
  std::copy_n(bytes, address.size(), address.bytes.begin());
  return address;
}

/// Steps over an authentication header (RFC 4302): its length field counts 32-bit words, minus two.
bool stepOverAuthentication(const std::uint8_t*& bytes, std::size_t& length) {
  if (length < 12 || bytes[0] != kVrrp) return false;
  const std::size_t header = (static_cast<std::size_t>(bytes[1]) + 2) * 4;
  if (header < 12 || header > length) return false;
  bytes += header;
  length -= header;
  return true;
}

std::optional<core::Advert> parsePayload(std::uint8_t protocol, const std::uint8_t* bytes, std::size_t length,
                                         const IpAddress& source, const IpAddress& destination) {
  if (protocol == kAuthenticationHeader && !stepOverAuthentication(bytes, length)) return std::nullopt;
  if (protocol != kVrrp && protocol != kAuthenticationHeader) return std::nullopt;
  return parseAdvert(bytes, length, source, destination);
}

}  // namespace

std::optional<core::Advert> parseAdvert(const std::uint8_t* bytes, std::size_t length, const IpAddress& source,
                                        const IpAddress& destination) {
  if (length < kHeader || (bytes[0] & 0x0f) != 1 || bytes[1] == 0) return std::nullopt;
  const int version = bytes[0] >> 4;
  const std::size_t addresses = static_cast<std::size_t>(bytes[3]) * source.size();
  if (version == 2) {
    if (source.family != Family::IPv4 || length < kHeader + addresses) return std::nullopt;
    // keepalived appends 8 bytes of authentication data whatever the type; others may leave them off.
    if (length != kHeader + addresses && length != kHeader + addresses + kV2Authentication) return std::nullopt;
    if (!checksumHolds(bytes, length, source, destination, false)) return std::nullopt;
  } else if (version == 3) {
    if (length != kHeader + addresses) return std::nullopt;
    // Some senders leave the pseudo-header out for IPv4; keepalived accepts both.
    const bool plain = source.family == Family::IPv4 && checksumHolds(bytes, length, source, destination, false);
    if (!plain && !checksumHolds(bytes, length, source, destination, true)) return std::nullopt;
  } else {
    return std::nullopt;
  }
  core::Advert advert;
  advert.vrid = bytes[1];
  advert.priority = bytes[2];
  advert.family = source.family;
  advert.source = source;
  advert.version = version;
  for (std::size_t i = 0; i < bytes[3]; ++i)
    advert.addresses.push_back(addressAt(bytes + kHeader + i * source.size(), source.family));
  if (version == 3) {
    advert.interval = std::chrono::milliseconds(((bytes[4] & 0x0f) << 8 | bytes[5]) * 10);
    return advert;
  }
  advert.interval = std::chrono::seconds(bytes[5]);
  if (bytes[4] > 2) return std::nullopt;
  advert.authentication.kind = static_cast<core::Authentication::Kind>(bytes[4]);
  if (length == kHeader + addresses + kV2Authentication)
    std::copy_n(bytes + kHeader + addresses, kV2Authentication, advert.authentication.password.begin());
  return advert;
}

std::optional<core::Advert> parseIpPacket(const std::uint8_t* bytes, std::size_t length) {
  if (length < 20) return std::nullopt;
  if (bytes[0] >> 4 == 4) {
    const std::size_t header = static_cast<std::size_t>(bytes[0] & 0x0f) * 4;
    const std::size_t total = static_cast<std::size_t>(bytes[2] << 8) | bytes[3];
    const bool fragment = ((bytes[6] & 0x3f) | bytes[7]) != 0;
    if (header < 20 || total < header || total > length || fragment) return std::nullopt;
    // A time to live below 255 has crossed a router, unless the peer is configured as unicast, where anything goes.
    auto advert = parsePayload(bytes[9], bytes + header, total - header, addressAt(bytes + 12, Family::IPv4),
                               addressAt(bytes + 16, Family::IPv4));
    if (advert) advert->hops = bytes[8];
    return advert;
  }
  if (bytes[0] >> 4 != 6 || length < 40) return std::nullopt;
  const std::size_t payload = static_cast<std::size_t>(bytes[4] << 8) | bytes[5];
  if (40 + payload > length) return std::nullopt;
  return parsePayload(bytes[6], bytes + 40, payload, addressAt(bytes + 8, Family::IPv6),
                      addressAt(bytes + 24, Family::IPv6));
}

}  // namespace guardian::packet
