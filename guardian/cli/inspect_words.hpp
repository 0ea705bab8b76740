// How inspect names things, in text and in JSON alike.
#pragma once

#include <string>

#include "guardian/core/model.hpp"

namespace guardian::cli {

std::string prefixText(const core::Vip& vip);  ///< "192.0.2.1/24"
std::string scopeText(std::uint8_t scope);     ///< "global", or the number
std::string roleText(core::Role role);         ///< "master"
std::string versionText(const core::Version& version);
std::string severityText(core::Problem::Severity severity);

}  // namespace guardian::cli
