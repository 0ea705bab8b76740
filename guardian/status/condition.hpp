// What `vip-guardian check` makes of one instance: made for keepalived's vrrp_script and for monitoring. A plain look
// whether the address is there would keep a backup in FAULT for ever; this one knows whose turn it is.
#pragma once

#include <functional>
#include <string>

#include "status/document.hpp"

namespace guardian::status {

enum class Condition : std::uint8_t {
  Fine,       ///< master, and all addresses are here
  Elsewhere,  ///< not master: nothing is to be here
  Repairing,  ///< something is missing, and is being put back
  Unnoticed,  ///< something is missing, and the guardian has not said so: it may need a moment more
  Paused,     ///< something is missing, and it is maintenance
  Lost,       ///< something is missing, and is not coming back
  Unserved,   ///< the addresses are in place, but who was asked does not answer
  Unknown     ///< nobody to ask
};

struct Check {
  Condition condition = Condition::Unknown;
  std::string text;
};

struct Sight {
  std::function<bool(const core::VipOverview&)> isHere;  ///< on this host, right now
  core::Instant now{};
  core::Duration grace{};  ///< for which a missing address may be under repair
};

/// `document` of a daemon that is alive.
Check conditionOf(const core::InstanceOverview& instance, const core::Overview& picture, const Sight& sight);

bool isMaster(const core::InstanceOverview& instance);

/// For keepalived: 1 only where a failover helps, so never on a node that has nothing to lose; else 0.
int scriptStatus(Condition condition);
/// For monitoring plugins.
int monitorStatus(Condition condition);
const char* word(Condition condition);

}  // namespace guardian::status
