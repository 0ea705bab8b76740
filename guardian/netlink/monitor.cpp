#include "netlink/monitor.hpp"

#include <linux/rtnetlink.h>

#include <utility>

#include "netlink/codec.hpp"
#include "netlink/link_sysctl.hpp"

namespace guardian::netlink {

Monitor::Monitor(Sink sink)
    : sink_(std::move(sink)), socket_("address events", {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR}) {}

void Monitor::drain() {
  socket_.drain([this](const nlmsghdr* message) { deliver(message); }, [this] { sink_(core::EventsLost{}); });
}

void Monitor::deliver(const nlmsghdr* message) {
  switch (message->nlmsg_type) {
    case RTM_NEWADDR:
      if (auto record = parseAddress(message))
        sink_(core::AddressAppeared{std::move(*record), core::Origin{message->nlmsg_pid}});
      break;
    case RTM_DELADDR:
      if (auto record = parseAddress(message))
        sink_(core::AddressVanished{std::move(*record), core::Origin{message->nlmsg_pid}});
      break;
    case RTM_NEWLINK:
      if (auto link = parseLink(message)) {
        readSysctls(*link);
        sink_(core::LinkChanged{std::move(*link)});
      }
      break;
    case RTM_DELLINK:
      if (auto link = parseLink(message)) sink_(core::LinkVanished{link->ifindex});
      break;
    default: break;
  }
}

}  // namespace guardian::netlink
