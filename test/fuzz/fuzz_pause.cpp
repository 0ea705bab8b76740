// Any bytes as the file of a pause, and as the reason that somebody gives for one.
#include "config/pause_file.hpp"
#include "fuzz/require.hpp"
#include "guardian/util/utf8.hpp"

using namespace guardian;
using test::require;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = test::textOf(data, size);
  const std::string reason = config::tidyReason(text);
  require(reason.size() <= 200 && printable(reason) == reason, "a reason is short, and goes to any terminal");
  const auto given = config::parsePause(config::textOf({{}, reason}));
  require(given && given->reason == reason, "and is read as it was written");
  const auto pause = config::parsePause(text);
  if (!pause) return 0;
  const auto again = config::parsePause(config::textOf(*pause));
  require(again.has_value(), "what we write we can read");
  require(again->until == pause->until && again->reason == pause->reason, "and it says the same");
  return 0;
}
