#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <vector>

#include <catch2/catch.hpp>

#include "netlink/route_codec.hpp"

using namespace guardian;

namespace {

using Bytes = std::vector<char>;

core::RouteInterest interest() {
  core::RouteInterest out;
  out.protocols = {3};
  out.tables = {{core::Family::IPv4, 1000}};
  return out;
}

/// 203.0.113.0/24 in table 1000 over some next hops, as the kernel tells it of links without carrier.
Bytes multipathRoute(std::uint8_t protocol = 3, bool withObject = false, int nextHops = 2) {
  const netlink::Message message(nlmsg_alloc_size(65536));
  nlmsg_put(message.get(), 0, 0, RTM_NEWROUTE, 0, 0);
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = 24;
  header.rtm_table = 252;  // RT_TABLE_COMPAT: the attribute has the number
  header.rtm_protocol = protocol;
  header.rtm_type = RTN_UNICAST;
  header.rtm_flags = RTNH_F_LINKDOWN | RTNH_F_DEAD;
  nlmsg_append(message.get(), &header, sizeof header, NLMSG_ALIGNTO);
  nla_put_u32(message.get(), RTA_TABLE, 1000);
  const unsigned char to[] = {203, 0, 113, 0};
  nla_put(message.get(), RTA_DST, sizeof to, to);
  std::vector<rtnexthop> hops(static_cast<std::size_t>(nextHops));
  for (std::size_t i = 0; i < hops.size(); ++i) {
    hops[i].rtnh_len = sizeof hops[i];
    hops[i].rtnh_flags = RTNH_F_ONLINK | RTNH_F_LINKDOWN;
    hops[i].rtnh_ifindex = 7 + static_cast<int>(i);
  }
  nla_put(message.get(), RTA_MULTIPATH, static_cast<int>(hops.size() * sizeof hops[0]), hops.data());
  const rta_cacheinfo counters{};
  nla_put(message.get(), RTA_CACHEINFO, sizeof counters, &counters);
  if (withObject) nla_put_u32(message.get(), 30, 1);
  const nlmsghdr* header2 = nlmsg_hdr(message.get());
  const char* start = reinterpret_cast<const char*>(header2);
  return Bytes(start, start + header2->nlmsg_len);
}

/// Of a copy that ends where its memory ends.
std::optional<core::RouteRecord> parsed(const Bytes& bytes, const core::RouteInterest& wanted = interest()) {
  const std::unique_ptr<char[]> copy(new char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  const auto* message = reinterpret_cast<const nlmsghdr*>(copy.get());
  if (nlmsg_ok(message, static_cast<int>(bytes.size())) == 0) return std::nullopt;
  return netlink::parseRoute(message, wanted);
}

}  // namespace

TEST_CASE("a route is told with table, destination and all its links") {
  const auto route = parsed(multipathRoute());
  REQUIRE(route);
  CHECK(route->table == 1000);
  CHECK(toString(route->to.address) == "203.0.113.0");
  CHECK(route->to.length == 24);
  CHECK(route->multipath);
  CHECK(route->ifindexes == std::vector<int>{7, 8});
}

TEST_CASE("a route with more next hops than fit on a page is told, and can be asked for") {
  const auto route = parsed(multipathRoute(3, false, 700));
  REQUIRE(route);
  CHECK(route->ifindexes.size() == 700);
  const netlink::Message request = netlink::buildAdd(route->form);
  const auto again = netlink::parseRoute(nlmsg_hdr(request.get()), interest());
  REQUIRE(again);
  CHECK(again->form == route->form);
}

TEST_CASE("what only the kernel may say of a route is not part of its form") {
  const auto route = parsed(multipathRoute());
  REQUIRE(route);
  const netlink::Message request = netlink::buildAdd(route->form);
  const nlmsghdr* header = nlmsg_hdr(request.get());
  CHECK(header->nlmsg_type == RTM_NEWROUTE);
  const auto* body = static_cast<const rtmsg*>(nlmsg_data(header));
  CHECK(body->rtm_flags == 0);
  CHECK(nlmsg_find_attr(const_cast<nlmsghdr*>(header), sizeof(rtmsg), RTA_CACHEINFO) == nullptr);
  const nlattr* hops = nlmsg_find_attr(const_cast<nlmsghdr*>(header), sizeof(rtmsg), RTA_MULTIPATH);
  REQUIRE(hops != nullptr);
  rtnexthop first;
  std::memcpy(&first, nla_data(hops), sizeof first);
  CHECK(int{first.rtnh_flags} == RTNH_F_ONLINK);
}

TEST_CASE("a route of another protocol, table or family, or of a next hop object, is not of interest") {
  CHECK_FALSE(parsed(multipathRoute(12)));
  CHECK_FALSE(parsed(multipathRoute(3, true)));
  core::RouteInterest other = interest();
  other.tables = {{core::Family::IPv6, 1000}, {core::Family::IPv4, 252}};
  CHECK_FALSE(parsed(multipathRoute(), other));
}

TEST_CASE("a route message that is cut short anywhere is no danger") {
  const Bytes whole = multipathRoute();
  for (std::size_t length = sizeof(nlmsghdr); length < whole.size(); ++length) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    const auto claimed = static_cast<std::uint32_t>(length);
    std::memcpy(cut.data(), &claimed, sizeof claimed);
    const auto route = parsed(cut);
    if (route) CHECK(route->table == 1000);
  }
}
