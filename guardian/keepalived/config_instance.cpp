// Keywords of vrrp_instance.
#include <algorithm>
#include <cstdlib>

#include "keepalived/config_builder.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

constexpr unsigned long kMostSeconds = 1000000;
constexpr std::size_t kLongestInterfaceName = 15;

std::string inLowerCase(std::string word) {
  for (char& c : word) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return word;
}

bool looksLikeMac(const std::string& word) { return word.find(':') != std::string::npos; }

}  // namespace

void Builder::instance(const Words& words) {
  if (words.size() != 2) {
    problem(Severity::Error, "A vrrp_instance needs exactly one name; keepalived skips the block.");
    skipInstance();
    return;
  }
  for (const Draft& other : drafts_) {
    if (other.instance.name != words[1]) continue;
    problem(Severity::Error, "There is a vrrp_instance '" + words[1] + "' already; keepalived skips this one.");
    skipInstance();
    return;
  }
  Draft draft;
  draft.instance.name = words[1];
  draft.instance.announce = announce_;
  draft.file = parser_.file();
  draft.line = parser_.line();
  drafts_.push_back(std::move(draft));
}

void Builder::skipInstance() {
  parser_.skipBlock(braceSeen);
  if (!parser_.inForeignText()) return;
  problem(Severity::Error,
          "Behind the skipped block this keepalived goes on reading instance keywords: what follows changes the "
          "instance before it.");
  if (!drafts_.empty()) doubt(drafts_.back());
}

void Builder::instanceEnd() {
  // A skipped block that only the file's end closes. From 2.2 on the list's head is taken for an instance, and survives
  // it.
  if (drafts_.empty() && parser_.grammar().since(2, 2, 0)) {
    problem(Severity::Error, "A skipped instance ends with the file; keepalived may crash over that.");
    return;
  }
  Draft& d = draft();
  // 2.1 uses no VMAC with unicast, later versions need a base interface for it.
  const bool never =
      parser_.grammar().since(2, 1, 0) && !parser_.grammar().since(2, 2, 0) && !d.instance.unicastPeers.empty();
  const bool baseless = parser_.grammar().since(2, 2, 0) && d.hasUnicastPeers && d.instance.interface.empty();
  if ((never || baseless) && (d.usesMacvlan || d.usesIpvlan)) {
    problem(Severity::Warning, "keepalived uses no VMAC together with unicast here.");
    d.usesMacvlan = d.usesIpvlan = false;
    d.instance.vmac.clear();
  }
}

void Builder::interface(const Words& words) {
  Draft& d = draft();
  const std::string& name = parser_.need(words, 1);
  d.instance.interface.clear();
  if (name == "lo") {
    problem(Severity::Error, "keepalived takes no loopback interface and ignores the line.");
    return;
  }
  if (exists(name) || (dynamicInterfaces_ && name.size() <= kLongestInterfaceName)) {
    d.instance.interface = name;
    return;
  }
  if (parser_.grammar().dynamicInterfaces() && name.size() > kLongestInterfaceName) {
    problem(Severity::Error, "'" + name + "' is too long for an interface; keepalived ignores the line.");
    return;
  }
  missingInterface(name);
}

void Builder::missingInterface(const std::string& name) {
  if (parser_.grammar().dynamicInterfaces()) hasMissingInterface_ = true;
  problem(Severity::Error, "Interface '" + name + "' does not exist; keepalived ignores the line or ends with it.");
}

bool Builder::takeFamily(Draft& d, core::Family family) {
  if (!d.hasFamily) {
    d.hasFamily = true;
    d.instance.family = family;
  }
  return d.instance.family == family;
}

void Builder::state(const Words& words) {
  Draft& d = draft();
  const std::string& word = parser_.need(words, 1);
  if (word == "MASTER") {
    d.startsAsMaster = true;
  } else if (word != "BACKUP") {
    problem(Severity::Warning, "keepalived knows no state '" + word + "' and takes BACKUP.");
    if (parser_.grammar().since(2, 0, 0)) d.startsAsMaster = false;
  }
}

void Builder::vrid(const Words& words) {
  Draft& d = draft();
  const auto number = readUnsigned(parser_.grammar(), parser_.need(words, 1), 1, 255, false);
  if (number) {
    d.instance.vrid = static_cast<std::uint8_t>(*number);
  } else {
    problem(Severity::Error, "virtual_router_id must be 1 to 255; keepalived ignores the line.");
  }
}

void Builder::priority(const Words& words) {
  Draft& d = draft();
  const auto number = readUnsigned(parser_.grammar(), parser_.need(words, 1), 1, 255, false);
  if (!number) problem(Severity::Warning, "priority must be 1 to 255; keepalived takes 100.");
  d.instance.priority = number ? static_cast<int>(*number) : 100;
  d.hasPriority = true;
}

void Builder::advertInterval(const Words& words) {
  Draft& d = draft();
  const double seconds = std::strtod(parser_.need(words, 1).c_str(), nullptr);
  // A signed int of microseconds ends at 2147 s; later versions end at 255 s.
  const double most = parser_.grammar().since(2, 0, 7) ? 255.0 : 2147.0;
  const double least = parser_.grammar().since(2, 0, 7) ? 0.01 : 0.000001;
  if (seconds >= least && seconds <= most) {
    d.advertInterval = std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1000000));
  } else {
    problem(Severity::Warning, "This advert_int is out of range; keepalived ignores the line.");
  }
}

void Builder::version(const Words& words) {
  Draft& d = draft();
  const auto number = readUnsigned(parser_.grammar(), parser_.need(words, 1), 2, 3, true);
  if (!number) {
    problem(Severity::Warning, "version must be 2 or 3; keepalived ignores the line.");
    return;
  }
  const int wanted = static_cast<int>(*number);
  const bool isIpv6 = d.hasFamily && d.instance.family == core::Family::IPv6;
  if ((d.hasVersion && d.instance.vrrpVersion != wanted) || (wanted == 2 && isIpv6)) {
    problem(Severity::Warning, "This version contradicts what was said before; keepalived ignores the line.");
    return;
  }
  d.instance.vrrpVersion = wanted;
  d.hasVersion = true;
}

void Builder::nativeIpv6(const Words&) {
  Draft& d = draft();
  if (d.hasFamily && d.instance.family == core::Family::IPv4) {
    problem(Severity::Warning, "native_ipv6 contradicts the IPv4 addresses before it; keepalived ignores the line.");
    return;
  }
  d.hasFamily = true;
  d.instance.family = core::Family::IPv6;
  d.instance.vrrpVersion = 3;
  d.hasVersion = true;
}

void Builder::sourceAddress(const Words& words) {
  Draft& d = draft();
  const auto address = core::parseAddress(addressPart(parser_.need(words, 1)));
  if (!address) {
    problem(Severity::Warning, "'" + words[1] + "' is no address; keepalived ignores the line.");
    return;
  }
  d.hasSourceAddress = takeFamily(d, address->family);
  if (!d.hasSourceAddress)
    problem(Severity::Warning, "The source address is not of the instance's family; keepalived ignores the line.");
}

std::string Builder::addressPart(const std::string& word) {
  // inet_stosockaddr cuts a prefix length and a range off before it reads the address.
  return word.substr(0, word.find_first_of("/-"));
}

void Builder::unicastPeers(const Words& words) {
  Draft& d = draft();
  parser_.valueBlock(words, [this, &d](const Words& item) {
    const auto address = core::parseAddress(addressPart(item[0]));
    if (!address) {
      problem(Severity::Warning, "'" + item[0] + "' is no address; keepalived skips this peer.");
    } else if (!takeFamily(d, address->family)) {
      problem(Severity::Warning, "The peer is not of the instance's family; keepalived skips it.");
    } else {
      d.instance.unicastPeers.push_back(*address);
    }
  });
  d.hasUnicastPeers = true;
}

void Builder::virtualAddresses(const Words& words) {
  draft();
  const std::size_t index = drafts_.size() - 1;
  parser_.valueBlock(words, [this, index](const Words& item) {
    // Indexed anew for every line: an included file may have added instances in between.
    Draft& d = index + 1 == drafts_.size() ? drafts_[index] : draft();
    auto vip = readVip(item, false);
    if (!vip) return;
    if (!takeFamily(d, vip->vip.address.family)) {
      problem(Severity::Error,
              "This address is not of the instance's family; keepalived drops it (virtual_ipaddress_excluded takes "
              "both).");
      return;
    }
    if (!isDuplicate(d, *vip, false)) d.vips.push_back(std::move(*vip));
  });
}

/// Since 2.3.3 an address counts once, whatever its prefix length; beside an excluded one, once an interface.
bool Builder::isDuplicate(const Draft& d, const DraftVip& vip, bool excluded) {
  if (!parser_.grammar().since(2, 3, 3)) return false;
  const auto same = [&](const DraftVip& other) { return other.vip.address == vip.vip.address; };
  const auto sameThere = [&](const DraftVip& other) { return same(other) && other.vip.interface == vip.vip.interface; };
  const bool found = (excluded ? std::any_of(d.vips.begin(), d.vips.end(), sameThere)
                               : std::any_of(d.vips.begin(), d.vips.end(), same)) ||
                     std::any_of(d.excluded.begin(), d.excluded.end(), sameThere);
  if (found) problem(Severity::Error, "The instance has this address already; keepalived ignores the line.");
  return found;
}

void Builder::excludedAddresses(const Words& words) {
  draft();
  parser_.valueBlock(words, [this](const Words& item) {
    auto vip = readVip(item, false);
    if (vip && !isDuplicate(draft(), *vip, true)) draft().excluded.push_back(std::move(*vip));
  });
}

void Builder::virtualRoutes(const Words& words) {
  core::Instance& instance = draft().instance;
  routeBlock(words, [&](const Words& item) {
    ++instance.virtualRoutes;
    instance.routes.push_back(readRoute(item, routeNames_));
  });
}

void Builder::virtualRules(const Words& words) {
  core::Instance& instance = draft().instance;
  routeBlock(words, [&](const Words& item) {
    ++instance.virtualRules;
    instance.routes.push_back(readRule(item, routeNames_));
  });
}

void Builder::useVmac(const Words& words) {
  Draft& d = draft();
  d.usesMacvlan = true;
  if (!parser_.grammar().since(2, 0, 0)) {
    if (!words.has(1)) return;
    if (parser_.grammar().since(1, 4, 2) && words[1].size() > kLongestInterfaceName) {
      problem(Severity::Warning, "keepalived does not take '" + words[1] + "' as the name of the VMAC.");
      return;
    }
    d.instance.vmac = words[1].substr(0, kLongestInterfaceName);
    dropTakenName(d);
    return;
  }
  const std::size_t most = parser_.grammar().since(2, 2, 0) ? 2 : 1;
  for (std::size_t i = 1; i < words.size() && i <= most; ++i) {
    if (most == 1 || !looksLikeMac(words[i])) {
      nameVmac(d, words[i]);
    } else {
      d.mac = inLowerCase(words[i]);
    }
  }
}

/// A name that an interface of another kind has is not taken.
void Builder::dropTakenName(Draft& d) {
  if (!options_.interfaces || options_.interfaces->count(d.instance.vmac) == 0) return;
  problem(Severity::Warning, "There is an interface '" + d.instance.vmac + "'; keepalived chooses another name.");
  d.instance.vmac.clear();
}

/// What the kernel allows.
bool Builder::isInterfaceName(const std::string& name) {
  return !name.empty() && name.size() <= kLongestInterfaceName && name != "." && name != ".." &&
         name.find_first_of("/: \t\n\v\f\r") == std::string::npos;
}

void Builder::nameVmac(Draft& d, const std::string& name) {
  const bool renames = !parser_.grammar().since(2, 2, 0);
  if ((!d.instance.vmac.empty() && !renames) || !isInterfaceName(name)) {
    problem(Severity::Warning, "keepalived does not take '" + name + "' as the name of the VMAC.");
    return;
  }
  for (const Draft& other : drafts_) {
    if (renames || other.instance.vmac != name) continue;
    problem(Severity::Warning, "Instance '" + other.instance.name + "' uses the name '" + name +
                                   "' already; keepalived chooses another one.");
    return;
  }
  d.instance.vmac = name;
  dropTakenName(d);
}

void Builder::useIpvlan(const Words& words) {
  Draft& d = draft();
  if (d.usesIpvlan) {
    problem(Severity::Warning, "use_ipvlan was said before; keepalived ignores the line.");
    return;
  }
  d.usesIpvlan = true;
  for (std::size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "bridge" || words[i] == "private" || words[i] == "vepa") continue;
    if (const auto address = core::parseAddress(addressPart(words[i]))) {
      if (takeFamily(d, address->family)) d.hasSourceAddress = true;
      continue;
    }
    nameVmac(d, words[i]);
  }
}

void Builder::transmitOnBase(const Words&) { draft().transmitsOnBase = true; }

void Builder::useVmacForAddresses(const Words&) { draft().vmacForAddresses = true; }

void Builder::nopreempt(const Words&) { draft().instance.nopreempt = true; }

void Builder::preempt(const Words&) { draft().instance.nopreempt = false; }

void Builder::strictMode(const Words& words) {
  Draft& d = draft();
  const std::string word = words.has(1) ? words[1] : "true";
  if (word == "true" || word == "on" || word == "yes") {
    d.strict = true;
  } else if (word == "false" || word == "off" || word == "no") {
    d.strict = false;
  } else {
    problem(Severity::Warning, "strict_mode takes true or false; keepalived ignores the line.");
    return;
  }
  d.strictGiven = true;
}

void Builder::authenticationType(const Words& words) {
  using Kind = core::Authentication::Kind;
  const std::string& word = parser_.need(words, 1);
  Kind& kind = draft().instance.authentication.kind;
  if (word == "AH") kind = Kind::Header;
  if (word == "PASS") kind = Kind::Password;
}

void Builder::authenticationPassword(const Words& words) {
  auto& password = draft().instance.authentication.password;
  const std::string& word = parser_.need(words, 1);
  password = {};
  std::copy_n(word.begin(), std::min(word.size(), password.size()), password.begin());
}

void Builder::garpDelay(const Words& words) {
  Draft& d = draft();
  const auto seconds = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (!seconds) return;
  const bool floor = !parser_.grammar().since(2, 0, 0) && *seconds < 1;  // 1.3.9 takes at least a second here
  d.instance.announce.delay = std::chrono::seconds(floor ? 1 : static_cast<std::int64_t>(*seconds));
}

void Builder::garpRepeat(const Words& words) {
  Draft& d = draft();
  const auto repeats = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (repeats) d.instance.announce.repeat = *repeats < 1 ? 1 : static_cast<int>(*repeats);
}

void Builder::garpRefresh(const Words& words) {
  Draft& d = draft();
  const auto seconds = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (seconds) d.instance.announce.refresh = std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

void Builder::garpRefreshRepeat(const Words& words) {
  Draft& d = draft();
  const auto repeats = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (repeats) d.instance.announce.refreshRepeat = *repeats < 1 ? 1 : static_cast<int>(*repeats);
}

void Builder::trackInterfaces(const Words& words) {
  parser_.valueBlock(words, [this](const Words& item) {
    if (!exists(item[0]) && !dynamicInterfaces_) missingInterface(item[0]);
  });
}

void Builder::notifyScript(const Words& words) {
  // Later versions split script lines in a way of their own and forgive an open quote.
  const bool later = parser_.grammar().since(2, 0, 0);
  if (words.has(1) || (later && words.unmatchedQuote)) return;
  if (later) parser_.need(words, 1);
  refuse("'" + words[0] + "' lacks its script; keepalived crashes on it.");
}

void Builder::noVirtualAddress(const Words&) { draft().needsNoVip = true; }

}  // namespace guardian::keepalived
