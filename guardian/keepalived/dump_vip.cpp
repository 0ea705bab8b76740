#include "keepalived/dump_vip.hpp"

#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace guardian::keepalived {
namespace {

constexpr std::uint32_t kNoDad = 0x02;

bool endsWith(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

std::string_view takeWord(std::string_view& line) {
  const std::size_t end = line.find(' ');
  const std::string_view word = line.substr(0, end);
  line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
  return word;
}

bool takeIf(std::string_view& line, std::string_view word) {
  if (line.substr(0, word.size()) != word || line.size() <= word.size() || line[word.size()] != ' ') return false;
  line.remove_prefix(word.size() + 1);
  return true;
}

/// Cuts " word" off the end.
bool takeEnd(std::string_view& line, std::string_view word) {
  if (line == word) {
    line = {};
    return true;
  }
  if (!endsWith(line, word) || line[line.size() - word.size() - 1] != ' ') return false;
  line.remove_suffix(word.size() + 1);
  return true;
}

/// Cuts " name VALUE" off the end.
std::optional<std::string> takeEndPair(std::string_view& line, std::string_view name) {
  const std::size_t value = line.rfind(' ');
  if (value == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(0, value);
  if (!takeEnd(rest, name)) return std::nullopt;
  std::string result(line.substr(value + 1));
  line = rest;
  return result;
}

bool readLength(std::string_view text, std::uint8_t& length) {
  int number = 0;
  if (text.empty() || text.size() > 3) return false;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + (c - '0');
  }
  if (number > 255) return false;
  length = static_cast<std::uint8_t>(number);
  return true;
}

core::IpAddress broadcastOf(const core::IpAddress& address, unsigned length) {
  core::IpAddress result = address;
  for (unsigned bit = length; bit < 32; ++bit)
    result.bytes[bit / 8] = static_cast<std::uint8_t>(result.bytes[bit / 8] | (0x80U >> (bit % 8)));
  return result;
}

/// 1.3 and 1.4 print into a buffer that is one byte short for ` brd ` and fifteen characters: of
/// 192.168.100.255 the last digit is lost. What was meant can be told only when it is the usual one.
void readBroadcast(std::string_view text, DumpAge age, DumpVip& result) {
  constexpr std::size_t kCutLength = 14;
  const core::IpAddress usual = broadcastOf(result.vip.address, result.vip.prefixLength);
  const std::optional<core::IpAddress> exact = core::parseAddress(text);
  if (age == DumpAge::Since2 || text.size() < kCutLength) {
    result.vip.broadcast = exact;
    result.certain = result.certain && exact.has_value();
    return;
  }
  const std::string usualText = core::toString(usual);
  if (usualText == text || (usualText.size() == kCutLength + 1 && usualText.compare(0, kCutLength, text) == 0)) {
    result.vip.broadcast = usual;
  } else {
    result.certain = false;
  }
}

void readLaterWords(std::string_view& line, core::Vip& vip) {
  const struct {
    const char* word;
    std::uint32_t flag;
  } flags[] = {{"home", 0x10}, {"mngtmpaddr", 0x100}, {"noprefixroute", 0x200}, {"autojoin", 0x400}};
  if (vip.address.family == core::Family::IPv6) vip.flags |= kNoDad;
  for (bool found = true; found;) {
    found = takeEnd(line, "nftable_set") || takeEnd(line, "iptable_set") || takeEnd(line, "set");
    if (takeEnd(line, "no_track") || takeEnd(line, "no-track")) found = vip.noTrack = true;
    if (takeEnd(line, "use_vmac")) found = true;
    if (takeEnd(line, "deprecated")) {
      vip.preferredLifetime = 0;
      found = true;
    }
    if (const auto lifetime = takeEndPair(line, "preferred_lft")) {
      vip.preferredLifetime = *lifetime == "forever"
                                  ? std::numeric_limits<std::uint32_t>::max()
                                  : static_cast<std::uint32_t>(std::strtoul(lifetime->c_str(), nullptr, 10));
      found = true;
    }
    if (takeEndPair(line, "track_group")) found = true;
    if (const auto peer = takeEndPair(line, "peer")) {
      vip.peer = core::parseAddress(std::string_view(*peer).substr(0, peer->find('/')));
      found = true;
    }
    if (takeEnd(line, "-nodad")) {
      vip.flags &= ~kNoDad;
      found = true;
    }
    for (const auto& known : flags) {
      if (!takeEnd(line, known.word)) continue;
      vip.flags |= known.flag;
      found = true;
    }
  }
}

}  // namespace

std::optional<DumpVip> readDumpVip(std::string_view line, DumpAge age, const ScopeNames& scopes) {
  DumpVip result;
  core::Vip& vip = result.vip;
  const std::string_view first = takeWord(line);
  const std::size_t slash = first.find('/');
  const auto address = core::parseAddress(first.substr(0, slash));
  if (!address) return std::nullopt;
  vip.address = *address;
  vip.prefixLength = core::fullLength(address->family);
  if (slash != std::string_view::npos && !readLength(first.substr(slash + 1), vip.prefixLength)) return std::nullopt;
  result.possible = vip.prefixLength <= core::fullLength(address->family);
  if (takeIf(line, "brd")) {
    const std::string_view broadcast = takeWord(line);
    if (result.possible) readBroadcast(broadcast, age, result);
  }
  if (!takeIf(line, "dev")) return std::nullopt;
  const std::string_view device = takeWord(line);
  vip.interface = std::string(device.substr(0, age == DumpAge::Since2 ? device.find('@') : std::string_view::npos));
  if (vip.interface.empty() || endsWith(device, "@NOWHERE")) result.certain = false;
  if (age == DumpAge::Since2) takeIf(line, "use_vmac");
  if (takeIf(line, "scope")) {
    const auto scope = scopes.find(std::string(takeWord(line)));
    if (address->family == core::Family::IPv4) vip.scope = scope;
    if (!scope) result.certain = false;
  }
  if (age == DumpAge::Since2) readLaterWords(line, vip);
  if (takeIf(line, "label")) {
    vip.label = std::string(line);  // may contain blanks: the rest of the line
  } else if (!line.empty()) {
    result.certain = false;  // `label autojoin`, say: the label was taken for a flag
  }
  if (address->family == core::Family::IPv6)
    vip.deprecated = vip.preferredLifetime ? *vip.preferredLifetime == 0 : vip.prefixLength == 128;
  return result;
}

}  // namespace guardian::keepalived
