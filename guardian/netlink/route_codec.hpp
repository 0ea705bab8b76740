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
/// A route to the neighbours in `subnet`, behind every other one to them, marked as ours by its protocol.
core::RouteForm linkRoute(int ifindex, const core::Prefix& subnet);
/// What a former life of ours may have left of these.
core::RouteInterest linkRoutes();
/// Names all that the form has, so that the kernel matches no other.
Message buildRemove(const core::RouteForm& form);

}  // namespace guardian::netlink
