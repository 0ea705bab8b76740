#include "cli/metrics.hpp"

#include <cstdio>
#include <string>

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
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--help") return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
    if (argument == "--file" && i + 1 < argc) {
      file = argv[++i];
    } else if (argument.compare(0, 7, "--file=") == 0) {
      file = argument.substr(7);
    } else {
      std::fprintf(stderr, "vip-guardian metrics: unexpected \"%s\"\n%s", argument.c_str(), kUsageText);
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
