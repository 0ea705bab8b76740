// keepalived's own options and version, as found in /proc/<pid>/cmdline or in the packaged defaults file.
// Pure: strings in, values out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guardian/core/model.hpp"

namespace guardian::keepalived {

struct CommandLine {
  std::string configFile = "/etc/keepalived/keepalived.conf";  ///< -f; as given, may be a glob or relative
  std::string configId;              ///< -i; empty: keepalived takes the host name up to the first dot
  std::string parentPidFile;         ///< -p; empty: the default of the version
  std::string vrrpPidFile;           ///< -r; empty: the default of the version
  std::string netNamespace;          ///< -s; empty: what the configuration says
  bool vrrpRuns = true;              ///< false with -C alone: only health checkers run, there are no instances
  bool dontReleaseVips = false;      ///< -V: removes configured VIPs at start and at every BACKUP
  bool dontFork = false;             ///< -n
  std::vector<std::string> unknown;  ///< options that this version does not have, arguments nobody asked for
};

/// `arguments` without the program's name. Follows getopt_long as keepalived uses it: glued values,
/// bundled flags, --long=value, unambiguous abbreviations, `--`.
CommandLine readCommandLine(const std::vector<std::string>& arguments, const core::Version& version);

/// The words of one assignment (DAEMON_ARGS or KEEPALIVED_OPTIONS) in a defaults file that systemd or a
/// shell reads; empty when the file does not set it. The last assignment wins.
std::vector<std::string> readDefaultsFile(std::string_view text);

/// From the first line of `keepalived --version`: "Keepalived v2.2.7 (01/16,2022)".
std::optional<core::Version> readVersion(std::string_view text);

/// "1.3.9", "2.2.7"; two numbers are enough.
std::optional<core::Version> parseVersion(std::string_view text);

}  // namespace guardian::keepalived
