// Bytes <-> facts of routes and rules. Pure: no socket, no state.
#pragma once

#include <optional>

#include "guardian/core/route.hpp"
#include "netlink/codec.hpp"

namespace guardian::netlink {

/// From RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWRULE or RTM_DELRULE; `message` must pass nlmsg_ok(). nullopt: too short, or
/// not of interest, which is found out before anything is allocated; or in a form that keepalived never makes.
std::optional<core::RouteRecord> parseRoute(const nlmsghdr* message, const core::RouteInterest& interest);

/// As keepalived asks for it: an equal one is not added twice, a different one in the same place is left alone.
Message buildAdd(const core::RouteForm& form);
/// Names all that the form has, so that the kernel matches no other.
Message buildRemove(const core::RouteForm& form);

}  // namespace guardian::netlink
