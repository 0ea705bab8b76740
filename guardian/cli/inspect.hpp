// `vip-guardian inspect FILE`: what a keepalived configuration or dump file says, without a daemon and
// without privileges. Operators read a configuration with it before they reload; scripts compare with --json.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guardian/core/model.hpp"

namespace guardian::cli {

/// argv[0] is "inspect". Returns 0 (nothing to say but notes), 1 (warnings), 2 (errors: keepalived refuses the
/// file, drops an address, or we are not sure), 3 (the file cannot be read), 64 (wrong usage).
int inspect(int argc, char** argv);

/// What was found, in one form for configurations, dumps and JSON dumps.
struct Inspection {
  std::string kind;                      ///< "config" or "dump"
  std::optional<core::Version> version;  ///< whose rules a configuration was read by
  core::Configuration content;
  std::vector<core::InstanceClaim> claims;  ///< of a dump; content.instances is then empty
};

std::string toJson(const Inspection& inspection);
std::string toText(const Inspection& inspection);

}  // namespace guardian::cli
