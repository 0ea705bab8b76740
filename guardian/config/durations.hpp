// Spans of time as systemd writes them: "500ms", "10min", "1h 30min"; a bare number is in seconds.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "guardian/core/kernel.hpp"

namespace guardian::config {

/// nullopt for anything else, and for more than a year.
std::optional<core::Duration> parseDuration(std::string_view text);

}  // namespace guardian::config
