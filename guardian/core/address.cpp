#include "guardian/core/address.hpp"
#include "guardian/core/advert.hpp"

#include <algorithm>

namespace guardian::core {
namespace {

bool isDigit(char c) { return c >= '0' && c <= '9'; }

int hexValue(char c) {
  if (isDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Four decimal numbers of one to three digits, no leading zero: "010" is octal to some and ten to others,
/// and inet_pton refuses it.
bool parseQuad(std::string_view text, std::uint8_t* out) {
  std::size_t at = 0;
  for (int part = 0; part < 4; ++part) {
    if (part > 0 && (at >= text.size() || text[at++] != '.')) return false;
    const std::size_t start = at;
    int value = 0;
    while (at < text.size() && isDigit(text[at])) {
      if (at - start == 3) return false;
      value = value * 10 + (text[at++] - '0');
    }
    const std::size_t digits = at - start;
    if (digits == 0 || value > 255 || (digits > 1 && text[start] == '0')) return false;
    out[part] = static_cast<std::uint8_t>(value);
  }
  return at == text.size();
}

std::optional<IpAddress> parseV4(std::string_view text) {
  IpAddress address;
  if (!parseQuad(text, address.bytes.data())) return std::nullopt;
  return address;
}

/// Groups are written front to back into `bytes`; where `::` stood, everything after it is moved to the end.
std::optional<IpAddress> parseV6(std::string_view text) {
  IpAddress address;
  address.family = Family::IPv6;
  std::size_t filled = 0;
  std::optional<std::size_t> gap;
  std::size_t at = 0;
  if (text.substr(0, 2) == "::") {
    gap = 0;
    at = 2;
  } else if (text[0] == ':') {  // there is one somewhere, so it is not empty
    return std::nullopt;
  }

  while (at < text.size()) {
    const std::size_t start = at;
    unsigned value = 0;
    while (at < text.size() && hexValue(text[at]) >= 0) {
      if (at - start == 4) return std::nullopt;
      value = value * 16 + static_cast<unsigned>(hexValue(text[at++]));
    }
    if (at < text.size() && text[at] == '.') {  // an IPv4 tail fills the last four bytes
      if (filled > 12 || !parseQuad(text.substr(start), &address.bytes[filled])) return std::nullopt;
      filled += 4;
      break;
    }
    if (at == start || filled > 14) return std::nullopt;
    address.bytes[filled++] = static_cast<std::uint8_t>(value >> 8);
    address.bytes[filled++] = static_cast<std::uint8_t>(value & 0xff);
    if (at == text.size()) break;
    if (text[at++] != ':') return std::nullopt;
    if (at < text.size() && text[at] == ':') {
      if (gap) return std::nullopt;
      gap = filled;
      ++at;
    } else if (at == text.size()) {
      return std::nullopt;  // a single colon at the end
    }
  }

  if (!gap) return filled == 16 ? std::optional<IpAddress>(address) : std::nullopt;
  if (filled == 16) return std::nullopt;  // `::` stands for at least one group
  const auto from = address.bytes.begin() + static_cast<std::ptrdiff_t>(*gap);
  const auto end = address.bytes.begin() + static_cast<std::ptrdiff_t>(filled);
  std::move_backward(from, end, address.bytes.end());
  std::fill(from, from + static_cast<std::ptrdiff_t>(16 - filled), std::uint8_t{0});
  return address;
}

void appendDecimal(std::string& out, unsigned value) { out += std::to_string(value); }

std::string quad(const std::uint8_t* bytes) {
  std::string out;
  for (int i = 0; i < 4; ++i) {
    if (i > 0) out += '.';
    appendDecimal(out, bytes[i]);
  }
  return out;
}

void appendHex(std::string& out, unsigned group) {
  constexpr char digits[] = "0123456789abcdef";
  bool started = false;
  for (int shift = 12; shift >= 0; shift -= 4) {
    const unsigned nibble = (group >> shift) & 0xf;
    if (nibble != 0 || started || shift == 0) {
      out += digits[nibble];
      started = true;
    }
  }
}

std::string formatV6(const std::array<std::uint8_t, 16>& bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i] << 8) | bytes[2 * i + 1];

  // RFC 5952: the longest run of at least two zero groups is shortened, the first one of several.
  std::size_t bestStart = 8;
  std::size_t bestLength = 1;
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i > bestLength) {
      bestStart = i;
      bestLength = end - i;
    }
    i = end + 1;
  }

  const bool mapped = bestStart == 0 && bestLength == 5 && groups[5] == 0xffff;
  if (mapped) return "::ffff:" + quad(&bytes[12]);
  std::string out;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == bestStart) {
      out += "::";
      i += bestLength - 1;
      continue;
    }
    if (!out.empty() && out.back() != ':') out += ':';
    appendHex(out, groups[i]);
  }
  return out;
}

}  // namespace

bool IpAddress::isLinkLocal() const {
  if (family == Family::IPv4) return bytes[0] == 169 && bytes[1] == 254;
  return bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80;
}

std::optional<IpAddress> parseAddress(std::string_view text) {
  return text.find(':') == std::string_view::npos ? parseV4(text) : parseV6(text);
}

std::string toString(const IpAddress& address) {
  return address.family == Family::IPv4 ? quad(address.bytes.data()) : formatV6(address.bytes);
}

std::string toString(const Mac& mac) {
  constexpr const char* kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t byte : mac) {
    if (!text.empty()) text += ':';
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

bool samePrefix(const IpAddress& a, const IpAddress& b, std::uint8_t length) {
  if (a.family != b.family) return false;
  const std::size_t whole = length / 8;
  if (!std::equal(a.bytes.begin(), a.bytes.begin() + static_cast<std::ptrdiff_t>(whole), b.bytes.begin())) return false;
  const unsigned rest = length % 8;
  if (rest == 0) return true;
  const unsigned mask = (0xff00U >> rest) & 0xffU;
  return ((a.bytes[whole] ^ b.bytes[whole]) & mask) == 0;
}

}  // namespace guardian::core
