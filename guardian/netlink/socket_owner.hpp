// Who owns a netlink socket, as far as root without CAP_SYS_PTRACE can tell.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::netlink {

struct SocketRow {
  std::uint32_t protocol = 0;
  std::uint32_t portId = 0;
  std::uint32_t groups = 0;
};

/// The rows of /proc/net/netlink. Pure.
std::vector<SocketRow> parseSocketTable(std::string_view text);

/// Port id of systemd-networkd's route socket; 0 if it cannot be told.
std::uint32_t networkdPort();

/// Process and unit behind a port id. A process that is gone already is named by its number.
core::SocketIdentified identify(std::uint32_t portId);

}  // namespace guardian::netlink
