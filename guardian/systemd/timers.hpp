// When a timer of systemd elapses next. For the command line only: it waits for the bus, two seconds at most.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace guardian::systemd {

/// Microseconds since 1970; nullopt: there is no bus, no such timer, or it does not run.
std::optional<std::int64_t> nextRunOf(const std::string& timer);

}  // namespace guardian::systemd
