#include "cli/pause.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <optional>
#include <string>

#include "cli/usage.hpp"
#include "config/durations.hpp"
#include "config/pause_file.hpp"

namespace guardian::cli {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::chrono::hours kUsually{1};
constexpr std::size_t kLongestReason = 200;

/// The value of `--name VALUE` or `--name=VALUE`, and `i` behind it; nullptr: that is another option.
const char* valueOf(const char* name, int argc, char** argv, int& i) {
  const std::size_t length = std::strlen(name);
  if (std::strncmp(argv[i], name, length) != 0) return nullptr;
  if (argv[i][length] == '=') return argv[i] + length + 1;
  if (argv[i][length] != '\0' || i + 1 == argc) return nullptr;
  return argv[++i];
}

std::string dateOf(Clock::time_point at) {
  const std::time_t seconds = Clock::to_time_t(at);
  std::tm local{};
  char text[64];
  ::localtime_r(&seconds, &local);
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S %Z", &local);
  return text;
}

int complain(const std::string& text, int code) {
  std::fprintf(stderr, "vip-guardian: %s\n", text.c_str());
  return code;
}

}  // namespace

int pause(int argc, char** argv) {
  core::Duration length = kUsually;
  std::string reason;
  for (int i = 1; i < argc; ++i) {
    if (const char* span = valueOf("--for", argc, argv, i)) {
      const auto parsed = config::parseDuration(span);
      if (!parsed || *parsed < std::chrono::seconds(1))
        return complain(R"(--for must be a span of time, such as "30min" or "2h", not ")" + std::string(span) + '"',
                        kUsage);
      length = *parsed;
    } else if (const char* why = valueOf("--reason", argc, argv, i)) {
      reason = std::string(why).substr(0, kLongestReason);
      std::replace_if(
          reason.begin(), reason.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    } else {
      return complain("pause: unexpected \"" + std::string(argv[i]) + "\"; see vip-guardian --help", kUsage);
    }
  }
  const config::WrittenPause wanted{Clock::now() + std::chrono::duration_cast<Clock::duration>(length), reason};
  const auto written = config::writePause(wanted);
  if (!written) return complain(written.error().text() + "; only root may pause the guardian", 1);
  std::printf("Paused until %s: nothing is put back and keepalived is not restarted.\n", dateOf(wanted.until).c_str());
  std::puts("End it earlier with: vip-guardian resume");
  return 0;
}

int resume(int argc, char** argv) {
  if (argc > 1) return complain("resume: unexpected \"" + std::string(argv[1]) + "\"; see vip-guardian --help", kUsage);
  const auto removed = config::removePause();
  if (!removed) return complain(removed.error().text() + "; only root may end a pause", 1);
  std::puts(removed.value() ? "Resumed." : "There was no pause.");
  return 0;
}

}  // namespace guardian::cli
