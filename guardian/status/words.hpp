// The words of the state file for what the core enumerates, in both directions.
#pragma once

#include <string>

#include "guardian/core/overview.hpp"

namespace guardian::status {

const char* word(core::Role role);
const char* word(core::RoleSource source);
const char* word(core::Standing standing);
const char* word(core::PolicyKind policy);
const char* word(core::Outcome outcome);

/// The value whose word this is; `otherwise` if there is none.
core::Role valueOf(const std::string& word, core::Role otherwise);
core::RoleSource valueOf(const std::string& word, core::RoleSource otherwise);
core::Standing valueOf(const std::string& word, core::Standing otherwise);
core::PolicyKind valueOf(const std::string& word, core::PolicyKind otherwise);
core::Outcome valueOf(const std::string& word, core::Outcome otherwise);

}  // namespace guardian::status
