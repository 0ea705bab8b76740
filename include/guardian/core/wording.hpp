// How an incident is told in one sentence. Part of the core, because what we say is a promise like any other.
#pragma once

#include <string>
#include <vector>

#include "guardian/core/action.hpp"

namespace guardian::core {

/// "VI_1: 192.0.2.100/24 on ens160 was removed by systemd-networkd.service (restarted by apt-daily-upgrade.service) and
/// is back after 0.21 ms; announced; keepalived confirms MASTER"
std::string describe(const IncidentReport& report);

/// Of who removed something, in the order in which they did: "ip[254], cleanup.service". Of more than three each
/// program is named once, the busiest first: "17 processes of ip, cleanup.service".
std::string listOfHands(const std::vector<std::string>& hands);

/// "0.21 ms", "14 ms", "3.2 s", "12 min": two or three significant figures, the way a person says it.
std::string describe(Duration duration);

}  // namespace guardian::core
