#include "cli/terminal.hpp"

#include <sys/ioctl.h>
#include <unistd.h>
#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace guardian::cli {
namespace {

bool isSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && value[0] != '\0';
}

std::string timeText(std::int64_t date, const char* format) {
  const time_t seconds = static_cast<time_t>(date / 1000000);
  tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[64];
  return std::string(text, std::strftime(text, sizeof text, format, &parts));
}

}  // namespace

Screen Screen::ofOutput() {
  Screen screen;
  if (::isatty(STDOUT_FILENO) != 1) return screen;
  const char* kind = std::getenv("TERM");
  screen.colours = !isSet("NO_COLOR") && kind != nullptr && std::strcmp(kind, "dumb") != 0;
  winsize size{};
  screen.width = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
  return screen;
}

std::string Screen::paint(Colour colour, const std::string& text) const {
  if (!colours || colour == Colour::None || text.empty()) return text;
  const char* code = colour == Colour::Good      ? "32"
                     : colour == Colour::Warning ? "33"
                     : colour == Colour::Bad     ? "1;31"
                     : colour == Colour::Dim     ? "2"
                                                 : "1";
  return std::string("\x1b[") + code + "m" + text + "\x1b[0m";
}

std::string Screen::fit(const std::string& text, std::size_t used) const {
  const auto all = static_cast<std::size_t>(width);
  if (width == 0 || used + text.size() <= all) return text;
  const std::size_t room = all > used + 3 ? all - used - 3 : 0;
  return text.substr(0, room) + "...";
}

std::size_t Screen::room(std::size_t used) const {
  const std::size_t all = width == 0 ? 1000000 : static_cast<std::size_t>(width);
  return std::max<std::size_t>(all > used ? all - used : 0, 20);
}

std::vector<std::string> wrapped(const std::string& text, std::size_t room) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = text.size();
    if (end - at > room) {
      const std::size_t blank = text.rfind(' ', at + room);
      end = blank == std::string::npos || blank <= at ? at + room : blank;
    }
    lines.push_back(text.substr(at, end - at));
    at = end < text.size() && text[end] == ' ' ? end + 1 : end;
  }
  return lines;
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(text.size(), width), ' ');
  return text;
}

std::string age(core::Duration length) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(length).count();
  if (seconds < 120) return std::to_string(std::max<std::int64_t>(seconds, 0)) + " s";
  if (seconds < 120 * 60) return std::to_string(seconds / 60) + " min";
  if (seconds < 48 * 3600) return std::to_string(seconds / 3600) + " h";
  return std::to_string(seconds / 86400) + " days";
}

std::string shortTime(std::int64_t date, std::int64_t now) {
  const bool today = timeText(date, "%F") == timeText(now, "%F");
  return timeText(date, today ? "%T" : "%F %T");
}

Consent consent(bool given, const char* question) {
  if (given) return Consent::Given;
  if (::isatty(STDIN_FILENO) != 1) return Consent::NobodyToAsk;
  std::printf("%s [y/N] ", question);
  std::fflush(stdout);
  char answer[16];
  const bool yes = std::fgets(answer, sizeof answer, stdin) != nullptr && (answer[0] == 'y' || answer[0] == 'Y');
  return yes ? Consent::Given : Consent::Refused;
}

std::string longTime(std::int64_t date) { return timeText(date, "%a %F %T %Z"); }

}  // namespace guardian::cli
