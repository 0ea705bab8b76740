// Where a text goes: how wide it may be, and whether colours are welcome. And whom a question may be put to.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "guardian/core/kernel.hpp"
#include "status/document.hpp"

namespace guardian::cli {

enum class Colour : std::uint8_t { None, Good, Warning, Bad, Dim, Strong };

struct Screen {
  int width = 0;  ///< 0: any
  bool colours = false;

  /// Of standard output. Colours on a terminal only, and not with NO_COLOR (see no-color.org) or TERM=dumb.
  static Screen ofOutput();

  std::string paint(Colour colour, const std::string& text) const;
  /// What is left of a line behind so many characters, but never next to nothing. For text that is wrapped.
  std::size_t room(std::size_t used) const;
  /// Cut to what is left of a line, if it does not fit.
  std::string fit(const std::string& text, std::size_t used) const;
};

/// Lines of at most so many characters, broken between words where there are any.
std::vector<std::string> wrapped(const std::string& text, std::size_t room);

/// At least so wide.
std::string padded(std::string text, std::size_t width);

/// "12 s", "5 min", "3 h", "4 days".
std::string age(core::Duration length);

/// "06:15:02" of today, else "2026-11-20 06:15:02"; local time.
std::string shortTime(std::int64_t date, std::int64_t now);
/// "Sat 2026-11-21 06:15:02 UTC"
std::string longTime(std::int64_t date);

enum class Consent : std::uint8_t { Given, Refused, NobodyToAsk };

/// Asks whoever sits at the terminal, unless it was given on the command line.
Consent consent(bool given, const char* question);

}  // namespace guardian::cli
