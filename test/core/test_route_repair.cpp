// Virtual routes and rules under circumstances: who must not have them back, what makes them wait, what is told.
#include <functional>

#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

/// keepalived is master already, with all that it has.
void startBesideMaster(Scene& scene) {
  scene.role = Role::Master;
  for (const AddressKey& key : {kVip, kVip6}) scene.addresses.push_back(key);
  for (const VirtualRoute& route : scene.instance.routes) scene.routes.push_back(standing(route));
  scene.start();
}

Advert foreign(int priority) {
  Advert advert{2, 51, Family::IPv4, static_cast<std::uint8_t>(priority), *parseAddress("192.0.2.12")};
  advert.addresses = {kVip.address, kVip6.address};
  return advert;
}

void lose(Scene& scene, const VirtualRoute& route) { scene.vanish(standing(route), kNetworkd); }

}  // namespace

TEST_CASE("what a master had when we came is put back as well") {
  Scene scene({viaGateway(), rule()});
  startBesideMaster(scene);
  scene.pass(10s);
  lose(scene, viaGateway());
  lose(scene, rule());
  scene.pass(1s);
  CHECK(scene.stands(viaGateway()));
  CHECK(scene.stands(rule()));
}

TEST_CASE("what stood there before keepalived was master is the host's own") {
  for (const Role role : {Role::Backup, Role::Fault})
    for (const bool late : {true, false}) {
      INFO((role == Role::Fault) << late);
      Scene scene({viaGateway()});
      scene.role = role;
      scene.start();
      scene.appear(standing(viaGateway()), 77);
      scene.pass(late ? 500ms : 2s);
      scene.happens(VerifyRequested{});  // keepalived says so again
      scene.role = Role::Master;
      scene.appear(kVip, kKeepalived);
      scene.pass(1s);
      lose(scene, viaGateway());
      scene.pass(5s);
      // One that came a moment before may have been installed by keepalived itself.
      CHECK(scene.stands(viaGateway()) == late);
    }
}

TEST_CASE("what keepalived installs is its own, whoever had it there before") {
  Scene scene({viaGateway()});
  scene.start();
  scene.appear(standing(viaGateway()), 77);
  scene.pass(10s);
  scene.happens(VerifyRequested{});
  scene.becomeMaster();
  scene.pass(1s);
  lose(scene, viaGateway());
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("a master that sends nothing gets nothing back, and what it got is taken away") {
  for (const bool before : {true, false}) {
    INFO(before);
    Scene scene({viaGateway()});
    scene.startAsMaster();
    scene.dumb = true;
    if (before)
      lose(scene, viaGateway());
    else
      scene.vanish(kVip, kNetworkd);
    scene.pass(6s);
    REQUIRE(scene.noticed().find("none of its adverts has left eth0") != std::string::npos);
    if (!before) lose(scene, viaGateway());
    scene.pass(6s);
    CHECK_FALSE(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.empty());
    scene.dumb = false;
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});
    scene.pass(10s);
    CHECK(scene.stands(viaGateway()));
  }
}

TEST_CASE("what keeps a route away is told, and when it ends, the route is back") {
  const struct {
    const char* what;
    std::function<void(Scene&)> begins;
    std::function<void(Scene&)> ends;
    const char* told;
  } cases[] = {
      {"its link is down",
       [](Scene& scene) {
         scene.links[0].up = scene.links[0].carrier = false;
         scene.happens(LinkChanged{scene.links[0]});
       },
       [](Scene& scene) {
         scene.links[0].up = scene.links[0].carrier = true;
         scene.happens(LinkChanged{scene.links[0]});
       },
       "eth0 is down"},
      {"its link has no carrier",
       [](Scene& scene) {
         scene.links[0].carrier = false;
         scene.happens(LinkChanged{scene.links[0]});
       },
       [](Scene& scene) {
         scene.links[0].carrier = true;
         scene.happens(LinkChanged{scene.links[0]});
       },
       "eth0 is down"},
      {"keepalived's unit is on its way",
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Reloading, false});
       },
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
       },
       "keepalived is stopping, starting or reloading"},
      {"another node advertises, stronger", [](Scene& scene) { scene.happens(ForeignAdvert{foreign(200)}); },
       [](Scene& scene) { scene.pass(5s); }, "another node, 192.0.2.12, advertises"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({viaGateway()});
    scene.startAsMaster();
    c.begins(scene);
    lose(scene, viaGateway());
    scene.pass(1500ms);
    CHECK_FALSE(scene.stands(viaGateway()));
    REQUIRE(scene.told().size() == 1);
    CHECK(scene.told()[0].find(c.told) != std::string::npos);
    c.ends(scene);
    scene.pass(1s);
    CHECK(scene.stands(viaGateway()));
  }
}

TEST_CASE("where another node advertises, weaker, keepalived is asked after its advert") {
  for (const bool answers : {true, false}) {
    Scene scene({viaGateway()});
    scene.startAsMaster();
    if (!answers) scene.answersLeft = 0;
    scene.happens(ForeignAdvert{foreign(50)});
    lose(scene, viaGateway());
    CHECK(scene.stands(viaGateway()) == answers);
  }
}

TEST_CASE("nothing is put back where that is not wanted, or keepalived sees to it itself") {
  const struct {
    const char* what;
    std::function<void(Scene&)> happens;
    bool hears;
    bool tracked;
    bool back;
  } rows[] = {
      {"a deaf keepalived", {}, false, true, true},
      {"one that hears", {}, true, true, false},
      {"one that hears, and does not look at this one", {}, true, false, true},
      {"in maintenance", [](Scene& scene) { scene.happens(PauseChanged{Pause{}}); }, false, true, false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    VirtualRoute route = viaGateway();
    route.noTrack = !row.tracked;
    Settings settings;
    settings.keepalivedWatches = row.hears;
    Scene scene({route}, settings);
    scene.startAsMaster();
    if (row.happens) row.happens(scene);
    lose(scene, route);
    scene.pass(50ms);
    CHECK(scene.stands(route) == row.back);
  }
}

TEST_CASE("a route over an interface that is gone is not put back over the next one") {
  Scene scene({viaGateway(), rule()});
  scene.startAsMaster();
  scene.links.erase(scene.links.begin());
  scene.addresses.clear();
  scene.dropSilently(viaGateway());
  scene.happens(LinkVanished{2});
  LinkRecord fresh = Scene({}).links[0];
  fresh.ifindex = 7;
  scene.links.push_back(fresh);
  scene.happens(LinkChanged{fresh});
  scene.pass(20s);
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("an interface that is gone or down touches only what leads over it") {
  const struct {
    const char* what;
    std::function<void(Scene&)> happens;
  } cases[] = {
      {"another one is gone",
       [](Scene& scene) {
         scene.links.pop_back();
         scene.happens(LinkVanished{3});
       }},
      {"another one is down",
       [](Scene& scene) {
         scene.links[1].up = false;
         scene.happens(LinkChanged{scene.links[1]});
       }},
      {"the last address of another one goes",
       [](Scene& scene) {
         scene.happens(AddressVanished{scene.recordOf({3, *parseAddress("198.51.100.9"), 24}), {77}});
       }},
      {"an IPv6 address goes that is nobody's source",
       [](Scene& scene) {
         scene.happens(AddressVanished{scene.recordOf(address("2001:db8::77", 64)), {0}});
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({viaGateway(), bySource6(), rule()});
    scene.startAsMaster();
    c.happens(scene);
    scene.pass(2s);
    CHECK(scene.count<AddRoute>() == 0);
    lose(scene, viaGateway());
    CHECK(scene.stands(viaGateway()));
  }
}

TEST_CASE("after lost notifications, routes are looked at as well") {
  for (const bool ofAddresses : {true, false}) {
    Scene scene({viaGateway(), rule()});
    scene.startAsMaster();
    scene.dropSilently(viaGateway());
    if (ofAddresses)
      scene.happens(EventsLost{});
    else
      scene.happens(RoutesLost{});
    CHECK(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.size() == 1);
  }
}

TEST_CASE("a route that could be any of several is told and left alone") {
  VirtualRoute numbered = rule();
  Scene scene({numbered});
  RouteRecord twin = standing(numbered);
  twin.priority = 32000;
  twin.form.bytes += " at 32000";
  scene.routes = {standing(numbered), twin};
  scene.role = Role::Master;
  for (const AddressKey& key : {kVip, kVip6}) scene.addresses.push_back(key);
  scene.start();
  scene.pass(10s);
  CHECK(scene.noticed().find("could be any of several that the host has; its loss is not repaired") !=
        std::string::npos);
  scene.vanish(twin, kNetworkd);
  lose(scene, numbered);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("networkd at work is named, and the end of its work is waited for") {
  Scene scene({viaGateway()});
  scene.happens(NetworkdSocketFound{kNetworkd});
  scene.startAsMaster();
  scene.happens(JobQueued{Unit::Networkd});
  for (int i = 0; i < 2; ++i) {
    lose(scene, viaGateway());
    CHECK(scene.stands(viaGateway()));
    scene.pass(1s);
  }
  CHECK(scene.told().empty());
  for (int i = 0; i < 10; ++i) {
    scene.pass(1s);
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});
  }
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("removed 2 times by systemd-networkd.service (restarted) and is back") !=
        std::string::npos);
}

TEST_CASE("a route that another hand puts back is told so, and is nobody's debt") {
  Settings observe;
  observe.policy = PolicyKind::Observe;
  Scene scene({viaGateway()}, observe);
  scene.startAsMaster();
  lose(scene, viaGateway());
  scene.pass(100ms);
  scene.appear(standing(viaGateway()), 77);
  scene.pass(1s);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("put back by another hand") != std::string::npos);
  CHECK(scene.ledger.routes.empty());
}

TEST_CASE("who removed a route is asked for once") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  lose(scene, viaGateway());
  CHECK(scene.count<IdentifySocket>() == 1);
  scene.happens(SocketIdentified{kNetworkd, "ip[7]", ""});
  lose(scene, viaGateway());
  CHECK(scene.count<IdentifySocket>() == 1);
  scene.pass(1s);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("was removed 2 times by ip[7]") != std::string::npos);
}

TEST_CASE("a route's addition that is acknowledged when nobody wants it any more is taken back") {
  const struct {
    const char* what;
    int error;
    bool strangers;
    bool removed;
  } rows[] = {{"it was made", 0, false, true},
              {"the kernel refused", ENETUNREACH, false, false},
              {"somebody else was quicker", 0, true, false}};
  for (const auto& row : rows)
    for (const bool dropped : {true, false}) {
      INFO(row.what << dropped);
      Scene scene({viaGateway()});
      scene.startAsMaster();
      scene.acknowledgesLate = true;
      scene.refuses = row.error;
      lose(scene, viaGateway());
      if (row.strangers) scene.late = {RouteAddDone{standing(viaGateway()).form, 0, true}};
      REQUIRE(scene.ledger.routes.size() == 1);
      if (dropped) {
        scene.instance.virtualRoutes = 0;
        scene.instance.routes.clear();
      } else {
        scene.role = Role::Backup;
      }
      scene.happens(VerifyRequested{});
      scene.catchUp();
      scene.pass(1s);
      CHECK(scene.ledger.routes.empty());
      CHECK(scene.count<RemoveRoute>() == (row.removed ? 1 : 0));
      CHECK(scene.stands(viaGateway()) == row.strangers);
    }
}

TEST_CASE("what stands only because of us goes when keepalived's file has it no more") {
  Scene scene({viaGateway(), rule()});
  scene.startAsMaster();
  lose(scene, viaGateway());
  lose(scene, rule());
  REQUIRE(scene.ledger.routes.size() == 2);
  Configuration file;
  file.instances = {scene.instance};
  file.instances[0].routes = {rule()};
  file.instances[0].virtualRoutes = 0;
  scene.instance.virtualRoutes = 0;
  scene.happens(ConfigurationRead{file});
  scene.happens(VerifyRequested{});
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.stands(rule()));
  CHECK(scene.ledger.routes.size() == 1);
}

TEST_CASE("a former life's routes go where keepalived has none any more") {
  const RouteForm former{RouteKind::Route, "10.0.0.0/8 via 192.0.2.7"};
  Scene scene({});
  scene.ledger.routes = {{former, true}};
  scene.start();
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.count<RemoveRoute>() == 1);
}

TEST_CASE("a former life's route is confirmed by this life's answer, or goes") {
  for (const bool master : {true, false})
    for (const bool confirmed : {true, false}) {
      INFO(master << confirmed);
      Scene scene({viaGateway()});
      scene.ledger.routes = {{standing(viaGateway()).form, confirmed}};
      scene.ledger.process = {500, 1};
      scene.ledger.epochs = {{{51, Family::IPv4, "VI_1"}, {2}, std::chrono::microseconds(1)}};
      scene.routes = {standing(viaGateway())};
      if (master) scene.role = Role::Master;
      for (const AddressKey& key : {kVip, kVip6}) scene.addresses.push_back(key);
      scene.start();
      scene.pass(10s);
      CHECK(scene.stands(viaGateway()) == master);
      CHECK(scene.ledger.routes ==
            (master ? std::map<RouteForm, bool>{{standing(viaGateway()).form, true}} : std::map<RouteForm, bool>{}));
    }
}

TEST_CASE("of routes with a protocol of their own, that is listened to as well") {
  VirtualRoute route = viaGateway();
  route.protocol = std::uint8_t{42};
  Scene scene({route});
  scene.start();
  std::set<std::uint8_t> protocols;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<WatchRoutes>(&action)) protocols = order->interest.protocols;
  CHECK(protocols == std::set<std::uint8_t>{3, 18, 42});
}

TEST_CASE("a line that is not understood is told once") {
  VirtualRoute odd = viaGateway();
  odd.understood = false;
  Scene scene({odd});
  scene.startAsMaster();
  scene.instance.vips.pop_back();  // all is laid anew
  scene.happens(VerifyRequested{});
  Scene first({odd});
  first.start();
  CHECK(first.noticed().find("is not understood") != std::string::npos);
  CHECK(scene.noticed().find("is not understood") == std::string::npos);
}

TEST_CASE("a route that keepalived no longer has at all is not listened to any more") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.instance.virtualRoutes = 0;
  scene.happens(VerifyRequested{});
  REQUIRE(scene.count<WatchRoutes>() == 1);
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<WatchRoutes>(&action)) CHECK(order->interest.empty());
  scene.orders.clear();
  scene.happens(VerifyRequested{});
  CHECK(scene.count<ListRoutes>() == 0);
}
