// Virtual routes and rules: what is put back, when, and what is never touched.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

TEST_CASE("a virtual route or rule that another hand removed is put back, once keepalived has said MASTER again") {
  for (const VirtualRoute& lost : {viaGateway(), bySource(), bySource6(), rule()}) {
    INFO(lost.text);
    Scene scene({viaGateway(), bySource(), bySource6(), rule()});
    scene.startAsMaster();
    scene.vanish(standing(lost), kNetworkd);
    CHECK(scene.stands(lost));
    CHECK(scene.count<AddRoute>() == 1);
    CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(lost).form, true}});
    scene.pass(1s);
    REQUIRE(scene.told().size() == 1);
    CHECK(scene.told()[0].find(lost.text + " was removed by ") != std::string::npos);
    CHECK(scene.told()[0].find("is back after") != std::string::npos);
    CHECK(scene.told()[0].find("announced") == std::string::npos);
  }
}

TEST_CASE("what the kernel takes along in silence is noticed by what went with it") {
  Scene scene({viaGateway(), bySource(), rule()});
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.dropSilently(viaGateway());  // with the last IPv4 address of the link
  scene.dropSilently(bySource());
  scene.vanish(kVip, kNetworkd);
  scene.appear(kBase, kNetworkd);
  scene.pass(100ms);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
  CHECK(scene.stands(bySource()));
  CHECK(scene.stands(viaGateway()));
  scene.pass(1s);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("virtual route 198.51.100.0/24 via 192.0.2.50 and virtual route 203.0.113.0/24 src "
                             "192.0.2.100 were removed by") != std::string::npos);
}

TEST_CASE("a route waits for its source address") {
  const AddressKey other = address("198.51.100.7", 24);
  VirtualRoute route = configured("203.0.113.0/24 src 198.51.100.7", "203.0.113.0", 24, 254);
  route.preferredSource = other.address;
  Scene scene({route});
  scene.addresses.push_back(other);
  scene.startAsMaster();
  scene.dropSilently(route);
  scene.vanish(other, kNetworkd);
  scene.pass(20ms);
  CHECK(scene.count<AddRoute>() == 0);
  scene.appear(other, kNetworkd);
  CHECK(scene.stands(route));
}

TEST_CASE("an address that could take no route along raises no suspicion") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);  // the base address is still there
  scene.pass(1s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("a suspicion that proves wrong is not told, and leaves nothing in the ledger") {
  Scene scene({bySource()});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  scene.pass(2s);
  CHECK(scene.stands(bySource()));
  CHECK(scene.count<AddRoute>() == 1);
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.told().empty());
}

TEST_CASE("an IPv6 route gets its source back that went with the address") {
  Scene scene({bySource6()});
  scene.startAsMaster();
  scene.vanish(kVip6, 0);  // the route stays, without its source
  CHECK(scene.count<RemoveRoute>() == 1);
  CHECK(scene.count<AddRoute>() == 1);
  CHECK(scene.stands(bySource6()));
  CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(bySource6()).form, true}});
}

TEST_CASE("routes over a link that went down are looked after when it is up again") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  LinkRecord link = scene.snapshot().links[0];
  link.up = link.carrier = false;
  scene.happens(LinkChanged{link});
  scene.dropSilently(viaGateway());
  scene.pass(1s);
  CHECK(scene.count<AddRoute>() == 0);
  link.up = link.carrier = true;
  scene.happens(LinkChanged{link});
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("what keepalived removes itself is not put back") {
  Scene scene({viaGateway(), bySource(), rule()});
  scene.startAsMaster();
  scene.vanish(standing(rule()), kKeepalived);
  scene.vanish(standing(viaGateway()), kKeepalived);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
  scene.becomeBackup();
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
  CHECK(scene.count<RemoveRoute>() == 0);
  CHECK(scene.told().empty());
}

TEST_CASE("nothing is put back on a node that is not master") {
  Scene scene({viaGateway(), rule()});
  scene.start();
  scene.appear(standing(viaGateway()), 77);
  scene.appear(standing(rule()), 77);
  scene.pass(5s);
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.vanish(standing(rule()), kNetworkd);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("a loss that keepalived answers with BACKUP is none") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.role = Role::Backup;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
  CHECK(scene.told().empty());
}

TEST_CASE("while keepalived does not answer, nothing is put back") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("a route that the kernel refuses is tried again, ever more rarely, and told once") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.refuses = ENETUNREACH;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddRoute>() > 3);
  CHECK(scene.count<AddRoute>() < 12);
  CHECK(scene.ledger.routes.empty());
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("Network is unreachable") != std::string::npos);
  scene.refuses = 0;
  scene.pass(30s);
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("a fight over a route is not fought at full speed") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  for (int i = 0; i < 1000; ++i) {
    scene.vanish(standing(viaGateway()), kNetworkd);
    scene.pass(1ms);
  }
  CHECK(scene.count<AddRoute>() < 20);
}

TEST_CASE("what is only observed is told and left alone") {
  Settings observe;
  observe.policy = PolicyKind::Observe;
  Scene scene({viaGateway()}, observe);
  scene.startAsMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddRoute>() == 0);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("nothing was done") != std::string::npos);
}

TEST_CASE("what is not understood, or not what the file has, is said and left alone") {
  VirtualRoute odd = viaGateway();
  odd.understood = false;
  Scene scene({odd});
  scene.startAsMaster();
  scene.vanish(standing(odd), kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 0);

  Scene strange({odd});
  strange.start();
  strange.becomeMaster();
  CHECK(strange.noticed().find("VI_1: virtual route " + odd.text + " is not understood") != std::string::npos);
}

TEST_CASE("where keepalived has fewer of them than its file, none is put back") {
  Scene scene({viaGateway(), rule()});
  const Instance written = scene.instance;
  scene.happens(Remembered{});
  scene.happens(scene.snapshot());
  Configuration configuration;
  configuration.instances = {written};
  scene.instance.virtualRules = 0;
  scene.happens(KeepalivedStarted{{500, 1}, {1, 3, 9}, configuration});
  scene.becomeMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 0);
  CHECK(scene.count<WatchRoutes>() == 0);
  CHECK(scene.noticed().find("its configuration file 1 and 1; their loss is not repaired") != std::string::npos);
}

TEST_CASE("a host without virtual routes is never asked about its routes") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  scene.pass(200s);
  CHECK(scene.count<WatchRoutes>() == 0);
  CHECK(scene.count<ListRoutes>() == 0);
}

TEST_CASE("lost notifications end in a list that tells what is missing") {
  Scene scene({viaGateway(), rule()});
  scene.startAsMaster();
  scene.dropSilently(viaGateway());
  scene.dropSilently(rule());
  scene.happens(RoutesLost{});
  CHECK(scene.stands(viaGateway()));
  CHECK(scene.stands(rule()));
}

TEST_CASE("a rule without a number of its own is followed when keepalived installs it anew") {
  Scene scene({rule()});
  scene.startAsMaster();
  scene.becomeBackup();
  scene.role = Role::Master;
  scene.transition += 1000;
  for (const AddressKey& key : {kVip, kVip6}) scene.appear(key, key == kVip ? kKeepalived : 0);
  RouteRecord other = standing(rule());
  other.priority = 32000;
  other.form.bytes += " at 32000";
  scene.appear(other, kKeepalived);
  scene.pass(1s);
  scene.vanish(other, kNetworkd);
  std::optional<RouteForm> added;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<AddRoute>(&action)) added = order->form;
  REQUIRE(added);
  CHECK(added->bytes == other.form.bytes);
}

TEST_CASE("a line means the route that agrees with all it says") {
  KernelView view;
  LinkRecord link;
  link.ifindex = 2;
  link.name = "eth0";
  view.putLink(link);
  VirtualRoute line = viaGateway();
  line.outInterface = "eth0";
  const RouteRecord right = standing(line);
  CHECK(meant(line, right, view));
  const auto differs = [&](const auto& change) {
    RouteRecord wrong = right;
    change(wrong);
    return !meant(line, wrong, view);
  };
  CHECK(differs([](RouteRecord& r) { r.table = 254; }));
  CHECK(differs([](RouteRecord& r) { r.to.length = 25; }));
  CHECK(differs([](RouteRecord& r) { r.priority = 7; }));
  CHECK(differs([](RouteRecord& r) { r.gateway.reset(); }));
  CHECK(differs([](RouteRecord& r) { r.ifindexes = {3}; }));
  CHECK(differs([](RouteRecord& r) { r.type = 6; }));
  CHECK(differs([](RouteRecord& r) { r.tos = 16; }));
  CHECK(differs([](RouteRecord& r) { r.form.kind = RouteKind::Rule; }));
  line.understood = false;
  CHECK_FALSE(meant(line, right, view));
}
