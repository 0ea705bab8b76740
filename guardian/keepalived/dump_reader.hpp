// What a running keepalived says in the file it writes when it is asked (SIGUSR1): the text dump of every
// version from 1.3 to 2.4. Pure and linear; a text that ends early is a problem, never a shorter truth.
#pragma once

#include <string_view>

#include "guardian/core/model.hpp"
#include "keepalived/scope_names.hpp"

namespace guardian::keepalived {

/// Instances in the order of the dump. An instance whose lines are missing or contradict each other carries
/// understood == false; so does the last one when the text visibly ends early. `scopes`: the names that
/// keepalived prints scopes by, from the same rt_scopes file that it reads.
core::Answer readDump(std::string_view text, const ScopeNames& scopes = ScopeNames());

/// Whether the text looks like a dump at all.
bool looksLikeDump(std::string_view text);

}  // namespace guardian::keepalived
