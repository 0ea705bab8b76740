// Whether an instance may be drilled, and with which of its addresses. Pure.
#pragma once

#include <optional>
#include <string>

#include "guardian/core/event.hpp"
#include "status/document.hpp"

namespace guardian::cli {

/// Why this instance is not drilled now, as a sentence that says what to do; empty: it may be. `alive`: the guardian.
std::string objection(const status::Document& document, bool alive, const std::string& instance);

struct Choice {
  std::optional<core::AddressRecord> record;  ///< as the kernel has it
  std::string complaint;                      ///< why there is none
};

/// The one that is named, or the first that may go. One whose removal would take others along is none of these: the
/// kernel removes the secondary addresses of a subnet with its primary, or makes another one primary.
Choice choose(const core::InstanceOverview& instance, const core::Snapshot& host, const std::string& named);

}  // namespace guardian::cli
