// `vip-guardian status`: the daemon's picture on one screen, or as JSON. Anybody may ask. `vip-guardian verify`: the
// same, after a new look at everything, which only root may order.
#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "status/verdict.hpp"

namespace guardian::cli {

/// argv[0] is "status". Returns 0 to 3 as monitoring plugins do, 64 for wrong usage.
int status(int argc, char** argv);
/// argv[0] is "verify". Returns as status() does.
int verify(int argc, char** argv);

/// The moment at which a text is made: ages are counted from here.
struct Moment {
  core::Instant now{};
  status::WallClock clock{std::chrono::microseconds(0)};
};

/// Pure.
std::string statusText(const status::Document& document, const status::Verdict& verdict, const Screen& screen,
                       const Moment& moment);

}  // namespace guardian::cli
