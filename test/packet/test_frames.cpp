#include <algorithm>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "packet/frames.hpp"

using namespace guardian;
using packet::ArpForm;
using packet::Mac;

namespace {

constexpr Mac kMac{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};

// Captured behind a veth of that address, from keepalived 1.3.9 with these virtual addresses; the second advertisement
// with IPv6 forwarding on.
const char* const kArp = "ffffffffffff02005e1020300806000108000604000102005e102030c0000264ffffffffffffc0000264";
const char* const kNa =
    "33330000000102005e10203086dd6000000000203aff20010db8000000000000000000000100ff020000000000000000000000000001"
    "880078ed2000000020010db8000000000000000000000100020102005e102030";
const char* const kRouterNa =
    "33330000000102005e10203086dd6000000000203aff20010db8000000000000000000000200ff020000000000000000000000000001"
    "8800f6eca000000020010db8000000000000000000000200020102005e102030";

template <class Frame> std::string hex(const Frame& frame) {
  std::string text;
  char digits[3];
  for (const std::uint8_t byte : frame) {
    std::snprintf(digits, sizeof digits, "%02x", byte);
    text += digits;
  }
  return text;
}

template <class Random> core::IpAddress randomAddress(Random& chance, core::Family family) {
  core::IpAddress address;
  address.family = family;
  // Often 0 and 255, the bytes that carries and complements go wrong with.
  for (std::size_t i = 0; i < address.size(); ++i) {
    const auto kind = chance() % 3;
    address.bytes[i] = static_cast<std::uint8_t>(kind == 0 ? 0 : kind == 1 ? 255 : chance());
  }
  return address;
}

template <class Random> Mac randomMac(Random& chance) {
  Mac mac;
  for (auto& byte : mac) byte = static_cast<std::uint8_t>(chance());
  return mac;
}

std::vector<std::uint8_t> part(const packet::NeighbourFrame& frame, std::size_t from, std::size_t length) {
  return {frame.begin() + static_cast<std::ptrdiff_t>(from),
          frame.begin() + static_cast<std::ptrdiff_t>(from + length)};
}

/// As a receiver checks it (RFC 4443, 2.3): pseudo-header and message, checksum included, add up to all ones. In the
/// other order and with the carry taken in at every step.
bool checksumHolds(const packet::NeighbourFrame& frame) {
  std::vector<std::uint8_t> bytes = part(frame, 22, 32);
  const std::vector<std::uint8_t> lengthAndType{0, 0, frame[18], frame[19], 0, 0, 0, frame[20]};
  const std::vector<std::uint8_t> message = part(frame, 54, frame.size() - 54);
  bytes.insert(bytes.end(), lengthAndType.begin(), lengthAndType.end());
  bytes.insert(bytes.end(), message.begin(), message.end());
  unsigned sum = 0;
  for (std::size_t i = bytes.size(); i >= 2; i -= 2) {
    sum += bytes[i - 2] * 256U + bytes[i - 1];
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum == 0xffff;
}

std::string expectedArp(const core::IpAddress& vip, const Mac& mac, ArpForm form) {
  const std::string ip = hex(vip.bytes).substr(0, 8);
  const std::string operation = form == ArpForm::Request ? "0001" : "0002";
  return "ffffffffffff" + hex(mac) + "0806" + "0001080006" + "04" + operation + hex(mac) + ip + "ffffffffffff" + ip;
}

}  // namespace

TEST_CASE("the request form of a gratuitous ARP is keepalived's, byte for byte") {
  CHECK(hex(packet::gratuitousArp(*core::parseAddress("192.0.2.100"), kMac, ArpForm::Request)) == kArp);
}

TEST_CASE("the reply form differs from the request form in the operation alone") {
  std::string expected = kArp;
  expected.replace(2 * 20, 4, "0002");
  CHECK(hex(packet::gratuitousArp(*core::parseAddress("192.0.2.100"), kMac, ArpForm::Reply)) == expected);
}

TEST_CASE("a neighbour advertisement is keepalived's, byte for byte, of a host and of a router") {
  CHECK(hex(packet::unsolicitedNa(*core::parseAddress("2001:db8::100"), kMac, false)) == kNa);
  CHECK(hex(packet::unsolicitedNa(*core::parseAddress("2001:db8::200"), kMac, true)) == kRouterNa);
}

TEST_CASE("every gratuitous ARP names the address and the MAC wherever they belong") {
  std::mt19937 chance(826);
  for (int round = 0; round < 2000; ++round) {
    const auto vip = randomAddress(chance, core::Family::IPv4);
    const Mac mac = randomMac(chance);
    for (const ArpForm form : {ArpForm::Request, ArpForm::Reply}) {
      REQUIRE(hex(packet::gratuitousArp(vip, mac, form)) == expectedArp(vip, mac, form));
    }
  }
}

TEST_CASE("the checksum of every neighbour advertisement holds") {
  std::mt19937 chance(4861);
  for (int round = 0; round < 20000; ++round) {
    const auto vip = randomAddress(chance, core::Family::IPv6);
    const Mac mac = randomMac(chance);
    const bool router = chance() % 2 == 0;
    const auto frame = packet::unsolicitedNa(vip, mac, router);
    INFO(hex(frame));
    REQUIRE(checksumHolds(frame));
    REQUIRE(part(frame, 22, 16) == part(frame, 62, 16));
    REQUIRE(std::equal(vip.bytes.begin(), vip.bytes.end(), frame.begin() + 62));
    REQUIRE(std::equal(mac.begin(), mac.end(), frame.begin() + 6));
    REQUIRE(std::equal(mac.begin(), mac.end(), frame.begin() + 80));
    REQUIRE(frame[58] == (router ? 0xa0 : 0x20));
  }
}
