#include "netlink/codec.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <string>

#include "netlink/attributes.hpp"

namespace guardian::netlink {
namespace {

using core::Family;
using core::IpAddress;

constexpr int kIfaProto = 11;  // IFA_PROTO: kernel 5.18; older headers do not have it
constexpr int kIfaRtPriority = 9;
constexpr int kIfaMax = 11;

void put(nl_msg* message, int type, const IpAddress& value) {
  if (nla_put(message, type, static_cast<int>(value.size()), value.bytes.data()) < 0) throw std::bad_alloc();
}

Message begin(int type, int flags, const core::AddressKey& key, std::uint8_t scope) {
  Message message(nlmsg_alloc_simple(type, flags));
  if (!message) throw std::bad_alloc();
  ifaddrmsg header{};
  header.ifa_family = key.address.family == Family::IPv4 ? AF_INET : AF_INET6;
  header.ifa_prefixlen = key.prefixLength;
  header.ifa_scope = scope;
  header.ifa_index = static_cast<unsigned>(key.ifindex);
  if (nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO) < 0) throw std::bad_alloc();
  return message;
}

}  // namespace

std::optional<core::AddressRecord> parseAddress(const nlmsghdr* message) {
  if (!nlmsg_valid_hdr(message, sizeof(ifaddrmsg))) return std::nullopt;
  ifaddrmsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  if (header.ifa_family != AF_INET && header.ifa_family != AF_INET6) return std::nullopt;
  const Family family = header.ifa_family == AF_INET ? Family::IPv4 : Family::IPv6;
  if (header.ifa_prefixlen > core::fullLength(family)) return std::nullopt;
  std::array<const nlattr*, kIfaMax + 1> attributes{};
  collect(message, sizeof header, attributes);

  // IFA_ADDRESS is the peer on a point-to-point address, and IPv6 sends IFA_LOCAL only then.
  const auto local = address(attributes[IFA_LOCAL], family);
  const auto other = address(attributes[IFA_ADDRESS], family);
  if (!local && !other) return std::nullopt;
  core::AddressRecord record;
  record.key.ifindex = static_cast<int>(header.ifa_index);
  record.key.prefixLength = header.ifa_prefixlen;
  record.key.address = local ? *local : *other;
  if (local && other && *local != *other) record.peer = other;
  record.scope = header.ifa_scope;
  record.flags = number<std::uint32_t>(attributes[IFA_FLAGS]).value_or(header.ifa_flags);
  record.broadcast = address(attributes[IFA_BROADCAST], family);
  if (attributes[IFA_LABEL] != nullptr) record.label = text(attributes[IFA_LABEL]);
  if (const auto lifetimes = number<ifa_cacheinfo>(attributes[IFA_CACHEINFO])) {
    record.preferred = lifetimes->ifa_prefered;
    record.valid = lifetimes->ifa_valid;
    record.created = lifetimes->cstamp;
  }
  record.metric = number<std::uint32_t>(attributes[kIfaRtPriority]).value_or(0);
  record.protocol = number<std::uint8_t>(attributes[kIfaProto]).value_or(0);
  return record;
}

std::optional<core::LinkRecord> parseLink(const nlmsghdr* message) {
  if (!nlmsg_valid_hdr(message, sizeof(ifinfomsg))) return std::nullopt;
  ifinfomsg header;
  std::memcpy(&header, nlmsg_data(message), sizeof header);
  if (header.ifi_family != AF_UNSPEC) return std::nullopt;  // a bridge port's view of the link, not the link
  std::array<const nlattr*, IFLA_IFNAME + 1> attributes{};
  collect(message, sizeof header, attributes);
  if (attributes[IFLA_IFNAME] == nullptr || header.ifi_index <= 0) return std::nullopt;

  core::LinkRecord link;
  link.ifindex = header.ifi_index;
  link.name = text(attributes[IFLA_IFNAME]);
  link.up = (header.ifi_flags & IFF_UP) != 0;
  // IFF_RUNNING, not IFF_LOWER_UP: it is what networkd and keepalived go by, and it knows dormant links.
  link.carrier = (header.ifi_flags & IFF_RUNNING) != 0;
  const nlattr* mac = attributes[IFLA_ADDRESS];
  if (mac != nullptr && header.ifi_type == ARPHRD_ETHER && static_cast<std::size_t>(nla_len(mac)) == link.mac.size()) {
    std::memcpy(link.mac.data(), nla_data(mac), link.mac.size());
    link.hasMac = true;
  }
  return link;
}

Message buildAdd(const core::AddressRecord& record) {
  const IpAddress& own = record.key.address;
  const bool v4 = own.family == Family::IPv4;
  Message message = begin(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, record.key, record.scope);
  nl_msg* raw = message.get();
  put(raw, IFA_LOCAL, own);
  put(raw, IFA_ADDRESS, record.peer ? *record.peer : own);
  if (v4 && record.broadcast) put(raw, IFA_BROADCAST, *record.broadcast);
  if (v4 && !record.label.empty() && nla_put_string(raw, IFA_LABEL, record.label.c_str()) < 0) throw std::bad_alloc();
  const std::uint32_t flags = record.flags & core::address_flag::requestable;
  if (flags != 0 && nla_put_u32(raw, IFA_FLAGS, flags) < 0) throw std::bad_alloc();
  if (record.metric != 0 && nla_put_u32(raw, kIfaRtPriority, record.metric) < 0) throw std::bad_alloc();
  if (record.protocol != 0 && nla_put(raw, kIfaProto, sizeof record.protocol, &record.protocol) < 0)
    throw std::bad_alloc();
  if (record.preferred != core::kForever || record.valid != core::kForever) {
    ifa_cacheinfo lifetimes{};
    lifetimes.ifa_prefered = record.preferred;
    lifetimes.ifa_valid = record.valid;
    if (nla_put(raw, IFA_CACHEINFO, sizeof lifetimes, &lifetimes) < 0) throw std::bad_alloc();
  }
  return message;
}

Message buildRemove(const core::AddressKey& key, const std::optional<core::IpAddress>& peer) {
  Message message = begin(RTM_DELADDR, NLM_F_REQUEST | NLM_F_ACK, key, 0);
  put(message.get(), IFA_LOCAL, key.address);
  // With a prefix length, IPv4 matches IFA_ADDRESS against the subnet, which is the peer's if there is one; without
  // it, any would do.
  if (key.address.family == Family::IPv4) put(message.get(), IFA_ADDRESS, peer.value_or(key.address));
  return message;
}

}  // namespace guardian::netlink
