// Any bytes as VRRP advertisements: behind an IP header, and as a raw IPv6 socket gives them. A checksum is hard to
// guess, so each is tried once more with a right one.
#include <vector>

#include "fuzz/require.hpp"
#include "packet/advert.hpp"

using namespace guardian;
using test::require;

namespace {

using Bytes = std::vector<std::uint8_t>;

void check(const std::optional<core::Advert>& advert) {
  require(!advert || advert->vrid != 0, "a virtual router has a number");
  require(!advert || advert->source.family == advert->family, "an advert is of its source's family");
}

void add(std::uint32_t& sum, const std::uint8_t* bytes, std::size_t length) {
  for (std::size_t i = 0; i < length; ++i) sum += i % 2 == 0 ? static_cast<std::uint32_t>(bytes[i]) << 8U : bytes[i];
}

/// With the checksum that its version wants, of an advert that is at least a header.
Bytes mended(Bytes bytes, const core::IpAddress& from, const core::IpAddress& to) {
  bytes[6] = bytes[7] = 0;
  std::uint32_t sum = 0;
  add(sum, bytes.data(), bytes.size());
  if (bytes[0] >> 4U == 3) {
    add(sum, from.bytes.data(), from.size());
    add(sum, to.bytes.data(), to.size());
    sum += static_cast<std::uint32_t>(bytes.size()) + 112;
  }
  while (sum > 0xffff) sum = (sum & 0xffffU) + (sum >> 16U);
  bytes[6] = static_cast<std::uint8_t>(~sum >> 8U);
  bytes[7] = static_cast<std::uint8_t>(~sum);
  return bytes;
}

void checkPayload(const Bytes& bytes, const char* source, const char* destination) {
  const core::IpAddress from = *core::parseAddress(source);
  const core::IpAddress to = *core::parseAddress(destination);
  check(packet::parseAdvert(bytes.data(), bytes.size(), from, to));
  if (bytes.size() < 8) return;
  const Bytes right = mended(bytes, from, to);
  const auto advert = packet::parseAdvert(right.data(), right.size(), from, to);
  check(advert);
  if (!advert) return;
  require(advert->vrid == right[1] && advert->priority == right[2] && advert->source == from, "it says what was sent");
  for (std::size_t i = 8; i < right.size() && from.family == core::Family::IPv6; ++i) {
    Bytes wrong = right;
    wrong[i] = static_cast<std::uint8_t>(wrong[i] ^ 1U);
    require(!packet::parseAdvert(wrong.data(), wrong.size(), from, to), "a wrong bit is noticed");
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes(data, data + size);
  check(packet::parseIpPacket(bytes.data(), bytes.size()));
  checkPayload(bytes, "192.0.2.11", "224.0.0.18");
  checkPayload(bytes, "fe80::11", "ff02::12");
  return 0;
}
