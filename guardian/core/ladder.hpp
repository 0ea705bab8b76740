// The second rung: a controlled restart of keepalived, or a stop, where its addresses cannot be put back or the policy
// wants no putting back. A restart hands the addresses over, or takes them away for the length of an election: it is
// done only where a setting allows it, for a reason that has lasted, with a configuration that keepalived will start
// with, and within a budget that holds over our own deaths as well. It is never a start: a unit that somebody stopped
// stays so, unless we stopped it ourselves and nobody took over.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "guardian/core/kernel.hpp"
#include "guardian/core/settings.hpp"

namespace guardian::core {

struct RestartCause {
  std::string instance;  ///< empty: keepalived as a whole
  std::string text;
  bool handOver = false;  ///< stop it: a restarted one may come back to where its addresses are taken away
};

/// From the first address of an instance that was gone until another node advertised it, or all were back.
struct Gap {
  std::optional<Instant> since;
  std::optional<Instant> until;
};

struct Ladder {
  std::vector<Instant> restarts;     ///< ours, within the last hour; on disk
  std::optional<Instant> since;      ///< for how long there has been a cause
  std::string refusalTold;           ///< why nothing is done about it
  std::optional<Instant> orderedAt;  ///< a restart is under way
  std::optional<Instant> doneAt;     ///< the job is; the roles are still to settle
  RestartCause cause;                ///< of that restart
  bool stopping = false;             ///< it is a stop
  std::map<std::string, Gap> gaps;   ///< in that restart, of the instances that were master, by name
};

/// When the budget allows the next restart; nullopt: never.
std::optional<Instant> nextRestart(const std::vector<Instant>& restarts, const RestartSettings& settings);
/// A wait that differs between hosts, and from one restart to the next.
Duration jitterOf(const Settings& settings, std::size_t restart);

}  // namespace guardian::core
