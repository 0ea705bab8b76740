#include "packet/claim.hpp"

#include <algorithm>

namespace guardian::packet {
namespace {

constexpr std::size_t kArp = 28;
constexpr std::size_t kAdvertisement = 24;  ///< to the end of the target address
constexpr std::uint8_t kNeighbourAdvertisement = 136;
constexpr std::uint8_t kTargetLinkLayerAddress = 2;

std::uint16_t wordAt(const std::uint8_t* bytes) { return static_cast<std::uint16_t>(bytes[0] << 8 | bytes[1]); }

bool isNobody(const core::IpAddress& address) { return address.bytes == decltype(address.bytes){}; }

}  // namespace

std::optional<core::Claim> parseArp(const std::uint8_t* bytes, std::size_t length) {
  const bool ethernet =
      length >= kArp && wordAt(bytes) == 1 && wordAt(bytes + 2) == 0x0800 && wordAt(bytes + 4) == 0x0604;
  if (!ethernet || wordAt(bytes + 6) < 1 || wordAt(bytes + 6) > 2) return std::nullopt;
  core::Claim claim;
  std::copy_n(bytes + 8, 6, claim.mac.begin());
  std::copy_n(bytes + 14, 4, claim.address.bytes.begin());
  if (isNobody(claim.address)) return std::nullopt;  // RFC 5227: it only asks whether somebody has it
  return claim;
}

std::optional<core::Claim> parseNeighbourAdvertisement(const std::uint8_t* bytes, std::size_t length, int hops) {
  if (hops != 255 || length < kAdvertisement || bytes[0] != kNeighbourAdvertisement || bytes[1] != 0)
    return std::nullopt;
  for (std::size_t at = kAdvertisement; at + 8 <= length;) {
    const std::size_t option = std::size_t{8} * bytes[at + 1];
    if (option == 0 || at + option > length) return std::nullopt;
    if (bytes[at] == kTargetLinkLayerAddress) {
      core::Claim claim;
      claim.address.family = core::Family::IPv6;
      std::copy_n(bytes + 8, 16, claim.address.bytes.begin());
      std::copy_n(bytes + at + 2, 6, claim.mac.begin());
      return claim;
    }
    at += option;
  }
  return std::nullopt;  // without it he who hears it learns nothing
}

}  // namespace guardian::packet
