#include "cli/notify.hpp"

#include <cstdio>
#include <string>
#include <vector>

#include "cli/usage.hpp"
#include "keepalived/notify_fifo.hpp"

namespace guardian::cli {
namespace {

constexpr const char* kUsageText =
    "Usage: vip-guardian notify INSTANCE|GROUP NAME STATE PRIORITY\n"
    "As keepalived calls it, in a vrrp_instance:  notify \"/usr/bin/vip-guardian notify\"\n";

}  // namespace

int notify(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() == 1 && arguments[0] == "--help") return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  const std::string line = keepalived::notifyLine(arguments);
  if (line.empty()) {
    std::fprintf(stderr, "vip-guardian notify: this is not what keepalived says\n%s", kUsageText);
    return kUsage;
  }
  // Nobody there to be told is no failure of keepalived's.
  const auto told = keepalived::tellFifo(keepalived::kNotifyFifo, line);
  if (told) return 0;
  std::fprintf(stderr, "vip-guardian notify: %s; keepalived must call it as root (script_user root)\n",
               told.error().text().c_str());
  return 1;
}

}  // namespace guardian::cli
