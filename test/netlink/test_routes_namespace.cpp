// Routes and rules with the real kernel, in a network of the test case's own.
#include <net/if.h>

#include <cerrno>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "netlink/requests.hpp"
#include "netlink/route_codec.hpp"
#include "netlink/route_monitor.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;
using netlink::Requests;
using netlink::RouteMonitor;

namespace {

constexpr std::uint8_t kBoot = 3;
constexpr std::uint8_t kKeepalived = 18;

/// Two links with addresses of both families, and gateways behind them.
struct Network {
  Network() {
    enterFreshNetwork();
    spill("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
    sh("ip link add v0 type veth peer name v1; ip link set v1 up; ip link set v0 up;"
       "ip link add w0 type veth peer name w1; ip link set w1 up; ip link set w0 up;"
       "ip address add 192.0.2.10/24 dev v0; ip address add 192.0.2.100/24 dev v0; ip address add 198.51.100.1/24 dev "
       "w0;"
       "ip address add 2001:db8::10/64 dev v0 nodad; ip address add 2001:db8::100/64 dev v0 nodad");
  }
};

core::RouteInterest interest() {
  core::RouteInterest out;
  out.protocols = {kBoot, kKeepalived};
  for (const core::Family family : {core::Family::IPv4, core::Family::IPv6})
    for (const std::uint32_t table : {254U, 100U, 1000U}) out.tables.insert({family, table});
  out.rules = true;
  return out;
}

struct Heard {
  Heard() : monitor(interest(), [this](const core::Event& event) { events.push_back(event); }) {}
  template <class Event> std::vector<Event> all() {
    monitor.drain();
    std::vector<Event> found;
    for (const core::Event& event : events)
      if (const auto* wanted = std::get_if<Event>(&event)) found.push_back(*wanted);
    return found;
  }
  std::vector<core::Event> events;
  RouteMonitor monitor;
};

std::vector<core::RouteRecord> list(Requests& requests, const core::RouteInterest& wanted = interest()) {
  auto listed = requests.routes(wanted);
  if (!listed) throw std::runtime_error(listed.error().text());
  return listed.value().routes;
}

/// The one of table 100 or 1000, or the rule that leads to one of these.
core::RouteRecord theOne(const std::vector<core::RouteRecord>& routes) {
  for (const core::RouteRecord& route : routes)
    if (route.table == 100 || route.table == 1000) return route;
  throw std::runtime_error("it is not listed");
}

/// Without the kernel's own, which for IPv6 come a little later than their address.
std::string routesByIp() {
  return sh(
      "(ip -d route show table all; ip -6 -d route show table all) | grep -v 'proto kernel\\|table local' || :;"
      "ip -d rule; ip -6 -d rule");
}

/// For the family of which the specification speaks.
void ip(const std::string& deed, const std::string& spec) {
  const char* family = spec.find("2001:") == std::string::npos ? "-4 " : "-6 ";
  sh("ip " + (family + deed) + " " + spec);
}

}  // namespace

TEST_CASE("a route that was taken away comes back as it was, and can be removed as exactly that") {
  const char* cases[] = {
      "203.0.113.0/24 via 192.0.2.50 dev v0 table 100",
      "203.0.113.0/24 via 192.0.2.50 src 192.0.2.100 table 100",
      "203.0.113.0/24 dev v0 scope link table 1000",
      "default via 192.0.2.1 dev v0 table 100 metric 5 proto 18",
      "203.0.113.0/24 via 203.0.113.1 dev v0 onlink table 100",
      "203.0.113.0/24 via 192.0.2.50 tos 0x10 table 100",
      "203.0.113.0/24 via 192.0.2.50 mtu lock 1400 advmss 1300 initcwnd 20 congctl reno realms 7 table 100",
      "blackhole 203.0.113.0/24 table 100",
      "unreachable 203.0.113.0/24 table 100 metric 9",
      "prohibit 203.0.113.0/24 table 1000",
      "throw 203.0.113.0/24 table 100",
      "203.0.113.0/24 table 100 nexthop via 192.0.2.8 dev v0 weight 3 nexthop via 198.51.100.9 dev w0 onlink",
      "2001:db8:9::/48 via 2001:db8::50 dev v0 table 100",
      "2001:db8:9::/48 via fe80::5 dev v0 src 2001:db8::100 metric 7 table 100",
      "2001:db8:9::/48 dev v0 proto 18 pref high mtu 1400 table 1000",
      "default via 2001:db8::1 dev v0 table 100",
      "unreachable 2001:db8:9::/48 table 100",
      "blackhole 2001:db8:9::/48 table 100",
  };
  for (const std::string spec : cases) {
    INFO(spec);
    Network network;
    const std::string empty = routesByIp();
    ip("route add", spec);
    Requests requests;
    const auto before = theOne(list(requests));
    const std::string byIp = routesByIp();
    CHECK(requests.add(before.form).existed);

    Heard heard;
    ip("route del", spec);
    const auto gone = heard.all<core::RouteVanished>();
    REQUIRE(gone.size() == 1);
    CHECK(core::sameRoute(gone.front().record, before));
    CHECK(gone.front().origin.portId != 0);  // of both families

    const auto done = requests.add(before.form);
    CHECK(done.error == 0);
    CHECK_FALSE(done.existed);
    CHECK(routesByIp() == byIp);
    const auto back = heard.all<core::RouteAppeared>();
    REQUIRE(back.size() == 1);
    CHECK(back.front().record.form == before.form);
    CHECK(back.front().origin.portId == requests.port());

    CHECK(requests.remove(before.form).error == 0);
    CHECK(routesByIp() == empty);
    CHECK(requests.remove(before.form).error == 0);
  }
}

TEST_CASE("a rule that was taken away comes back as it was, and can be removed as exactly that") {
  const char* cases[] = {
      "from 192.0.2.100 table 100",
      "to 203.0.113.0/24 lookup 1000 preference 500",
      "not from 192.0.2.0/24 fwmark 0x7/0xff table 100",
      "iif v0 tos 0x10 table 100",
      "oif v0 table 100 suppress_prefixlength 8",
      "ipproto tcp sport 80-90 table 100",
      "from 2001:db8::/48 iif v0 table 100",
      "to 2001:db8::/48 table 1000 preference 77 protocol 18",
  };
  for (const std::string spec : cases) {
    INFO(spec);
    Network network;
    const std::string empty = routesByIp();
    ip("rule add", spec);
    Requests requests;
    const auto before = theOne(list(requests));
    const std::string byIp = routesByIp();
    CHECK(requests.add(before.form).existed);

    Heard heard;
    ip("rule del", spec);
    const auto gone = heard.all<core::RouteVanished>();
    REQUIRE(gone.size() == 1);
    CHECK(gone.front().record.form == before.form);
    CHECK(gone.front().origin.portId != 0);

    CHECK_FALSE(requests.add(before.form).existed);
    CHECK(routesByIp() == byIp);
    CHECK(requests.remove(before.form).error == 0);
    CHECK(routesByIp() == empty);
    CHECK(requests.remove(before.form).error == 0);
  }
}

TEST_CASE("removing a route leaves another one in the same place alone") {
  Network network;
  sh("ip route add 203.0.113.0/24 via 192.0.2.50 table 100");
  Requests requests;
  const auto ours = theOne(list(requests));
  sh("ip route replace 203.0.113.0/24 via 192.0.2.51 table 100");
  const std::string byIp = routesByIp();
  CHECK(requests.remove(ours.form).error == 0);
  CHECK(routesByIp() == byIp);
}

TEST_CASE("a route of another protocol or table is neither heard of nor listed") {
  Network network;
  Heard heard;
  Requests requests;
  sh("ip route add 203.0.113.0/24 via 192.0.2.50 table 100 proto bird; ip route add 203.0.113.0/24 via 192.0.2.50 "
     "table 7;"
     "ip route add 203.0.113.0/25 via 192.0.2.50 table 100 proto static");
  sh("ip route del 203.0.113.0/24 table 7");
  CHECK(heard.all<core::RouteAppeared>().empty());
  CHECK(heard.all<core::RouteVanished>().empty());
  for (const auto& route : list(requests)) CHECK(route.form.kind == core::RouteKind::Rule);
}

TEST_CASE("a link route of ours is the last of all, is found again and goes") {
  const Network network;
  Requests requests;
  const int ifindex = static_cast<int>(::if_nametoindex("v0"));
  const core::Prefix subnet{*core::parseAddress("192.0.2.0"), 24};
  const core::RouteForm form = netlink::linkRoute(ifindex, subnet);
  REQUIRE(requests.add(form).error == 0);
  CHECK(requests.add(form).existed);
  CHECK(sh("ip route get 192.0.2.77").find("src 192.0.2.10 ") != std::string::npos);  // the kernel's own is before it

  // The /32 first: with the last IPv4 address of a link, the kernel drops all routes over it.
  sh("ip address add 192.0.2.100/32 dev v0; ip address del 192.0.2.100/24 dev v0; ip address del 192.0.2.10/24 dev v0");
  CHECK(sh("ip route get 192.0.2.77").find("dev v0 src 192.0.2.100") != std::string::npos);
  const std::vector<core::RouteRecord> left = list(requests, netlink::linkRoutes());
  REQUIRE(left.size() == 1);
  CHECK(requests.remove(left.front().form).error == 0);
  CHECK(list(requests, netlink::linkRoutes()).empty());
  CHECK(requests.remove(form).error == 0);  // gone already
}

TEST_CASE("an address as /32 comes and goes beside the same one with its own prefix length") {
  const Network network;
  Requests requests;
  const int ifindex = static_cast<int>(::if_nametoindex("v0"));
  const core::IpAddress address = *core::parseAddress("192.0.2.100");
  core::AddressRecord record;
  record.key = {ifindex, address, 32};
  const core::AddDone added = requests.add(record);
  CHECK(added.error == 0);
  CHECK_FALSE(added.existed);
  CHECK(requests.remove({ifindex, address, 32}).existed);
  CHECK(sh("ip -o -4 address show dev v0").find("192.0.2.100/24 ") != std::string::npos);
  CHECK(sh("ip route show table local").find("local 192.0.2.100 dev v0") != std::string::npos);
}

TEST_CASE("a table that does not exist has no routes") {
  Network network;
  Requests requests;
  core::RouteInterest wanted;
  wanted.protocols = {kBoot};
  wanted.tables = {{core::Family::IPv4, 4711}, {core::Family::IPv6, 4711}};
  CHECK(list(requests, wanted).empty());
}

TEST_CASE("a flood of routes that nobody wants to hear of does not overrun the socket") {
  Network network;
  Heard heard;
  std::string batch;
  for (int i = 0; i < 60000; ++i)
    batch += "route add 10." + std::to_string(i / 256) + "." + std::to_string(i % 256) +
             ".0/24 via 192.0.2.50 table 100 proto bird\n";
  spill("/tmp/batch", batch);
  sh("ip -batch /tmp/batch; ip route add 203.0.113.0/24 via 192.0.2.50 table 100");
  CHECK(heard.all<core::RouteAppeared>().size() == 1);
  CHECK(heard.all<core::RoutesLost>().empty());
  Requests requests;
  if (requests.choosesRoutes()) CHECK(theOne(list(requests)).to.length == 24);
}

TEST_CASE("a route whose gateway cannot be reached is refused with the kernel's reason") {
  Network network;
  sh("ip route add 203.0.113.0/24 via 192.0.2.50 table 100");
  Requests requests;
  const auto route = theOne(list(requests));
  sh("ip address flush dev v0");
  CHECK(requests.add(route.form).error == ENETUNREACH);
}
