// Any bytes as the runtime state file: what is read of it can be written, shown and gone on with.
#include "fuzz/require.hpp"
#include "guardian/core/decider.hpp"
#include "status/document.hpp"
#include "status/metrics.hpp"
#include "status/verdict.hpp"

using namespace guardian;
using test::require;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const status::WallClock clock(std::chrono::microseconds(1'763'000'000'000'000));
  const auto document = status::fromJson(test::textOf(data, size), clock);
  if (!document) return 0;
  const std::string written = status::toJson(*document, clock);
  const auto again = status::fromJson(written, clock);
  require(again.has_value(), "what we write we can read");
  require(status::toJson(*again, clock) == written, "and it says the same");
  status::judge(*document, true);
  status::metricsText(*document, true, clock);
  core::Decider decider({}, 1);
  decider.recall(document->overview);
  decider.overview();
  return 0;
}
