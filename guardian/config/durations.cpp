#include "config/durations.hpp"

#include <array>
#include <cctype>

namespace guardian::config {
namespace {

using namespace std::chrono_literals;

constexpr core::Duration kMost = 366 * 24h;

struct Unit {
  const char* name;
  core::Duration length;
};
// systemd.time(7), without its months and years.
const std::array<Unit, 22> kUnits{{{"us", 1us},      {"usec", 1us},     {"ms", 1ms},     {"msec", 1ms}, {"s", 1s},
                                   {"sec", 1s},      {"second", 1s},    {"seconds", 1s}, {"m", 1min},   {"min", 1min},
                                   {"minute", 1min}, {"minutes", 1min}, {"h", 1h},       {"hr", 1h},    {"hour", 1h},
                                   {"hours", 1h},    {"d", 24h},        {"day", 24h},    {"days", 24h}, {"w", 168h},
                                   {"week", 168h},   {"weeks", 168h}}};

std::optional<core::Duration> unit(std::string_view name) {
  if (name.empty()) return core::Duration(1s);
  for (const Unit& known : kUnits)
    if (name == known.name) return known.length;
  return std::nullopt;
}

bool isDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

std::optional<core::Duration> parseDuration(std::string_view text) {
  core::Duration total{};
  bool any = false;
  const auto skipBlanks = [&text] {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  };
  for (skipBlanks(); !text.empty(); skipBlanks()) {
    std::int64_t number = 0;
    std::size_t digits = 0;
    while (digits < text.size() && isDigit(text[digits])) {
      if (++digits > 12) return std::nullopt;
      number = number * 10 + (text[digits - 1] - '0');
    }
    if (digits == 0) return std::nullopt;
    text.remove_prefix(digits);
    skipBlanks();
    std::size_t letters = 0;
    while (letters < text.size() && std::isalpha(static_cast<unsigned char>(text[letters])) != 0) ++letters;
    const auto length = unit(text.substr(0, letters));
    if (!length || number > kMost / *length) return std::nullopt;
    text.remove_prefix(letters);
    total += number * *length;
    if (total > kMost) return std::nullopt;
    any = true;
  }
  if (!any) return std::nullopt;
  return total;
}

}  // namespace guardian::config
