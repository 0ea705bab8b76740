#include "netlink/route_codec.hpp"

#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <new>
#include <utility>

#include "netlink/attributes.hpp"

namespace guardian::netlink {
namespace {

using core::Family;
using core::RouteKind;
using core::RouteRecord;

// Attributes that a request may carry; the others are the kernel's own. Some are newer than the oldest headers.
constexpr int kRouteAttributes[] = {RTA_DST,
                                    RTA_SRC,
                                    RTA_OIF,
                                    RTA_GATEWAY,
                                    RTA_PRIORITY,
                                    RTA_PREFSRC,
                                    RTA_FLOW,
                                    RTA_MULTIPATH,
                                    RTA_TABLE,
                                    RTA_VIA,
                                    RTA_METRICS,
                                    20 /* RTA_PREF */,
                                    21 /* RTA_ENCAP_TYPE */,
                                    22 /* RTA_ENCAP */,
                                    26 /* RTA_TTL_PROPAGATE */};
/// Nobody's in /etc/iproute2/rt_protos.
constexpr std::uint8_t kOwnProtocol = 86;
constexpr int kRouteNextHopObject = 30;  // RTA_NH_ID: keepalived makes none
constexpr int kRouteMax = 31;
constexpr int kRulePad = 18;
constexpr int kRuleMax = 32;

template <class Header> std::optional<Header> headerOf(const nlmsghdr* message) {
  if (!nlmsg_valid_hdr(message, sizeof(Header))) return std::nullopt;
  Header header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  return header;
}

std::optional<Family> familyOf(std::uint8_t number) {
  if (number == AF_INET) return Family::IPv4;
  if (number == AF_INET6) return Family::IPv6;
  return std::nullopt;
}

core::Prefix prefix(const nlattr* attribute, Family family, std::uint8_t length) {
  core::Prefix out;
  out.address = address(attribute, family).value_or(core::IpAddress{family, {}});
  out.length = length;
  return out;
}

std::string bytesOf(const Message& message) {
  const nlmsghdr* header = nlmsg_hdr(message.get());
  return std::string(static_cast<const char*>(nlmsg_data(header)), static_cast<std::size_t>(nlmsg_datalen(header)));
}

/// With room for a body of that size: the usual page would be too small for a route with hundreds of next hops.
Message allocate(std::size_t body) {
  return Message(nlmsg_alloc_size(static_cast<std::size_t>(nlmsg_total_size(static_cast<int>(body)))));
}

template <class Header> Message beginForm(const Header& header, std::size_t body) {
  Message message = allocate(body);
  if (!message || nlmsg_put(message.get(), 0, 0, 0, 0, 0) == nullptr) throw std::bad_alloc();
  if (nlmsg_append(message.get(), const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO) < 0)
    throw std::bad_alloc();
  return message;
}

void copy(nl_msg* message, const nlattr* attribute) {
  if (nla_put(message, attribute->nla_type, nla_len(attribute), nla_data(attribute)) < 0) throw std::bad_alloc();
}

/// The next hops with what may be asked for; calls `each` for every one.
template <class Each> std::string nextHops(const nlattr* attribute, const Each& each) {
  std::string bytes(static_cast<const char*>(nla_data(attribute)), static_cast<std::size_t>(nla_len(attribute)));
  for (std::size_t at = 0; at + sizeof(rtnexthop) <= bytes.size();) {
    rtnexthop hop;
    std::memcpy(&hop, &bytes[at], sizeof hop);
    if (hop.rtnh_len < sizeof hop || at + hop.rtnh_len > bytes.size()) break;
    each(hop.rtnh_ifindex);
    hop.rtnh_flags &= RTNH_F_ONLINK;
    std::memcpy(&bytes[at], &hop, sizeof hop);
    at += RTNH_ALIGN(hop.rtnh_len);
  }
  return bytes;
}

std::optional<RouteRecord> parseIpRoute(const nlmsghdr* message, const core::RouteInterest& interest) {
  auto header = headerOf<rtmsg>(message);
  if (!header || interest.protocols.count(header->rtm_protocol) == 0) return std::nullopt;
  const auto family = familyOf(header->rtm_family);
  // Cloned: a cached copy of a route.
  if (!family || (header->rtm_flags & RTM_F_CLONED) != 0) return std::nullopt;
  std::array<const nlattr*, kRouteMax + 1> attributes{};
  collect(message, sizeof *header, attributes);
  const std::uint32_t table = number<std::uint32_t>(attributes[RTA_TABLE]).value_or(header->rtm_table);
  if (interest.tables.count({*family, table}) == 0) return std::nullopt;
  const std::uint8_t longest = core::fullLength(*family);
  if (header->rtm_dst_len > longest || header->rtm_src_len > longest) return std::nullopt;
  if (attributes[kRouteNextHopObject] != nullptr) return std::nullopt;

  RouteRecord route;
  route.form.kind = RouteKind::Route;
  route.family = *family;
  route.table = table;
  route.to = prefix(attributes[RTA_DST], *family, header->rtm_dst_len);
  route.from = prefix(attributes[RTA_SRC], *family, header->rtm_src_len);
  route.priority = number<std::uint32_t>(attributes[RTA_PRIORITY]).value_or(0);
  route.tos = header->rtm_tos;
  route.protocol = header->rtm_protocol;
  route.type = header->rtm_type;
  route.gateway = address(attributes[RTA_GATEWAY], *family);
  route.preferredSource = address(attributes[RTA_PREFSRC], *family);
  const auto out = number<std::int32_t>(attributes[RTA_OIF]);
  if (out && route.type == RTN_UNICAST) route.ifindexes.push_back(*out);

  header->rtm_flags &= RTNH_F_ONLINK;
  const Message form = beginForm(*header, message->nlmsg_len);
  for (const int type : kRouteAttributes) {
    const nlattr* attribute = attributes[static_cast<std::size_t>(type)];
    if (attribute == nullptr) continue;
    if (type != RTA_MULTIPATH) {
      copy(form.get(), attribute);
      continue;
    }
    route.multipath = true;
    const std::string hops = nextHops(attribute, [&](int ifindex) { route.ifindexes.push_back(ifindex); });
    if (nla_put(form.get(), RTA_MULTIPATH, static_cast<int>(hops.size()), hops.data()) < 0) throw std::bad_alloc();
  }
  route.form.bytes = bytesOf(form);
  return route;
}

std::optional<RouteRecord> parseRule(const nlmsghdr* message, const core::RouteInterest& interest) {
  auto header = headerOf<fib_rule_hdr>(message);
  if (!header || !interest.rules) return std::nullopt;
  const auto family = familyOf(header->family);
  if (!family) return std::nullopt;
  const std::uint8_t longest = core::fullLength(*family);
  if (header->dst_len > longest || header->src_len > longest) return std::nullopt;
  std::array<const nlattr*, kRuleMax + 1> attributes{};
  collect(message, sizeof *header, attributes);

  RouteRecord rule;
  rule.form.kind = RouteKind::Rule;
  rule.family = *family;
  rule.type = header->action;
  if (rule.type == FR_ACT_TO_TBL) rule.table = number<std::uint32_t>(attributes[FRA_TABLE]).value_or(header->table);
  rule.to = prefix(attributes[FRA_DST], *family, header->dst_len);
  rule.from = prefix(attributes[FRA_SRC], *family, header->src_len);
  rule.priority = number<std::uint32_t>(attributes[FRA_PRIORITY]).value_or(0);
  rule.tos = header->tos;
  if (attributes[FRA_IIFNAME] != nullptr) rule.inInterface = text(attributes[FRA_IIFNAME]);
  if (attributes[FRA_OIFNAME] != nullptr) rule.outInterface = text(attributes[FRA_OIFNAME]);
  rule.mark = number<std::uint32_t>(attributes[FRA_FWMARK]).value_or(0);

  header->flags &= FIB_RULE_INVERT;
  const Message form = beginForm(*header, message->nlmsg_len);
  for (std::size_t type = 1; type < attributes.size(); ++type)
    if (attributes[type] != nullptr && type != kRulePad) copy(form.get(), attributes[type]);
  rule.form.bytes = bytesOf(form);
  return rule;
}

Message build(int type, int flags, const core::RouteForm& form) {
  Message message = allocate(form.bytes.size() + NLMSG_ALIGNTO);
  if (!message || nlmsg_put(message.get(), 0, 0, type, 0, flags | NLM_F_REQUEST | NLM_F_ACK) == nullptr)
    throw std::bad_alloc();
  if (nlmsg_append(message.get(), const_cast<char*>(form.bytes.data()), form.bytes.size(), NLMSG_ALIGNTO) < 0)
    throw std::bad_alloc();
  return message;
}

}  // namespace

std::optional<RouteRecord> parseRoute(const nlmsghdr* message, const core::RouteInterest& interest) {
  switch (message->nlmsg_type) {
    case RTM_NEWROUTE:
    case RTM_DELROUTE: return parseIpRoute(message, interest);
    case RTM_NEWRULE:
    case RTM_DELRULE: return parseRule(message, interest);
    default: return std::nullopt;
  }
}

core::RouteForm linkRoute(int ifindex, const core::Prefix& subnet) {
  rtmsg header{};
  header.rtm_family = subnet.address.family == Family::IPv4 ? AF_INET : AF_INET6;
  header.rtm_dst_len = subnet.length;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = kOwnProtocol;
  header.rtm_scope = RT_SCOPE_LINK;
  header.rtm_type = RTN_UNICAST;
  const std::uint32_t last = UINT32_MAX;
  const Message form = beginForm(header, 128);
  if (nla_put(form.get(), RTA_DST, static_cast<int>(subnet.address.size()), subnet.address.bytes.data()) < 0 ||
      nla_put(form.get(), RTA_OIF, sizeof ifindex, &ifindex) < 0 ||
      nla_put(form.get(), RTA_PRIORITY, sizeof last, &last) < 0)
    throw std::bad_alloc();
  return {RouteKind::Route, bytesOf(form)};
}

core::RouteInterest linkRoutes() {
  core::RouteInterest interest;
  interest.protocols = {kOwnProtocol};
  interest.tables = {{Family::IPv4, RT_TABLE_MAIN}};
  return interest;
}

Message buildAdd(const core::RouteForm& form) {
  return form.kind == RouteKind::Route ? build(RTM_NEWROUTE, NLM_F_CREATE, form)
                                       : build(RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, form);
}

Message buildRemove(const core::RouteForm& form) {
  return build(form.kind == RouteKind::Route ? RTM_DELROUTE : RTM_DELRULE, 0, form);
}

}  // namespace guardian::netlink
