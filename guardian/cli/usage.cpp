#include "cli/usage.hpp"

#include <algorithm>
#include <cstdio>

namespace guardian::cli {
namespace {

constexpr const char* kHelp = R"(vip-guardian COMMAND [OPTION...]

Gives back the virtual addresses that others take away from keepalived.

Commands:
  status [--json] [-w]     Where each address is, and what happened; -w: go on
  events [--since TIME]    What happened, with its timeline; --json, -f
  explain [INCIDENT]       The story of one incident; without one, of the last
  verify [--json]          Ask keepalived anew, look at everything, and tell
  doctor [--json]          What endangers the addresses here, and what to do
                           about it; --fix: do what --undo can undo
  check [INSTANCE]         Whether its addresses are where they belong; made for
                           vrrp_script, and with --monitor for monitoring
  drill INSTANCE           Take an address away and see it come back; on a
                           master, with a way back if it does not
  metrics                  The same figures for Prometheus
  run [--config FILE]      The daemon; vip-guardian.service starts it
  config check [--config FILE]
                           Read the configuration and say what is wrong with it
  pause [--for SPAN] [--reason TEXT]
                           For maintenance, put nothing back (for an hour)
  resume                   End a pause before its time
  handover INSTANCE        Let the peer take over, and see that it has
  notify ...               For keepalived's notify lines: tells the daemon
  inspect FILE [--json]    What a keepalived configuration or dump file says
  replay TRACE [--json]    The daemon's last minutes, decided once more

  --help                   This text
  --version                The version

The configuration, /etc/vip-guardian/vip-guardian.json, is optional: see
vip-guardian.json(5).
Exit codes: 0 fine, 1 degraded, 2 critical, 3 unknown; 64 for wrong usage.
See vip-guardian(8).
)";

}  // namespace

int help() {
  std::fputs(kHelp, stdout);
  return 0;
}

bool helpOf(const std::string& command) {
  const std::string all = kHelp;
  std::size_t at = all.find("\n  " + command + " ");
  if (at == std::string::npos) return false;
  at += 3;
  // The next entry is as far to the left; what is told of this one stands further right.
  std::size_t end = at;
  do end = all.find('\n', end + 1);
  while (all.compare(end + 1, 3, "   ") == 0);
  std::string entry = all.substr(at, end - at);
  const std::size_t text = entry.find("  ");
  const std::string words = entry.substr(0, std::min(text, entry.find('\n')));
  std::printf("Usage: vip-guardian %s\n", words.c_str());
  for (std::size_t i = words.size(); i < entry.size();) {
    const std::size_t line = entry.find_first_not_of(" \n", i);
    i = std::min(entry.find('\n', line), entry.size());
    std::printf("       %s\n", entry.substr(line, i - line).c_str());
  }
  return true;
}

int version() {
  std::puts("vip-guardian " VIP_GUARDIAN_VERSION);
  return 0;
}

int wrongUsage(const std::string& command) {
  if (command.empty())
    std::fputs("vip-guardian: a command is missing\n", stderr);
  else
    std::fprintf(stderr, "vip-guardian: there is no command \"%s\"\n", command.c_str());
  std::fputs("Try vip-guardian --help.\n", stderr);
  return kUsage;
}

}  // namespace guardian::cli
