// What `vip-guardian --help` and a wrong command line say.
#pragma once

#include <string>

namespace guardian::cli {

constexpr int kUsage = 64;  ///< EX_USAGE

int help();
/// Of one command, what the general help says of it; for those that have nothing to add. False: there is none.
bool helpOf(const std::string& command);
int version();
/// Prints to standard error; returns kUsage.
int wrongUsage(const std::string& command);

}  // namespace guardian::cli
