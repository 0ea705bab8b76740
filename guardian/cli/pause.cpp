#include "cli/pause.hpp"

#include <cstdio>
#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "cli/usage.hpp"
#include "config/durations.hpp"
#include "config/pause_file.hpp"
#include "systemd/bus_client.hpp"

namespace guardian::cli {
namespace {

using Clock = std::chrono::system_clock;

constexpr std::chrono::hours kUsually{1};

using Arguments = std::vector<std::string>;

/// The value of `--name VALUE` or `--name=VALUE`, and `i` at its last word; nullopt: that is another option.
std::optional<std::string> valueOf(const std::string& name, const Arguments& arguments, std::size_t& i) {
  const std::string& word = arguments[i];
  if (word.compare(0, name.size() + 1, name + "=") == 0) return word.substr(name.size() + 1);
  if (word != name || i + 1 == arguments.size()) return std::nullopt;
  return arguments[++i];
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
  const Arguments arguments(argv + 1, argv + argc);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (const auto span = valueOf("--for", arguments, i)) {
      const auto parsed = config::parseDuration(*span);
      if (!parsed || *parsed < std::chrono::seconds(1))
        return complain(R"(--for must be a span of time, such as "30min" or "2h", not ")" + *span + '"', kUsage);
      length = *parsed;
    } else if (const auto why = valueOf("--reason", arguments, i)) {
      reason = config::tidyReason(*why);
    } else {
      return complain("pause: unexpected \"" + arguments[i] + "\"; see vip-guardian --help", kUsage);
    }
  }
  config::WrittenPause wanted{Clock::now() + std::chrono::duration_cast<Clock::duration>(length), reason};
  if (const auto until = systemd::BusClient().pause(length, reason)) {
    wanted.until = Clock::time_point(std::chrono::microseconds(*until));
  } else if (const auto written = config::writePause(wanted); !written) {
    return complain(written.error().text() + "; only root may pause the guardian", 1);
  }
  std::printf("Paused until %s: nothing is put back and keepalived is not restarted.\n", dateOf(wanted.until).c_str());
  std::puts("End it earlier with: vip-guardian resume");
  return 0;
}

int resume(int argc, char** argv) {
  const Arguments arguments(argv + 1, argv + argc);
  if (!arguments.empty())
    return complain("resume: unexpected \"" + arguments[0] + "\"; see vip-guardian --help", kUsage);
  auto was = systemd::BusClient().resume();
  if (!was) {
    const auto removed = config::removePause();
    if (!removed) return complain(removed.error().text() + "; only root may end a pause", 1);
    was = removed.value();
  }
  std::puts(*was ? "Resumed." : "There was no pause.");
  return 0;
}

}  // namespace guardian::cli
