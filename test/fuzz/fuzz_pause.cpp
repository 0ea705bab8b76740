// Any bytes as the file of a pause.
#include "config/pause_file.hpp"
#include "fuzz/require.hpp"

using namespace guardian;
using test::require;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto pause = config::parsePause(test::textOf(data, size));
  if (!pause) return 0;
  const auto again = config::parsePause(config::textOf(*pause));
  require(again.has_value(), "what we write we can read");
  require(again->until == pause->until && again->reason == pause->reason, "and it says the same");
  return 0;
}
