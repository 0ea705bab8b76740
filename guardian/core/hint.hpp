// What others tell of keepalived's roles. It may be late, out of order, or a lie: a hint makes us ask keepalived
// itself, and until it has answered believe what we knew no longer, if that was more. It opens no epoch and proves
// nothing.
#pragma once

#include "guardian/core/event.hpp"

namespace guardian::core {

struct Hint {
  Role role = Role::Unknown;
  std::string source;
  Instant at{};
};

/// Two interfaces can have one name on D-Bus, "eth0.1" and "eth0_1": then both are meant.
bool mayBeMeant(const Instance& instance, const RoleHinted& hint);

}  // namespace guardian::core
