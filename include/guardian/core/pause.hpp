// Maintenance: the operator wants nothing done for a while.
#pragma once

#include <optional>
#include <string>

#include "guardian/core/kernel.hpp"

namespace guardian::core {

struct Pause {
  std::optional<Instant> until;  ///< unset: until it is ended by hand
  std::string reason;            ///< in the operator's words; may be empty
};

}  // namespace guardian::core
