// Lines of virtual_routes and virtual_rules: which of the kernel's they mean.
#include <sstream>

#include <catch2/catch.hpp>

#include "keepalived/config_reader.hpp"
#include "keepalived/config_route.hpp"
#include "keepalived/memory_files.hpp"

using namespace guardian;

namespace {

std::string describe(const core::Prefix& prefix) {
  return core::toString(prefix.address) + "/" + std::to_string(prefix.length);
}

std::string describe(const core::VirtualRoute& route) {
  if (!route.understood) return "?";
  std::ostringstream out;
  out << (route.family == core::Family::IPv4 ? "4" : "6") << " to " << describe(route.to);
  if (route.from.length != 0) out << " from " << describe(route.from);
  out << " table " << route.table;
  if (route.type != core::kUnicast) out << " type " << int{route.type};
  if (route.gateway) out << " via " << core::toString(*route.gateway);
  if (route.preferredSource) out << " src " << core::toString(*route.preferredSource);
  if (!route.inInterface.empty()) out << " iif " << route.inInterface;
  if (!route.outInterface.empty()) out << " oif " << route.outInterface;
  if (route.priority) out << " priority " << *route.priority;
  if (route.protocol) out << " protocol " << int{*route.protocol};
  if (route.tos) out << " tos " << int{*route.tos};
  if (route.mark) out << " mark " << *route.mark;
  if (route.multipath) out << " multipath";
  if (route.noTrack) out << " no_track";
  return out.str();
}

const keepalived::RouteNames kNames("100 isp\n# 7 nothing\n300 far\n", "77 ours\n");

}  // namespace

TEST_CASE("a virtual route is read as far as it tells which route is meant", "[keepalived][config]") {
  const struct {
    const char* line;
    const char* meant;
  } cases[] = {
      {"198.51.100.0/24 via 192.0.2.50 dev eth0", "4 to 198.51.100.0/24 table 254 via 192.0.2.50 oif eth0"},
      {"src 192.0.2.100 to 198.51.100.0/24 gw 192.0.2.50 table isp",
       "4 to 198.51.100.0/24 table 100 via 192.0.2.50 src 192.0.2.100"},
      {"default via 192.0.2.1 metric 5 table 1000", "4 to 0.0.0.0/0 table 1000 via 192.0.2.1 priority 5"},
      {"default6 via 2001:db8::1 table far", "6 to ::/0 table 300 via 2001:db8::1"},
      {"default via 2001:db8::1", "6 to ::/0 table 254 via 2001:db8::1"},
      {"192.0.2.200 dev eth0 scope link", "4 to 192.0.2.200/32 table 254 oif eth0"},
      {"blackhole 10.0.0.0/8", "4 to 10.0.0.0/8 table 254 type 6"},
      {"to unreachable 10.0.0.0/8 tos 0x10", "4 to 10.0.0.0/8 table 254 type 7 tos 16"},
      {"10.0.0.0/8 via 192.0.2.1 onlink mtu lock 1400 advmss 1300 protocol ours",
       "4 to 10.0.0.0/8 table 254 via 192.0.2.1 protocol 77"},
      {"10.0.0.0/8 table 0x10 nexthop via 192.0.2.8 weight 2 nexthop via 192.0.2.9 realms 3",
       "4 to 10.0.0.0/8 table 16 multipath"},
      {"2001:db8:9::/48 via fe80::1 dev eth0 no_track pref high",
       "6 to 2001:db8:9::/48 table 254 via fe80::1 oif eth0 no_track"},
      {"2001:db8:9::/48 from 2001:db8::/64 dev eth0", "6 to 2001:db8:9::/48 from 2001:db8::/64 table 254 oif eth0"},
      {"2001:db8:9::/48 nexthop via fe80::1 dev eth0 nexthop via fe80::2 dev eth0", "?"},
      {"10.0.0.0/8 via 2001:db8::1", "?"},
      {"10.0.0.0/33 via 192.0.2.1", "?"},
      {"10.0.0.0/8 via 192.0.2.1 table nowhere", "?"},
      {"10.0.0.0/8 via 192.0.2.1 encap ip id 7", "?"},
      {"10.0.0.0/8 via 192.0.2.1 or 192.0.2.2", "?"},
      {"2001:db8::/32 dev eth0 expires 60", "?"},
      {"10.0.0.0/8 via 192.0.2.1 append", "?"},
      {"10.0.0.0/8 via", "?"},
      {"10.0.0.0/8 via 192.0.2.1 metric -1", "?"},
      {"local 10.0.0.0/8 dev lo", "?"},
  };
  for (const auto& c : cases) {
    INFO(c.line);
    CHECK(describe(keepalived::readRoute(keepalived::splitClassic(c.line), kNames)) == c.meant);
  }
}

TEST_CASE("a virtual rule is read as far as it tells which rule is meant", "[keepalived][config]") {
  const struct {
    const char* line;
    const char* meant;
  } cases[] = {
      {"from 192.0.2.100 table isp", "4 to 0.0.0.0/0 from 192.0.2.100/32 table 100"},
      {"to 10.0.0.0/8 lookup 100 order 500", "4 to 10.0.0.0/8 table 100 priority 500"},
      {"not from 192.0.2.0/24 fwmark 0x7/0xff table main", "4 to 0.0.0.0/0 from 192.0.2.0/24 table 254 mark 7"},
      {"iif eth0 oif eth1 dsfield 0x10 table 7", "4 to 0.0.0.0/0 table 7 iif eth0 oif eth1 tos 16"},
      {"inet6 iif eth0 table 7", "6 to ::/0 table 7 iif eth0"},
      {"from 2001:db8::/32 table 7 sup_pl 0 no_track", "6 to ::/0 from 2001:db8::/32 table 7 no_track"},
      {"from 192.0.2.100 blackhole", "4 to 0.0.0.0/0 from 192.0.2.100/32 table 0 type 6"},
      {"from 192.0.2.100 type goto 9000 preference 10",
       "4 to 0.0.0.0/0 from 192.0.2.100/32 table 0 type 2 priority 10"},
      {"from 192.0.2.100", "?"},
      {"from 192.0.2.100 to 2001:db8::/32 table 7", "?"},
      {"from 192.0.2.100 table 7 blackhole", "?"},
      {"from 192.0.2.100 l3mdev", "?"},
      {"from all table 7", "?"},
  };
  for (const auto& c : cases) {
    INFO(c.line);
    CHECK(describe(keepalived::readRule(keepalived::splitClassic(c.line), kNames)) == c.meant);
  }
}

TEST_CASE("an instance has its virtual routes and rules as they are written, and keepalived its static ones",
          "[keepalived][config]") {
  test::MemoryFiles files;
  files.add("/etc/iproute2/rt_tables", "100 isp\n");
  files.add("/etc/k.conf",
            "vrrp_instance V {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.1\n }\n"
            " virtual_routes {\n 198.51.100.0/24 via 10.0.0.2   table isp\n }\n"
            " virtual_rules {\n from 10.0.0.1 table isp\n }\n}\n"
            "static_routes {\n 203.0.113.0/24 via 10.0.0.3\n}\nstatic_rules {\n from 10.0.0.9 table isp\n}\n");
  keepalived::ReadOptions options;
  options.version = core::Version{1, 3, 9};
  options.interfaces = std::set<std::string>{"eth0"};
  const core::Configuration read = keepalived::readConfiguration("/etc/k.conf", options, files);
  REQUIRE(read.instances.size() == 1);
  const core::Instance& instance = read.instances[0];
  CHECK(instance.virtualRoutes == 1);
  CHECK(instance.virtualRules == 1);
  REQUIRE(instance.routes.size() == 2);
  CHECK(instance.routes[0].text == "198.51.100.0/24 via 10.0.0.2 table isp");
  CHECK(describe(instance.routes[0]) == "4 to 198.51.100.0/24 table 100 via 10.0.0.2");
  CHECK(describe(instance.routes[1]) == "4 to 0.0.0.0/0 from 10.0.0.1/32 table 100");
  REQUIRE(read.staticRoutes.size() == 2);
  CHECK(read.staticRoutes[0].text == "203.0.113.0/24 via 10.0.0.3");
  CHECK(describe(read.staticRoutes[1]) == "4 to 0.0.0.0/0 from 10.0.0.9/32 table 100");
}
