// Any bytes as what the host says of itself: texts of /proc, and files of systemd.
#include <algorithm>
#include <vector>

#include "doctor/ini.hpp"
#include "fuzz/require.hpp"
#include "guardian/util/proc.hpp"
#include "guardian/util/utf8.hpp"
#include "netlink/socket_owner.hpp"
#include "systemd/instigator.hpp"

using namespace guardian;
using test::require;

namespace {

/// As /proc/PID/cmdline has it.
std::vector<std::string> commandIn(const std::string& text) {
  std::vector<std::string> words(1);
  for (const char c : text) {
    if (c == '\0')
      words.emplace_back();
    else
      words.back() += c;
  }
  return words;
}

void checkUnit(const std::string& unit) {
  require(unit.empty() || hasSuffix(unit, ".service") || hasSuffix(unit, ".scope"), "a unit is a service or a scope");
  require(unit.find('/') == std::string::npos, "a unit's name is no path");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = test::textOf(data, size);
  netlink::parseSocketTable(text);
  checkUnit(unitOfCgroup(text));
  systemd::pickInstigator({{812, commandIn(text), "", "admin"}, {813, commandIn(text), unitOfCgroup(text), ""}});

  const std::string clean = cleanUtf8(text);
  require(clean.size() <= text.size() && cleanUtf8(clean) == clean, "what is clean stays as it is");
  const std::string shown = printable(text);
  require(std::none_of(shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }),
          "nothing steers the terminal");

  doctor::Ini ini;
  ini.add(text);
  for (const doctor::Assignment& one : ini.assignments()) {
    require(ini.last(one.section, one.key).has_value(), "what is assigned is found");
    ini.all(one.section, one.key);
    doctor::isYes(one.value);
    doctor::wordsOf(one.value);
  }
  return 0;
}
