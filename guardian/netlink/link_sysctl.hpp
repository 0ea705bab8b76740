// What the judgement must know of a link that rtnetlink does not say.
#pragma once

#include "guardian/core/kernel.hpp"

namespace guardian::netlink {

/// Fills in promoteSecondaries and forwardingV6 from /proc/sys/net; what cannot be read is taken as off.
void readSysctls(core::LinkRecord& link);

}  // namespace guardian::netlink
