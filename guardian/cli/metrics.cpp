#include "cli/metrics.hpp"

#include <cstdio>
#include <string>

#include "cli/arguments.hpp"
#include "cli/usage.hpp"
#include "status/metrics.hpp"
#include "status/status_file.hpp"

namespace guardian::cli {
namespace {

constexpr int kUnknown = 3;
constexpr const char* kUsageText = "Usage: vip-guardian metrics [--file FILE]\n";

}  // namespace

int metrics(int argc, char** argv) {
  std::string file = status::kStatusFile;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--help")) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
    if (const auto named = arguments.valueOf({"--file"})) {
      file = *named;
    } else {
      std::fprintf(stderr, "vip-guardian metrics: %s\n%s", arguments.unexpected().c_str(), kUsageText);
      return kUsage;
    }
  }
  const status::WallClock clock = status::WallClock::now();
  const auto document = status::readStatus(file, clock);
  const bool alive = document && status::isAlive(*document);
  std::fputs(status::metricsText(document.value_or(status::Document{}), alive, clock).c_str(), stdout);
  return alive ? 0 : kUnknown;
}

}  // namespace guardian::cli
