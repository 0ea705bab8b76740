// What is remembered for people only: no rule reads it. It is read off the events and orders as they pass, so that
// the rules know nothing of it either.
#pragma once

#include "guardian/core/overview.hpp"

namespace guardian::core {

/// Of an instance.
struct RoleHistory {
  Role role = Role::Unknown;
  Role settled = Role::Unknown;  ///< the last one that was MASTER, BACKUP or FAULT
  RoleSource source = RoleSource::Nothing;
  Instant since{};
  Instant knownAt{};
  std::chrono::microseconds transitionDate{0};
  std::uint64_t transitions = 0;
  bool peerHeard = false;
};

/// Of an address whose interface may come and go, and with it the index.
std::string nameInHistory(const std::string& interface, const IpAddress& address, std::uint8_t prefixLength);

/// Eight hexadecimal digits. Of instance and time, so that all entries of one incident have the same.
std::string idOf(const IncidentReport& report);

struct History {
  std::map<std::string, VipPast> vips;  ///< by nameInHistory()
  std::deque<IncidentOverview> incidents;
  Counters counters;
  std::uint64_t revision = 0;
};

}  // namespace guardian::core
