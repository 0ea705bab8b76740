// What `vip-guardian --help` and a wrong command line say.
#pragma once

#include <string>

namespace guardian::cli {

constexpr int kUsage = 64;  ///< EX_USAGE

int help();
int version();
/// Prints to standard error; returns kUsage.
int wrongUsage(const std::string& command);

}  // namespace guardian::cli
