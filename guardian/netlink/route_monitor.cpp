#include "netlink/route_monitor.hpp"

#include <arpa/inet.h>
#include <linux/rtnetlink.h>

#include <cstddef>
#include <utility>

#include "netlink/route_codec.hpp"

namespace guardian::netlink {
namespace {

std::vector<int> groupsFor(const core::RouteInterest& interest) {
  std::vector<int> groups;
  if (!interest.tables.empty()) groups = {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE};
  if (interest.rules) groups.insert(groups.end(), {RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE});
  return groups;
}

/// Of routes, only those of our protocols; of everything else, all.
std::vector<sock_filter> filterFor(const core::RouteInterest& interest) {
  const auto toAccept = [&](std::size_t protocol) {
    return static_cast<std::uint8_t>(interest.protocols.size() - protocol);
  };
  constexpr std::uint32_t kTypeAt = offsetof(nlmsghdr, nlmsg_type);
  constexpr std::uint32_t kProtocolAt = NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol);
  std::vector<sock_filter> code;
  code.push_back(BPF_STMT(BPF_LD | BPF_H | BPF_ABS, kTypeAt));
  code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWROUTE), 1, 0));
  code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_DELROUTE), 0,
                          static_cast<std::uint8_t>(interest.protocols.size() + 2)));
  code.push_back(BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kProtocolAt));
  std::size_t i = 0;
  for (const std::uint8_t protocol : interest.protocols)
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, protocol, toAccept(i++), 0));
  code.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  code.push_back(BPF_STMT(BPF_RET | BPF_K, 0xffffffffU));
  return code;
}

}  // namespace

RouteMonitor::RouteMonitor(core::RouteInterest interest, Sink sink)
    : interest_(std::move(interest)),
      sink_(std::move(sink)),
      socket_("route events", groupsFor(interest_), filterFor(interest_)) {}

void RouteMonitor::drain() {
  socket_.drain([this](const nlmsghdr* message) { deliver(message); }, [this] { sink_(core::RoutesLost{}); });
}

void RouteMonitor::deliver(const nlmsghdr* message) {
  auto record = parseRoute(message, interest_);
  if (!record) return;
  const core::Origin origin{message->nlmsg_pid};
  if (message->nlmsg_type == RTM_NEWROUTE || message->nlmsg_type == RTM_NEWRULE)
    sink_(core::RouteAppeared{std::move(*record), origin});
  else
    sink_(core::RouteVanished{std::move(*record), origin});
}

}  // namespace guardian::netlink
