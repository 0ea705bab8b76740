// Our own configuration: /etc/vip-guardian/vip-guardian.json. Optional; without it the defaults hold.
// Strict: an unknown key or a wrong type is an error that says where, never a guess.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

#include "guardian/core/settings.hpp"

namespace guardian::config {

constexpr const char* kDefaultPath = "/etc/vip-guardian/vip-guardian.json";

/// What stands in the file: what the core obeys, and what is none of its business.
struct Settings : core::Settings {
  std::string metricsFile;                        ///< where Prometheus' node exporter looks; empty: nowhere
  std::map<std::string, std::string> stateFiles;  ///< that notify scripts write, by instance
  bool traceIncidents = false;                    ///< write a trace when an incident is over
};

/// Says file, line where it can be known, and what to do.
struct BadConfiguration : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Pure. `file` is for the messages. Throws BadConfiguration.
Settings parseSettings(std::string_view text, const std::string& file);

/// A missing file is the defaults if `optional`. Throws BadConfiguration, also for a file that others than root
/// may write to: it decides about addresses.
Settings readSettings(const std::string& file, bool optional);

}  // namespace guardian::config
