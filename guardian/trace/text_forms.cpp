#include "trace/text_forms.hpp"

#include <algorithm>
#include <cstdio>
#include <limits>
#include <map>

namespace guardian::trace {
namespace {

constexpr std::size_t kMostPasswords = 254;

/// Decimal, without a sign but perhaps a minus, no longer than it has to be.
bool readNumber(const std::string& text, std::int64_t least, std::int64_t most, std::int64_t& into) {
  const std::size_t digits = !text.empty() && text[0] == '-' ? 1 : 0;
  if (text.size() == digits || text.size() > 19) return false;
  if (text.find_first_not_of("0123456789", digits) != std::string::npos) return false;
  const std::int64_t value = std::stoll(text);
  if (value < least || value > most) return false;
  into = value;
  return true;
}

int nibble(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; }

}  // namespace

const char* word(core::Family value) {
  switch (value) {
    case core::Family::IPv4: return "IPv4";
    case core::Family::IPv6: return "IPv6";
  }
  return nullptr;
}

const char* word(core::Role value) {
  switch (value) {
    case core::Role::Unknown: return "Unknown";
    case core::Role::Master: return "Master";
    case core::Role::Backup: return "Backup";
    case core::Role::Fault: return "Fault";
    case core::Role::Other: return "Other";
  }
  return nullptr;
}

const char* word(core::RouteKind value) {
  switch (value) {
    case core::RouteKind::Route: return "Route";
    case core::RouteKind::Rule: return "Rule";
  }
  return nullptr;
}

const char* word(core::Problem::Severity value) {
  switch (value) {
    case core::Problem::Severity::Note: return "Note";
    case core::Problem::Severity::Warning: return "Warning";
    case core::Problem::Severity::Error: return "Error";
  }
  return nullptr;
}

const char* word(core::Authentication::Kind value) {
  switch (value) {
    case core::Authentication::Kind::None: return "None";
    case core::Authentication::Kind::Password: return "Password";
    case core::Authentication::Kind::Header: return "Header";
  }
  return nullptr;
}

const char* word(core::Unit value) {
  switch (value) {
    case core::Unit::Keepalived: return "Keepalived";
    case core::Unit::Networkd: return "Networkd";
  }
  return nullptr;
}

const char* word(core::ActiveState value) {
  switch (value) {
    case core::ActiveState::Unknown: return "Unknown";
    case core::ActiveState::Active: return "Active";
    case core::ActiveState::Reloading: return "Reloading";
    case core::ActiveState::Inactive: return "Inactive";
    case core::ActiveState::Failed: return "Failed";
    case core::ActiveState::Activating: return "Activating";
    case core::ActiveState::Deactivating: return "Deactivating";
  }
  return nullptr;
}

const char* word(core::LinkSetup value) {
  switch (value) {
    case core::LinkSetup::Other: return "Other";
    case core::LinkSetup::Configuring: return "Configuring";
    case core::LinkSetup::Configured: return "Configured";
    case core::LinkSetup::Unmanaged: return "Unmanaged";
  }
  return nullptr;
}

const char* word(core::PolicyKind value) {
  switch (value) {
    case core::PolicyKind::Reinstate: return "Reinstate";
    case core::PolicyKind::Restart: return "Restart";
    case core::PolicyKind::Observe: return "Observe";
  }
  return nullptr;
}

const char* word(core::FightAction value) {
  switch (value) {
    case core::FightAction::Report: return "Report";
    case core::FightAction::Restart: return "Restart";
    case core::FightAction::HandOver: return "HandOver";
    case core::FightAction::GiveUp: return "GiveUp";
  }
  return nullptr;
}

const char* word(core::LedgerNote::Kind value) {
  using Kind = core::LedgerNote::Kind;
  switch (value) {
    case Kind::Process: return "Process";
    case Kind::Added: return "Added";
    case Kind::Confirmed: return "Confirmed";
    case Kind::Gone: return "Gone";
    case Kind::EpochOpened: return "EpochOpened";
    case Kind::EpochClosed: return "EpochClosed";
    case Kind::BaseKnown: return "BaseKnown";
    case Kind::BaseForgotten: return "BaseForgotten";
    case Kind::Restarted: return "Restarted";
  }
  return nullptr;
}

const char* word(core::RouteNote::Kind value) {
  switch (value) {
    case core::RouteNote::Kind::Added: return "Added";
    case core::RouteNote::Kind::Confirmed: return "Confirmed";
    case core::RouteNote::Kind::Gone: return "Gone";
  }
  return nullptr;
}

const char* word(core::Outcome value) {
  switch (value) {
    case core::Outcome::Open: return "Open";
    case core::Outcome::Repaired: return "Repaired";
    case core::Outcome::Returned: return "Returned";
    case core::Outcome::Withdrawn: return "Withdrawn";
    case core::Outcome::HandedOver: return "HandedOver";
    case core::Outcome::Observed: return "Observed";
  }
  return nullptr;
}

const char* word(core::Notice::Kind value) {
  using Kind = core::Notice::Kind;
  switch (value) {
    case Kind::KeepalivedFound: return "KeepalivedFound";
    case Kind::KeepalivedGone: return "KeepalivedGone";
    case Kind::InstanceTaken: return "InstanceTaken";
    case Kind::InstanceLeft: return "InstanceLeft";
    case Kind::BusLost: return "BusLost";
    case Kind::BusBack: return "BusBack";
    case Kind::EventsLost: return "EventsLost";
    case Kind::RankMended: return "RankMended";
    case Kind::Restarting: return "Restarting";
    case Kind::Restarted: return "Restarted";
    case Kind::SettingsRead: return "SettingsRead";
    case Kind::Paused: return "Paused";
    case Kind::Resumed: return "Resumed";
    case Kind::Stranger: return "Stranger";
    case Kind::Fight: return "Fight";
    case Kind::GivenUp: return "GivenUp";
    case Kind::HandedOver: return "HandedOver";
    case Kind::Unserved: return "Unserved";
    case Kind::Stale: return "Stale";
    case Kind::Doubt: return "Doubt";
    case Kind::Failure: return "Failure";
  }
  return nullptr;
}

std::string textOf(const core::IpAddress& value) { return core::toString(value); }

std::string textOf(const core::Prefix& value) {
  return core::toString(value.address) + "/" + std::to_string(value.length);
}

std::string textOf(const core::AddressKey& value) {
  return core::toString(value.address) + "/" + std::to_string(value.prefixLength) + "%" + std::to_string(value.ifindex);
}

std::string textOf(const core::Version& value) {
  return std::to_string(value.major) + "." + std::to_string(value.minor) + "." + std::to_string(value.patch);
}

std::string textOf(const core::Mac& value) {
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", value[0], value[1], value[2], value[3], value[4],
                value[5]);
  return text;
}

/// One that was read from a trace keeps its number: seven zeros are before it.
std::string textOf(const Password& value) {
  static std::map<Password, int> numbers;
  if (std::all_of(value.begin(), value.end() - 1, [](std::uint8_t byte) { return byte == 0; }))
    return "#" + std::to_string(value.back());
  const auto known = numbers.find(value);
  if (known != numbers.end()) return "#" + std::to_string(known->second);
  if (numbers.size() == kMostPasswords) return "#255";  // anybody may send them
  return "#" + std::to_string(numbers.emplace(value, static_cast<int>(numbers.size()) + 1).first->second);
}

bool fromText(const std::string& text, Password& into) {
  std::int64_t number = 0;
  if (text.empty() || text[0] != '#' || !readNumber(text.substr(1), 0, 255, number)) return false;
  into = {};
  into.back() = static_cast<std::uint8_t>(number);
  return true;
}

bool fromText(const std::string& text, core::IpAddress& into) {
  const auto address = core::parseAddress(text);
  if (address) into = *address;
  return address.has_value();
}

bool fromText(const std::string& text, core::Prefix& into) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) return false;
  const auto address = core::parseAddress(text.substr(0, slash));
  std::int64_t length = 0;
  if (!address || !readNumber(text.substr(slash + 1), 0, core::fullLength(address->family), length)) return false;
  into = {*address, static_cast<std::uint8_t>(length)};
  return true;
}

bool fromText(const std::string& text, core::AddressKey& into) {
  const std::size_t percent = text.find('%');
  core::Prefix prefix;
  std::int64_t ifindex = 0;
  if (percent == std::string::npos || !fromText(text.substr(0, percent), prefix)) return false;
  if (!readNumber(text.substr(percent + 1), std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), ifindex))
    return false;
  into = {static_cast<int>(ifindex), prefix.address, prefix.length};
  return true;
}

bool fromText(const std::string& text, core::Version& into) {
  const std::size_t first = text.find('.');
  const std::size_t second = first == std::string::npos ? first : text.find('.', first + 1);
  if (second == std::string::npos) return false;
  const std::string parts[] = {text.substr(0, first), text.substr(first + 1, second - first - 1),
                               text.substr(second + 1)};
  std::int64_t numbers[3];
  for (int i = 0; i < 3; ++i)
    if (!readNumber(parts[i], 0, std::numeric_limits<int>::max(), numbers[i])) return false;
  into = {static_cast<int>(numbers[0]), static_cast<int>(numbers[1]), static_cast<int>(numbers[2])};
  return true;
}

bool fromText(const std::string& text, core::Mac& into) {
  if (text.size() != 17) return false;
  core::Mac read{};
  for (std::size_t i = 0; i < 6; ++i) {
    const int high = nibble(text[3 * i]);
    const int low = nibble(text[3 * i + 1]);
    if (high < 0 || low < 0 || (i < 5 && text[3 * i + 2] != ':')) return false;
    read[i] = static_cast<std::uint8_t>(16 * high + low);
  }
  into = read;
  return true;
}

bool fromText(const std::string& text, const char* unit, std::int64_t& into) {
  const std::size_t digits = text.find_first_not_of("-0123456789");
  if (digits == std::string::npos || text.substr(digits) != unit) return false;
  // Longer ones would run over where lengths are added to instants.
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 8;
  return readNumber(text.substr(0, digits), -kMost, kMost, into);
}

}  // namespace guardian::trace
