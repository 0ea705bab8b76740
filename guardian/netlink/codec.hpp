// Bytes <-> facts of rtnetlink. Pure: no socket, no state. A message that is too short or lacks its address is
// nullopt; attributes that a newer kernel sends and we do not know are passed over.
#pragma once

#include <cstddef>
#include <optional>

#include <netlink/msg.h>

#include "guardian/core/kernel.hpp"
#include "guardian/util/handle.hpp"

namespace guardian::netlink {

using Message = Handle<nl_msg, nlmsg_free>;

/// From RTM_NEWADDR or RTM_DELADDR. `message` must pass nlmsg_ok().
std::optional<core::AddressRecord> parseAddress(const nlmsghdr* message);

/// From RTM_NEWLINK or RTM_DELLINK. The sysctl-borne members are left at their defaults: see link_sysctl.hpp.
std::optional<core::LinkRecord> parseLink(const nlmsghdr* message);

/// RTM_NEWADDR with CREATE and EXCL, never REPLACE: what stands there already may be keepalived's.
Message buildAdd(const core::AddressRecord& record);

/// RTM_DELADDR that names address, prefix length and interface, so that the kernel matches no other. An IPv4 address
/// with a peer is found by that alone.
Message buildRemove(const core::AddressKey& key, const std::optional<core::IpAddress>& peer = std::nullopt);

}  // namespace guardian::netlink
