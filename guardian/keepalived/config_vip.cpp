// One line of virtual_ipaddress, virtual_ipaddress_excluded or static_ipaddress.
#include <cstdlib>
#include <limits>

#include "keepalived/config_vip.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

// IFA_F_*: kernel ABI; headers older than 4.1 lack the last one.
constexpr std::uint32_t kHome = 0x10;
constexpr std::uint32_t kNoDad = 0x02;
constexpr std::uint32_t kManageTemporary = 0x100;
constexpr std::uint32_t kNoPrefixRoute = 0x200;
constexpr std::uint32_t kAutoJoin = 0x400;

constexpr std::size_t kLongestLabel = 15;

core::IpAddress withHostBits(const core::IpAddress& address, unsigned length, bool ones) {
  core::IpAddress result = address;
  for (unsigned bit = length; bit < 32; ++bit) {
    const auto mask = static_cast<std::uint8_t>(0x80U >> (bit % 8));
    std::uint8_t& byte = result.bytes[bit / 8];
    byte = static_cast<std::uint8_t>(ones ? byte | mask : byte & ~mask);
  }
  return result;
}

bool isZero(const core::IpAddress& address) { return address == core::IpAddress{address.family, {}}; }

}  // namespace

VipLine::VipLine(const Words& words, const Grammar& grammar, const ScopeNames& scopes, bool isStatic)
    : words_(words), grammar_(grammar), scopes_(scopes), isStatic_(isStatic) {}

bool VipLine::read() {
  if (!readAddress()) return false;
  for (at_ = 1; at_ < words_.size();) {
    if (!readOption()) return false;
  }
  finishBroadcast();
  finishIpv6();
  possible = vip.prefixLength <= core::fullLength(vip.address.family);
  if (!possible)
    say(Severity::Error,
        "The prefix length is impossible: keepalived keeps this address, but the kernel never takes it.");
  return true;
}

bool VipLine::drop(const std::string& text) {
  say(Severity::Error, text);
  return false;
}

void VipLine::say(Severity severity, const std::string& text) { findings.emplace_back(severity, text); }

bool VipLine::readAddress() {
  const std::string& word = words_[0];
  const std::size_t slash = word.find('/');
  const bool isIpv6 = word.find(':') != std::string::npos;
  const auto address = core::parseAddress(std::string_view(word).substr(0, slash));
  if (!address || (address->family == core::Family::IPv6) != isIpv6)
    return drop("'" + word + "' is no address; keepalived skips the line.");
  vip.address = *address;
  vip.prefixLength = core::fullLength(address->family);
  if (slash != std::string::npos) readPrefixLength(word.substr(slash + 1));
  return true;
}

void VipLine::readPrefixLength(const std::string& text) {
  if (!grammar_.since(2, 0, 7)) {
    // atoi, cut to eight bits: no look at what follows the digits, none at the range.
    const long number = std::strtol(text.c_str(), nullptr, 10);
    vip.prefixLength = static_cast<std::uint8_t>(static_cast<int>(number));
    return;
  }
  const auto number = readUnsigned(grammar_, text, 0, vip.prefixLength, true);
  if (number) {
    vip.prefixLength = static_cast<std::uint8_t>(*number);
  } else {
    say(Severity::Error, "The prefix length is impossible; keepalived takes " + std::to_string(vip.prefixLength) + ".");
  }
}

/// The argument of the option at at_, on which at_ then stands; null when it is missing.
const std::string* VipLine::argument() {
  if (at_ + 1 >= words_.size()) {
    drop("'" + words_[at_] + "' lacks its argument; keepalived drops this address.");
    return nullptr;
  }
  return &words_[++at_];
}

bool VipLine::readOption() {
  const std::string& option = words_[at_];
  bool good = true;
  if (option == "dev") {
    good = readDevice();
  } else if (option == "scope") {
    good = readScope();
  } else if (option == "broadcast" || option == "brd") {
    return grammar_.since(1, 4, 0) ? readBroadcast() : readClassicBroadcast();
  } else if (option == "label") {
    good = readLabel();
  } else if (!readFlag(option) && !readLaterOption(option, good)) {
    say(Severity::Warning, "keepalived does not know '" + option + "' here and ignores this word.");
  }
  ++at_;
  return good;
}

bool VipLine::readDevice() {
  if (at_ + 1 < words_.size() && !vip.interface.empty())
    return drop("'dev' stands twice on this line; keepalived drops this address.");
  const std::string* name = argument();
  if (name == nullptr) return false;
  vip.interface = *name;
  devices.push_back(*name);
  return true;
}

bool VipLine::readScope() {
  const std::string* word = argument();
  if (word == nullptr) return false;
  const auto scope = scopes_.find(*word);
  if (scope) {
    vip.scope = *scope;
  } else {
    say(Severity::Warning, "keepalived does not know the scope '" + *word + "' and ignores it.");
  }
  return true;
}

/// Before 1.4.0 the loop that sets the host bits reuses the index of the words: reading goes on at the word
/// whose number is the prefix length, which mostly is past the end.
bool VipLine::readClassicBroadcast() {
  const std::size_t keyword = at_;
  const std::string* word = argument();
  if (word == nullptr) return false;
  if (vip.address.family == core::Family::IPv6)
    return drop("An IPv6 address has no broadcast address; keepalived drops it.");
  ++at_;
  if (*word != "+" && *word != "-") return takeBroadcast(*word);
  const unsigned length = vip.prefixLength;
  if (length > 30) return true;
  if (length == 0 || (length <= keyword && ++rounds_ > words_.size()))
    throw Refused{"'" + words_[keyword] + " " + *word + "' with this prefix length never ends: keepalived hangs."};
  vip.broadcast = withHostBits(vip.address, length, *word == "+");
  if (at_ < words_.size() && at_ < length)
    say(Severity::Error, "keepalived ignores everything behind '" + words_[keyword] + " " + *word + "' on this line.");
  at_ = length;
  return true;
}

bool VipLine::readBroadcast() {
  const std::string* word = argument();
  if (word == nullptr) return false;
  if (vip.address.family == core::Family::IPv6)
    return drop("An IPv6 address has no broadcast address; keepalived drops it.");
  ++at_;
  hasBroadcast_ = true;
  if (*word != "+" && *word != "-") return takeBroadcast(*word);
  hostBits_ = *word == "+" ? HostBits::Ones : HostBits::Zeros;
  if (vip.prefixLength == 0 && !grammar_.since(2, 0, 0))  // its loop counts down to zero, unsigned
    throw Refused{"'brd " + *word + "' with this prefix length never ends: keepalived hangs."};
  if (vip.prefixLength == 0 && !grammar_.since(2, 0, 19)) certain = false;  // nobody has tried when that was mended
  return true;
}

bool VipLine::takeBroadcast(const std::string& word) {
  const auto address = core::parseAddress(word);
  if (!address || address->family != core::Family::IPv4)
    return drop("'" + word + "' is no broadcast address; keepalived drops this address.");
  vip.broadcast = *address;
  return true;
}

void VipLine::finishBroadcast() {
  if (hasBroadcast_ && vip.peer) {
    say(Severity::Warning, "A peer and a broadcast address exclude each other; keepalived ignores the latter.");
    vip.broadcast.reset();
  } else if (hostBits_ != HostBits::None && vip.prefixLength <= 30) {
    vip.broadcast = withHostBits(vip.address, vip.prefixLength, hostBits_ == HostBits::Ones);
  } else if (hostBits_ != HostBits::None) {
    say(Severity::Warning, "The prefix is too long for a broadcast address; keepalived sets none.");
  }
  if (vip.broadcast && isZero(*vip.broadcast)) vip.broadcast.reset();
}

bool VipLine::readLabel() {
  const std::string* word = argument();
  if (word == nullptr) return false;
  if (word->size() > kLongestLabel) {
    if (grammar_.since(2, 2, 3)) return drop("The label is longer than 15 characters; keepalived drops this address.");
    say(Severity::Error, "The label is longer than 15 characters; keepalived reads past its end.");
    certain = false;
  }
  if (word->empty()) certain = false;
  vip.label = word->substr(0, kLongestLabel);
  return true;
}

bool VipLine::readFlag(const std::string& option) {
  const struct {
    const char* name;
    std::uint32_t flag;
  } flags[] = {
      {"home", kHome}, {"mngtmpaddr", kManageTemporary}, {"noprefixroute", kNoPrefixRoute}, {"autojoin", kAutoJoin}};
  for (const auto& known : flags) {
    if (option != known.name) continue;
    vip.flags |= known.flag;
    return true;
  }
  if (option != "-nodad") return false;
  wantsDad_ = true;
  return true;
}

/// Options that 1.3.9 does not have. False: not one of this version.
bool VipLine::readLaterOption(const std::string& option, bool& good) {
  const bool early = !grammar_.since(2, 0, 3);
  if (grammar_.since(2, 0, 0) && option == (early ? "no-track" : "no_track")) {
    vip.noTrack = true;
  } else if (grammar_.since(2, 0, 0) && option == "peer") {
    good = readPeer();
  } else if (grammar_.since(2, 0, 20) && option == "preferred_lft") {
    good = readPreferredLifetime();
  } else if (grammar_.since(2, 0, 3) && isStatic_ && option == "track_group") {
    good = argument() != nullptr;
  } else if (grammar_.since(2, 2, 0) && !isStatic_ && option == "use_vmac") {
    usesVmac = true;
  } else {
    return false;
  }
  return true;
}

bool VipLine::readPeer() {
  const bool second = vip.peer.has_value();
  const std::string* word = argument();
  if (word == nullptr) return false;
  if (second) {
    --at_;  // keepalived tries the argument of a second peer as an option
    say(Severity::Warning, "There is a peer already; keepalived ignores this one.");
    return true;
  }
  const auto address = core::parseAddress(*word);
  if (!address || address->family != vip.address.family) {
    say(Severity::Warning, "keepalived does not take '" + *word + "' as a peer and ignores it.");
    return true;
  }
  vip.peer = *address;
  vip.prefixLength = core::fullLength(address->family);
  return true;
}

bool VipLine::readPreferredLifetime() {
  const std::string* word = argument();
  if (word == nullptr) return false;
  constexpr std::uint32_t kForever = std::numeric_limits<std::uint32_t>::max();
  if (*word == "forever") {
    vip.preferredLifetime = kForever;
  } else if (const auto seconds = readUnsigned(grammar_, *word, 0, kForever, true)) {
    vip.preferredLifetime = static_cast<std::uint32_t>(*seconds);
  } else {
    say(Severity::Warning, "keepalived does not take '" + *word + "' as a lifetime and ignores it.");
  }
  return true;
}

void VipLine::finishIpv6() {
  if (vip.address.family == core::Family::IPv4) {
    if (!vip.scope) vip.scope = std::uint8_t{0};
    vip.preferredLifetime.reset();
    return;
  }
  if (vip.scope && *vip.scope != 0) say(Severity::Warning, "IPv6 addresses take no scope; keepalived ignores it.");
  if (!vip.label.empty()) say(Severity::Warning, "IPv6 addresses take no label; keepalived ignores it.");
  vip.scope.reset();
  vip.label.clear();
  vip.flags |= wantsDad_ ? 0 : kNoDad;
  vip.deprecated = vip.preferredLifetime ? *vip.preferredLifetime == 0 : vip.prefixLength == 128;
}

}  // namespace guardian::keepalived
