#include "keepalived/config_route.hpp"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <limits>

namespace guardian::keepalived {
namespace {

using core::VirtualRoute;

template <std::size_t N> bool oneOf(const std::string& word, const char* const (&list)[N]) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

/// With 0x and 0 prefixes.
std::optional<std::uint32_t> number(const std::string& word) {
  char* end = nullptr;
  if (word.empty() || word[0] == '-') return std::nullopt;
  const unsigned long value = std::strtoul(word.c_str(), &end, 0);
  if (*end != '\0' || value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(value);
}

/// RTN_* of a route; the FR_ACT_* of a rule has the same number for those that both may have.
std::optional<std::uint8_t> typeNamed(const std::string& word) {
  constexpr std::pair<const char*, std::uint8_t> kTypes[] = {
      {"unicast", core::kUnicast}, {"blackhole", 6}, {"unreachable", 7}, {"prohibit", 8}, {"throw", 9}};
  for (const auto& [name, type] : kTypes)
    if (word == name) return type;
  return std::nullopt;
}

/// Walks along a line and keeps what both kinds of line have in common.
class Reader {
 public:
  Reader(const Words& words, const RouteNames& names) : words_(words), names_(names) {
    for (const std::string& word : words.words) route.text += (route.text.empty() ? "" : " ") + word;
  }

  bool more() const { return route.understood && at_ < words_.size(); }
  const std::string& next() { return words_[at_++]; }
  /// The word after an option; none: empty, and not understood.
  const std::string& argument() {
    static const std::string kNone;
    if (at_ < words_.size()) return words_[at_++];
    fail();
    return kNone;
  }
  void fail() { route.understood = false; }
  void skipRest() { at_ = words_.size(); }

  template <class T> T take(const std::optional<T>& value) {
    if (!value) fail();
    return value.value_or(T{});
  }
  std::uint8_t takeByte(const std::optional<std::uint32_t>& value) {
    if (!value || *value > 255) fail();
    return static_cast<std::uint8_t>(value.value_or(0));
  }

  core::IpAddress address(const std::string& word) {
    const core::IpAddress parsed = take(core::parseAddress(word));
    if (route.understood) belongTo(parsed.family);
    return parsed;
  }
  core::Prefix prefix(const std::string& word) {
    const std::size_t slash = word.find('/');
    core::Prefix out;
    out.address = address(word.substr(0, slash));
    out.length = core::fullLength(out.address.family);
    if (slash == std::string::npos) return out;
    const auto length = number(word.substr(slash + 1));
    if (!length || *length > out.length) fail();
    out.length = static_cast<std::uint8_t>(length.value_or(0));
    return out;
  }
  void belongTo(core::Family family) {
    if (family_.value_or(family) != family) fail();
    family_ = family;
  }
  /// Options that routes and rules share. False: it is none of them.
  bool common(const std::string& word) {
    if (word == "table" || word == "lookup") {
      route.table = take(names_.tables.find(argument()));
    } else if (word == "metric" || word == "priority" || word == "preference" || word == "order") {
      route.priority = take(number(argument()));
    } else if (word == "tos" || word == "dsfield") {
      const std::string& value = argument();
      if (value.rfind("0x", 0) != 0) fail();  // a name of rt_dsfield
      route.tos = takeByte(number(value));
    } else if (word == "inet" || word == "inet6") {
      belongTo(word == "inet" ? core::Family::IPv4 : core::Family::IPv6);
    } else if (word == "no_track") {
      route.noTrack = true;
    } else if (word == "realms") {
      argument();
      belongTo(core::Family::IPv4);
    } else if (word == "track_group") {
      argument();
    } else {
      return false;
    }
    return true;
  }

  VirtualRoute finish() {
    route.family = family_.value_or(core::Family::IPv4);
    for (core::Prefix* prefix : {&route.to, &route.from})
      if (prefix->length == 0) prefix->address.family = route.family;
    return std::move(route);
  }

  VirtualRoute route;

 private:
  const Words& words_;
  const RouteNames& names_;
  std::size_t at_ = 0;
  std::optional<core::Family> family_;
};

/// How the route is, not which one it is. False: it is none of these.
bool skipQuality(Reader& reader, const std::string& word) {
  static const char* const kLockable[] = {"mtu",  "advmss",   "rtt",     "rttvar",  "reordering", "window",
                                          "cwnd", "ssthresh", "rto_min", "congctl", "hoplimit"};
  static const char* const kOthers[] = {"initcwnd", "initrwnd", "features", "quickack", "pref", "scope"};
  if (oneOf(word, kLockable)) {
    if (reader.argument() == "lock") reader.argument();
    return true;
  }
  if (oneOf(word, kOthers)) reader.argument();
  return oneOf(word, kOthers) || word == "onlink";
}

void readDestination(Reader& reader, std::string word) {
  if (word == "to") word = reader.argument();
  if (const auto type = typeNamed(word)) {
    reader.route.type = *type;
    word = reader.argument();
  }
  if (word == "default6") reader.belongTo(core::Family::IPv6);
  if (word == "default" || word == "default6") return;
  reader.route.to = reader.prefix(word);
}

}  // namespace

NumberNames::NumberNames(std::vector<std::pair<std::string, std::uint32_t>> builtIn, std::string_view file)
    : names_(std::move(builtIn)) {
  while (!file.empty()) {
    const std::size_t end = file.find('\n');
    const Words words = splitClassic(file.substr(0, end));
    file.remove_prefix(end == std::string_view::npos ? file.size() : end + 1);
    if (words.size() != 2) continue;
    if (const auto value = number(words[0])) names_.emplace_back(words[1], *value);
  }
}

std::optional<std::uint32_t> NumberNames::find(const std::string& word) const {
  if (const auto value = number(word)) return value;
  const auto named = std::find_if(names_.begin(), names_.end(), [&](const auto& entry) { return entry.first == word; });
  return named == names_.end() ? std::nullopt : std::optional<std::uint32_t>(named->second);
}

RouteNames::RouteNames(std::string_view tableFile, std::string_view protocolFile)
    : tables({{"default", 253}, {"main", core::kMainTable}, {"local", 255}}, tableFile),
      protocols({{"kernel", 2}, {"boot", 3}, {"static", 4}, {"ra", 9}, {"dhcp", 16}, {"keepalived", 18}},
                protocolFile) {}

VirtualRoute readRoute(const Words& words, const RouteNames& names) {
  Reader reader(words, names);
  VirtualRoute& route = reader.route;
  while (reader.more()) {
    const std::string& word = reader.next();
    if (reader.common(word) || skipQuality(reader, word)) continue;
    if (word == "src") {
      route.preferredSource = reader.address(reader.argument());
    } else if (word == "from") {
      route.from = reader.prefix(reader.argument());
    } else if (word == "via" || word == "gw") {
      route.gateway = reader.address(reader.argument());
    } else if (word == "dev" || word == "oif") {
      route.outInterface = reader.argument();
    } else if (word == "protocol") {
      route.protocol = reader.takeByte(names.protocols.find(reader.argument()));
    } else if (word == "nexthop") {
      route.multipath = true;
      reader.skipRest();
    } else {
      readDestination(reader, word);
    }
  }
  VirtualRoute read = reader.finish();
  // The kernel tells of the ways of an IPv6 route one by one.
  if (read.multipath && read.family == core::Family::IPv6) read.understood = false;
  if (read.table == 0) read.understood = false;
  return read;
}

VirtualRoute readRule(const Words& words, const RouteNames& names) {
  static const char* const kQualities[] = {"suppress_prefixlength",
                                           "sup_pl",
                                           "suppress_ifgroup",
                                           "sup_group",
                                           "tunnel-id",
                                           "uidrange",
                                           "protocol",
                                           "ipproto",
                                           "sport",
                                           "dport"};
  constexpr std::uint8_t kGoto = 2;
  constexpr std::uint8_t kNop = 3;
  Reader reader(words, names);
  VirtualRoute& rule = reader.route;
  rule.kind = core::RouteKind::Rule;
  rule.table = 0;
  while (reader.more()) {
    std::string word = reader.next();
    if (reader.common(word) || word == "not") continue;
    if (word == "from") {
      rule.from = reader.prefix(reader.argument());
    } else if (word == "to") {
      rule.to = reader.prefix(reader.argument());
    } else if (word == "fwmark") {
      const std::string& mark = reader.argument();
      rule.mark = reader.take(number(mark.substr(0, mark.find('/'))));
    } else if (word == "dev" || word == "iif") {
      rule.inInterface = reader.argument();
    } else if (word == "oif") {
      rule.outInterface = reader.argument();
    } else if (oneOf(word, kQualities)) {
      reader.argument();
    } else {
      if (word == "type") word = reader.argument();
      rule.type = word == "goto" ? kGoto : word == "nop" ? kNop : reader.take(typeNamed(word));
      if (word == "goto") reader.argument();
    }
  }
  VirtualRoute read = reader.finish();
  if ((read.type == core::kUnicast) != (read.table != 0)) read.understood = false;
  return read;
}

}  // namespace guardian::keepalived
