// Which of the kernel's routes and rules a line of keepalived's configuration means.
#include <functional>

#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

using Change = std::function<void(RouteRecord&)>;

KernelView twoLinks() {
  KernelView view;
  for (const LinkRecord& link : Scene({}).snapshot().links) view.putLink(link);
  return view;
}

void meansOnly(const VirtualRoute& line, const std::vector<Change>& others) {
  const KernelView view = twoLinks();
  const RouteRecord right = standing(line);
  CHECK(meant(line, right, view));
  for (std::size_t i = 0; i < others.size(); ++i) {
    INFO(line.text << ", change " << i);
    RouteRecord wrong = right;
    others[i](wrong);
    CHECK_FALSE(meant(line, wrong, view));
    CHECK_FALSE(sameRoute(right, wrong));
  }
}

}  // namespace

TEST_CASE("what a line says of a route must agree, and what it leaves open is what the kernel makes of it") {
  VirtualRoute line = viaGateway();
  line.outInterface = "eth0";
  const Change tos = [](RouteRecord& r) { r.tos = 16; };
  const Change priority = [](RouteRecord& r) { r.priority = 7; };
  const Change source = [](RouteRecord& r) { r.preferredSource = kBase.address; };
  const std::vector<Change> place = {[](RouteRecord& r) { r.table = 254; },
                                     [](RouteRecord& r) { r.type = 6; },
                                     [](RouteRecord& r) { r.to.length = 25; },
                                     [](RouteRecord& r) { r.to.address.bytes[2] = 101; },
                                     [](RouteRecord& r) { r.from.length = 32; },
                                     [](RouteRecord& r) { r.gateway.reset(); },
                                     [](RouteRecord& r) { r.ifindexes = {3}; },
                                     [](RouteRecord& r) { r.ifindexes = {9}; },
                                     [](RouteRecord& r) { r.ifindexes.clear(); },
                                     [](RouteRecord& r) { r.family = Family::IPv6; },
                                     [](RouteRecord& r) { r.form.kind = RouteKind::Rule; },
                                     tos,
                                     priority};
  meansOnly(line, place);
  const KernelView view = twoLinks();
  RouteRecord found = standing(line);
  source(found);
  CHECK(meant(line, found, view));  // the line does not say which
  CHECK_FALSE(sameRoute(standing(line), found));
  found = standing(line);
  found.multipath = true;
  CHECK_FALSE(meant(line, found, view));

  line.tos = std::uint8_t{16};
  line.priority = 7U;
  line.protocol = std::uint8_t{3};
  line.preferredSource = kVip.address;
  found = standing(line);
  found.tos = 16;
  CHECK(meant(line, found, view));
  found.protocol = 18;
  CHECK_FALSE(meant(line, found, view));
  found.protocol = 3;
  source(found);
  CHECK_FALSE(meant(line, found, view));
  found.preferredSource.reset();  // an IPv4 route does not lose its source, it goes with it
  CHECK_FALSE(meant(line, found, view));
  line.understood = false;
  CHECK_FALSE(meant(line, standing(line), view));
}

TEST_CASE("an IPv6 route may have lost the source that its line names, but not have another one") {
  const VirtualRoute line = bySource6();
  const KernelView view = twoLinks();
  RouteRecord found = standing(line);
  CHECK(meant(line, found, view));
  found.preferredSource.reset();
  CHECK(meant(line, found, view));
  CHECK(sameRoute(standing(line), found));
  found.preferredSource = kBase.address;
  CHECK_FALSE(meant(line, found, view));
}

TEST_CASE("of a route with several next hops, their gateways are not compared") {
  VirtualRoute line = viaGateway();
  line.multipath = true;
  RouteRecord found = standing(line);
  found.multipath = true;
  found.gateway.reset();
  CHECK(meant(line, found, twoLinks()));
}

TEST_CASE("what a line says of a rule must agree, and what it leaves open is nothing but the number") {
  VirtualRoute line = rule();
  const std::vector<Change> others = {[](RouteRecord& r) { r.tos = 16; },
                                      [](RouteRecord& r) { r.mark = 1; },
                                      [](RouteRecord& r) { r.inInterface = "eth0"; },
                                      [](RouteRecord& r) { r.outInterface = "eth0"; },
                                      [](RouteRecord& r) { r.from.length = 24; },
                                      [](RouteRecord& r) { r.table = 254; }};
  meansOnly(line, others);
  RouteRecord found = standing(line);
  found.priority = 32765;
  CHECK(meant(line, found, twoLinks()));  // the kernel's choice
  line.priority = 100U;
  line.tos = std::uint8_t{16};
  line.mark = 1U;
  line.inInterface = line.outInterface = "eth0";
  CHECK_FALSE(meant(line, found, twoLinks()));
  found.priority = 100;
  found.tos = 16;
  found.mark = 1;
  found.inInterface = found.outInterface = "eth0";
  CHECK(meant(line, found, twoLinks()));
}

TEST_CASE("what is to be heard of is the same where the tables, the protocols and the rules are") {
  const RouteInterest one{{3, 18}, {{Family::IPv4, 100}}, true};
  CHECK(one == one);
  CHECK_FALSE(one == RouteInterest{{3}, {{Family::IPv4, 100}}, true});
  CHECK_FALSE(one == RouteInterest{{3, 18}, {{Family::IPv6, 100}}, true});
  CHECK_FALSE(one == RouteInterest{{3, 18}, {{Family::IPv4, 100}}, false});
  CHECK_FALSE(one.empty());
  CHECK_FALSE(RouteInterest{{}, {}, true}.empty());
  CHECK_FALSE(RouteInterest{{}, {{Family::IPv4, 100}}, false}.empty());
  CHECK(RouteInterest{}.empty());
}
