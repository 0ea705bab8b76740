// Any bytes as our own configuration file: it says what is wrong or it is within its bounds, never anything else.
#include "config/durations.hpp"
#include "config/json_text.hpp"
#include "config/settings.hpp"
#include "fuzz/require.hpp"

using namespace guardian;
using test::require;

namespace {

using namespace std::chrono_literals;

void check(const config::Settings& settings) {
  const core::RestartSettings& restart = settings.restart;
  require(restart.peerWithin >= 1s && restart.patience >= 1s && restart.jitter >= 0s, "spans of time are no less");
  require(restart.leastInterval >= 1min && restart.mostPerHour >= 0 && restart.mostPerHour <= 12,
          "restarts have their budget");
  require(settings.stale.patience >= 1s, "keepalived may clean up");
  require(settings.metricsFile.empty() || settings.metricsFile.front() == '/', "a path begins at the root");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = test::textOf(data, size);
  const std::string plain = config::withoutComments(text);
  require(plain.size() == text.size(), "without its comments a text is as long");
  for (std::size_t i = 0; i < text.size(); ++i)
    require((plain[i] == '\n') == (text[i] == '\n'), "every line stays where it is");
  require(config::withoutComments(plain).size() == plain.size(), "also the second time");
  if (const auto length = config::parseDuration(text)) require(*length >= 0s && *length <= 366 * 24h, "a year is most");
  try {
    check(config::parseSettings(text, "file"));
  } catch (const config::BadConfiguration& error) {
    require(std::string(error.what()).compare(0, 5, "file:") == 0, "a complaint names its file");
  }
  return 0;
}
