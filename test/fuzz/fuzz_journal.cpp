// Any bytes as an entry of the journal about an incident, a field a line: anybody may write one. It can be told.
#include <unistd.h>

#include "cli/incidents.hpp"
#include "fuzz/require.hpp"

using namespace guardian;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = test::textOf(data, size);
  systemd::JournalEntry entry;
  entry.date = 1'763'000'000'000'000;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::size_t equals = text.find('=', at);
    if (equals < end) entry.fields.emplace(text.substr(at, equals - at), text.substr(equals + 1, end - equals - 1));
    at = end + 1;
  }
  const status::WallClock clock(std::chrono::microseconds(entry.date - 3'600'000'000));
  cli::readSince(text, entry.date);
  const auto incident = cli::incidentOf(entry, clock);
  if (!incident) return 0;
  const cli::Screen screen;
  const cli::Moment moment{clock.instant(entry.date), clock};
  cli::eventText(*incident, screen, moment);
  cli::storyOf(*incident, screen, moment);
  status::toJson(*incident, clock);
  return 0;
}
