// The keepalived that is installed, whether it runs or not. For the command line only: it waits for a program.
#pragma once

#include <optional>

#include "guardian/core/model.hpp"

namespace guardian::keepalived {

/// As `keepalived --version` says; nullopt: there is none.
std::optional<core::Version> installedVersion();

}  // namespace guardian::keepalived
