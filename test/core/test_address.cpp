#include <arpa/inet.h>

#include <cstring>
#include <random>

#include <catch2/catch.hpp>

#include "guardian/core/address.hpp"

using namespace guardian::core;

namespace {

/// What the C library makes of the same text: the judge of ours.
std::optional<IpAddress> byLibc(const std::string& text) {
  IpAddress out;
  if (inet_pton(AF_INET, text.c_str(), out.bytes.data()) == 1) return out;
  out = IpAddress{};
  out.family = Family::IPv6;
  if (inet_pton(AF_INET6, text.c_str(), out.bytes.data()) == 1) return out;
  return std::nullopt;
}

std::string byLibc(const IpAddress& address) {
  char buffer[INET6_ADDRSTRLEN];
  return inet_ntop(address.family == Family::IPv4 ? AF_INET : AF_INET6, address.bytes.data(), buffer, sizeof buffer);
}

}  // namespace

TEST_CASE("addresses are read as the C library reads them") {
  // clang-format off
  const char* texts[] = {"0.0.0.0", "192.0.2.1", "255.255.255.255", "256.0.0.1", "1.2.3", "1.2.3.4.5", "01.2.3.4",
                         "1.2.3.4 ", " 1.2.3.4", "1..3.4", "1.2.3.", "", ".", "::", ":", ":::", "::1", "1::", "1::2",
                         "2001:db8::1", "2001:DB8::a", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::",
                         "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "1:2:3:4:5:6:7", "1::2::3", "12345::", "g::", "1:",
                         ":1", "::ffff:192.0.2.1", "::192.0.2.1", "1:2:3:4:5:6:192.0.2.1", "1:2:3:4:5:6:7:192.0.2.1",
                         "::192.0.2", "::192.0.2.1:1", "fe80::1%eth0", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8",
                         "192.0.2.1::", "::00.0.2.1", "::1.2.3.256", "0000::0000", "00000::"};
  // clang-format on
  for (const char* text : texts) {
    INFO("text: \"" << text << '"');
    CHECK(parseAddress(text) == byLibc(text));
  }
}

TEST_CASE("random texts over the alphabet of addresses are read as the C library reads them") {
  std::mt19937 random(4711);
  const std::string alphabet = "0123456789abcdef:::...";
  for (int round = 0; round < 200000; ++round) {
    std::string text(random() % 24, ' ');
    for (char& c : text) c = alphabet[random() % alphabet.size()];
    INFO("text: \"" << text << '"');
    REQUIRE(parseAddress(text) == byLibc(text));
  }
}

TEST_CASE("random addresses are written as the C library writes them and read back to themselves") {
  std::mt19937 random(42);
  for (int round = 0; round < 20000; ++round) {
    IpAddress address;
    if (round % 2 == 1) address.family = Family::IPv6;
    // Many zero bytes, so that runs of zero groups of every length and place occur.
    for (std::size_t i = 0; i < address.size(); ++i)
      address.bytes[i] = random() % 3 == 0 ? static_cast<std::uint8_t>(random()) : std::uint8_t{0};
    const std::string text = toString(address);
    INFO(text);
    // glibc writes ::1.2.3.4 for the long-deprecated compatible form; ip(8) and RFC 5952 agree on hex there.
    const std::string judge = byLibc(address);
    if (address.family == Family::IPv4 || judge.find('.') == std::string::npos ||
        judge.find("ffff:") != std::string::npos)
      REQUIRE(text == judge);
    REQUIRE(parseAddress(text) == address);
  }
}

TEST_CASE("two addresses share a prefix exactly when their first bits agree") {
  std::mt19937 random(7);
  const auto bit = [](const IpAddress& a, std::size_t n) { return (a.bytes[n / 8] >> (7 - n % 8)) & 1; };
  for (int round = 0; round < 5000; ++round) {
    IpAddress a;
    a.family = round % 2 ? Family::IPv6 : Family::IPv4;
    for (std::size_t i = 0; i < a.size(); ++i) a.bytes[i] = static_cast<std::uint8_t>(random());
    IpAddress b = a;
    const std::size_t flipped = random() % (a.size() * 8);
    b.bytes[flipped / 8] = static_cast<std::uint8_t>(b.bytes[flipped / 8] ^ (0x80 >> (flipped % 8)));
    REQUIRE(bit(a, flipped) != bit(b, flipped));
    for (std::uint8_t length = 0; length <= fullLength(a.family); ++length)
      REQUIRE(samePrefix(a, b, length) == (length <= flipped));
  }
  CHECK_FALSE(samePrefix(*parseAddress("::"), *parseAddress("0.0.0.0"), 0));
}

TEST_CASE("link-local addresses are told from others") {
  CHECK(parseAddress("fe80::1")->isLinkLocal());
  CHECK(parseAddress("febf::1")->isLinkLocal());
  CHECK_FALSE(parseAddress("fec0::1")->isLinkLocal());
  CHECK(parseAddress("169.254.1.1")->isLinkLocal());
  CHECK_FALSE(parseAddress("169.255.1.1")->isLinkLocal());
}

TEST_CASE("IPv4 addresses in IPv6 clothes are written as the C library writes them") {
  for (const char* text : {"::ffff:192.0.2.1", "::ffff:0:0", "::ffff:0:1", "::fffe:c000:201", "0:0:0:0:1:ffff:c000:201",
                           "1::ffff:c000:201", "::1:ffff:c000:201"}) {
    const std::optional<IpAddress> address = parseAddress(text);
    REQUIRE(address);
    CHECK(toString(*address) == byLibc(*address));
  }
}
