#include <catch2/catch.hpp>

#include <cstring>
#include <random>
#include <vector>

#include "packet/advert.hpp"

using namespace guardian;
using core::Family;

namespace {

using Bytes = std::vector<std::uint8_t>;

std::uint16_t onesComplement(const Bytes& bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8) + (i + 1 < bytes.size() ? bytes[i + 1] : 0U);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

void put(Bytes& bytes, std::initializer_list<int> values) {
  for (const int value : values) bytes.push_back(static_cast<std::uint8_t>(value));
}

Bytes pseudoHeader(const core::IpAddress& from, const core::IpAddress& to, std::size_t length) {
  Bytes out(from.bytes.begin(), from.bytes.begin() + static_cast<std::ptrdiff_t>(from.size()));
  out.insert(out.end(), to.bytes.begin(), to.bytes.begin() + static_cast<std::ptrdiff_t>(to.size()));
  put(out, {0, 0, static_cast<int>(length >> 8), static_cast<int>(length & 0xff), 0, 0, 0, 112});
  return out;
}

const core::IpAddress kFrom = *core::parseAddress("192.0.2.11");
const core::IpAddress kTo = *core::parseAddress("224.0.0.18");
const core::IpAddress kFrom6 = *core::parseAddress("fe80::11");
const core::IpAddress kTo6 = *core::parseAddress("ff02::12");

/// As keepalived sends it: VRID 51, priority 150, two addresses, authentication data at the end.
Bytes v2() {
  Bytes out;
  put(out, {0x21, 51, 150, 2, 0, 1, 0, 0, 192, 0, 2, 100, 192, 0, 2, 101, 0, 0, 0, 0, 0, 0, 0, 0});
  const std::uint16_t sum = onesComplement(out);
  out[6] = static_cast<std::uint8_t>(sum >> 8);
  out[7] = static_cast<std::uint8_t>(sum);
  return out;
}

Bytes v3(const core::IpAddress& from, const core::IpAddress& to, bool pseudo = true) {
  Bytes out;
  put(out, {0x31, 61, 100, 1, 0, 100, 0, 0});
  out.insert(out.end(), from.bytes.begin(), from.bytes.begin() + static_cast<std::ptrdiff_t>(from.size()));
  Bytes covered = pseudo ? pseudoHeader(from, to, out.size()) : Bytes{};
  covered.insert(covered.end(), out.begin(), out.end());
  const std::uint16_t sum = onesComplement(covered);
  out[6] = static_cast<std::uint8_t>(sum >> 8);
  out[7] = static_cast<std::uint8_t>(sum);
  return out;
}

Bytes ipv4(const Bytes& payload, int protocol = 112) {
  const std::size_t total = 20 + payload.size();
  Bytes out;
  put(out, {0x45,
            0xc0,
            static_cast<int>(total >> 8),
            static_cast<int>(total & 0xff),
            0,
            1,
            0,
            0,
            255,
            protocol,
            0,
            0,
            192,
            0,
            2,
            11,
            224,
            0,
            0,
            18});
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

Bytes ipv6(const Bytes& payload) {
  Bytes out;
  put(out, {0x60, 0, 0, 0, static_cast<int>(payload.size() >> 8), static_cast<int>(payload.size() & 0xff), 112, 255});
  out.insert(out.end(), kFrom6.bytes.begin(), kFrom6.bytes.end());
  out.insert(out.end(), kTo6.bytes.begin(), kTo6.bytes.end());
  out.insert(out.end(), payload.begin(), payload.end());
  return out;
}

/// From a heap copy of exactly this length, so that a read past the end is seen by the sanitizer.
std::optional<core::Advert> parse(const Bytes& packet, std::size_t length) {
  const Bytes exact(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(length));
  return packet::parseIpPacket(exact.data(), exact.size());
}

std::optional<core::Advert> parse(const Bytes& packet) { return parse(packet, packet.size()); }

}  // namespace

TEST_CASE("a version 2 advert says who claims which virtual router") {
  const auto advert = parse(ipv4(v2()));
  REQUIRE(advert);
  CHECK(advert->vrid == 51);
  CHECK(advert->priority == 150);
  CHECK(advert->family == Family::IPv4);
  CHECK(advert->source == kFrom);
}

TEST_CASE("version 3 is read in both families, for IPv4 with and without the pseudo-header in its checksum") {
  CHECK(parse(ipv4(v3(kFrom, kTo))));
  CHECK(parse(ipv4(v3(kFrom, kTo, false))));
  const auto advert = parse(ipv6(v3(kFrom6, kTo6)));
  REQUIRE(advert);
  CHECK(advert->vrid == 61);
  CHECK(advert->source == kFrom6);
  CHECK_FALSE(parse(ipv6(v3(kFrom6, kTo6, false))));
}

TEST_CASE("an advert behind an authentication header is read like one without") {
  Bytes payload;
  put(payload, {112, 4, 0, 0, 0, 0, 0, 51, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const Bytes advert = v2();
  payload.insert(payload.end(), advert.begin(), advert.end());
  CHECK(parse(ipv4(payload, 51)));
  payload[1] = 200;
  CHECK_FALSE(parse(ipv4(payload, 51)));
}

TEST_CASE("no shorter packet is an advert, and none is read past its end") {
  for (const Bytes& packet : {ipv4(v2()), ipv4(v3(kFrom, kTo)), ipv6(v3(kFrom6, kTo6))})
    for (std::size_t length = 0; length < packet.size(); ++length) CHECK_FALSE(parse(packet, length));
}

TEST_CASE("what a receiver drops for its form proves nothing") {
  struct Row {
    const char* about;
    std::size_t at;
    int value;
  };
  const Row rows[] = {{"other type", 20, 0x22},     {"version 1", 20, 0x11},     {"VRID 0", 21, 0},
                      {"wrong checksum", 26, 0xab}, {"more addresses", 23, 9},   {"other protocol", 9, 17},
                      {"a fragment", 7, 1},         {"more fragments", 6, 0x20}, {"header too short", 0, 0x44}};
  for (const Row& row : rows) {
    Bytes packet = ipv4(v2());
    packet[row.at] = static_cast<std::uint8_t>(row.value);
    INFO(row.about);
    CHECK_FALSE(parse(packet));
  }
}

TEST_CASE("random bytes are never an advert that changes a bit of a real one") {
  std::mt19937 random(11);
  const Bytes real = ipv4(v2());
  for (int round = 0; round < 20000; ++round) {
    Bytes packet = real;
    const std::size_t at = 20 + random() % (packet.size() - 20);
    packet[at] = static_cast<std::uint8_t>(packet[at] ^ (1U << (random() % 8)));
    REQUIRE_FALSE(parse(packet));  // a single flipped bit never survives the checksum
  }
  for (int round = 0; round < 20000; ++round) {
    Bytes packet(random() % 80);
    for (auto& byte : packet) byte = static_cast<std::uint8_t>(random());
    static_cast<void>(parse(packet));
  }
}
