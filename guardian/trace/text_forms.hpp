// What stands in a trace as one word: addresses, versions, lengths of time, and whatever is enumerated. Both ways.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <type_traits>

#include "guardian/core/action.hpp"
#include "guardian/core/event.hpp"

namespace guardian::trace {

// nullptr: there is no such value. A new one without its word is a compiler's warning, and a test's failure.
const char* word(core::Family value);
const char* word(core::Role value);
const char* word(core::RouteKind value);
const char* word(core::Problem::Severity value);
const char* word(core::Authentication::Kind value);
const char* word(core::Unit value);
const char* word(core::ActiveState value);
const char* word(core::LinkSetup value);
const char* word(core::PolicyKind value);
const char* word(core::FightAction value);
const char* word(core::LedgerNote::Kind value);
const char* word(core::RouteNote::Kind value);
const char* word(core::Outcome value);
const char* word(core::Notice::Kind value);

using Password = decltype(core::Authentication::password);

std::string textOf(const core::IpAddress& value);   ///< "192.0.2.100"
std::string textOf(const core::Prefix& value);      ///< "192.0.2.0/24"
std::string textOf(const core::AddressKey& value);  ///< "192.0.2.100/24%2", on interface 2
std::string textOf(const core::Version& value);     ///< "1.3.9"
std::string textOf(const core::Mac& value);         ///< "02:00:00:00:00:01"
/// "#1", "#2": a trace is shown to others. Equal ones have the same number, as long as this process lives, and that is
/// all that the core wants of them.
std::string textOf(const Password& value);

// False: that is none; `into` is left as it was.
bool fromText(const std::string& text, core::IpAddress& into);
bool fromText(const std::string& text, core::Prefix& into);
bool fromText(const std::string& text, core::AddressKey& into);
bool fromText(const std::string& text, core::Version& into);
bool fromText(const std::string& text, core::Mac& into);
bool fromText(const std::string& text, Password& into);
/// A number and one of ns, us, ms, s.
bool fromText(const std::string& text, const char* unit, std::int64_t& into);

template <class Enum, std::enable_if_t<std::is_enum<Enum>::value, int> = 0> std::string textOf(Enum value) {
  const char* known = word(value);
  return known != nullptr ? known : std::to_string(static_cast<unsigned>(value));
}
template <class Enum, std::enable_if_t<std::is_enum<Enum>::value, int> = 0>
bool fromText(const std::string& text, Enum& into) {
  for (int i = 0; i < 256; ++i) {
    const auto value = static_cast<Enum>(i);
    const char* known = word(value);
    if (known == nullptr) return false;
    if (text != known) continue;
    into = value;
    return true;
  }
  return false;
}

template <class Period> constexpr const char* unitOf() {
  return std::is_same<Period, std::nano>::value    ? "ns"
         : std::is_same<Period, std::micro>::value ? "us"
         : std::is_same<Period, std::milli>::value ? "ms"
                                                   : "s";
}
template <class Rep, class Period> std::string textOf(std::chrono::duration<Rep, Period> value) {
  return std::to_string(value.count()) + unitOf<Period>();
}
template <class Rep, class Period> bool fromText(const std::string& text, std::chrono::duration<Rep, Period>& into) {
  std::int64_t count = 0;
  if (!fromText(text, unitOf<Period>(), count)) return false;
  into = std::chrono::duration<Rep, Period>(count);
  return true;
}

}  // namespace guardian::trace
