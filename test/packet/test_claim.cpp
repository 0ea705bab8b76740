#include <catch2/catch.hpp>

#include <random>
#include <vector>

#include "packet/claim.hpp"
#include "packet/frames.hpp"

using namespace guardian;
using core::Mac;

namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr Mac kMac{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};
const core::IpAddress kVip = *core::parseAddress("192.0.2.100");
const core::IpAddress kVip6 = *core::parseAddress("2001:db8::100");

/// What a socket is shown: without the Ethernet header, and of an advertisement without the IP header.
template <class Frame> Bytes behind(const Frame& frame, std::size_t header) {
  return Bytes(frame.begin() + static_cast<std::ptrdiff_t>(header), frame.end());
}
Bytes arp(packet::ArpForm form = packet::ArpForm::Request) {
  return behind(packet::gratuitousArp(kVip, kMac, form), 14);
}
Bytes neighbour() { return behind(packet::unsolicitedNa(kVip6, kMac, false), 54); }

std::optional<core::Claim> readArp(const Bytes& bytes) { return packet::parseArp(bytes.data(), bytes.size()); }
std::optional<core::Claim> readNeighbour(const Bytes& bytes, int hops = 255) {
  return packet::parseNeighbourAdvertisement(bytes.data(), bytes.size(), hops);
}
Bytes with(Bytes bytes, std::size_t at, int value) {
  bytes[at] = static_cast<std::uint8_t>(value);
  return bytes;
}

}  // namespace

TEST_CASE("our own announcements are claims, in both forms of ARP and in IPv6") {
  for (const auto form : {packet::ArpForm::Request, packet::ArpForm::Reply}) {
    const auto claim = readArp(arp(form));
    REQUIRE(claim);
    CHECK(claim->address == kVip);
    CHECK(claim->mac == kMac);
  }
  const auto claim = readNeighbour(neighbour());
  REQUIRE(claim);
  CHECK(claim->address == kVip6);
  CHECK(claim->mac == kMac);
  CHECK(core::toString(claim->mac) == "02:00:5e:10:20:30");
}

TEST_CASE("whoever asks from an address claims it; who asks from none claims nothing") {
  Bytes question = arp();
  std::copy_n(core::parseAddress("192.0.2.1")->bytes.begin(), 4, question.begin() + 24);
  REQUIRE(readArp(question));
  CHECK(readArp(question)->address == kVip);
  Bytes probe = question;
  std::fill_n(probe.begin() + 14, 4, std::uint8_t{0});
  CHECK_FALSE(readArp(probe));
}

TEST_CASE("what nobody would learn from is no claim") {
  CHECK_FALSE(readArp(with(arp(), 1, 6)));  // not Ethernet
  CHECK_FALSE(readArp(with(arp(), 2, 0x86)));
  CHECK_FALSE(readArp(with(arp(), 4, 8)));
  CHECK_FALSE(readArp(with(arp(), 7, 3)));  // reverse ARP
  CHECK_FALSE(readArp(with(arp(), 7, 0)));
  CHECK_FALSE(readNeighbour(neighbour(), 254));
  CHECK_FALSE(readNeighbour(with(neighbour(), 0, 135)));
  CHECK_FALSE(readNeighbour(with(neighbour(), 1, 1)));
  CHECK_FALSE(readNeighbour(with(neighbour(), 24, 1)));  // the sender's own link-layer address is of no use here
  CHECK_FALSE(readNeighbour(with(neighbour(), 25, 0)));  // an option without an end
  CHECK_FALSE(readNeighbour(with(neighbour(), 25, 2)));  // one that ends behind the packet
}

TEST_CASE("the link-layer address is found behind other options") {
  Bytes bytes = neighbour();
  const Bytes other{14, 1, 0, 0, 0, 0, 0, 0};
  bytes.insert(bytes.begin() + 24, other.begin(), other.end());
  REQUIRE(readNeighbour(bytes));
  CHECK(readNeighbour(bytes)->mac == kMac);
}

TEST_CASE("no cut-off or garbled frame is read beyond its end") {
  for (std::size_t length = 0; length < 28; ++length) {
    const Bytes cut = behind(arp(), 0);
    CHECK_FALSE(readArp(Bytes(cut.begin(), cut.begin() + static_cast<std::ptrdiff_t>(length))));
  }
  for (std::size_t length = 0; length < 32; ++length) {
    const Bytes whole = neighbour();
    CHECK_FALSE(readNeighbour(Bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length))));
  }
  std::mt19937 random(7);  // NOLINT: the same each time
  for (int i = 0; i < 20000; ++i) {
    Bytes bytes = neighbour();
    bytes.resize(random() % 64);
    for (std::uint8_t& byte : bytes)
      if (random() % 4 == 0) byte = static_cast<std::uint8_t>(random());
    (void)readArp(bytes);
    (void)readNeighbour(bytes);
  }
}
