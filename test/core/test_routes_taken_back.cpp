// What of a virtual route or rule stands only because of us, and when that is taken back.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

TEST_CASE("what was put back is gone again when keepalived leaves without removing it") {
  Scene scene({viaGateway(), rule()});
  scene.startAsMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.vanish(standing(rule()), kNetworkd);
  REQUIRE(scene.ledger.routes.size() == 2);
  SECTION("it says BACKUP") {
    scene.role = Role::Backup;
    scene.vanish(kVip, kKeepalived);
  }
  SECTION("its process ends") { scene.happens(KeepalivedGone{}); }
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK_FALSE(scene.stands(rule()));
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.told().size() == 1);
}

TEST_CASE("what was put back and removed by keepalived is no longer ours") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.becomeBackup();
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.count<RemoveRoute>() == 0);
  scene.becomeMaster();
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("without a confirmation of keepalived's, what was put back does not stay") {
  const struct {
    const char* what;
    std::function<void(Scene&)> happens;
  } cases[] = {
      {"no answer within 100 ms", [](Scene& scene) { scene.pass(100ms); }},
      {"keepalived is stopping",
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Deactivating});
       }},
      {"we are stopping", [](Scene& scene) { scene.happens(Stopping{}); }},
      {"a stronger node advertises",
       [](Scene& scene) {
         scene.happens(ForeignAdvert{{2, 51, Family::IPv4, 200, *parseAddress("192.0.2.11")}});
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({viaGateway()});
    scene.startAsMaster();
    scene.answersLeft = 1;  // to the question before the addition, but not to the one after it
    scene.vanish(standing(viaGateway()), kNetworkd);
    REQUIRE(scene.stands(viaGateway()));
    c.happens(scene);
    CHECK_FALSE(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.empty());
    scene.pass(10s);
    CHECK_FALSE(scene.stands(viaGateway()));
  }
}

TEST_CASE("a removal that the kernel refuses is tried again until it is done, and told of once") {
  Scene scene({viaGateway()});
  const auto told = [&scene] {
    const std::string all = scene.noticed();
    int times = 0;
    for (std::size_t at = all.find("failed"); at != std::string::npos; at = all.find("failed", at + 1)) ++times;
    return times;
  };
  SECTION("of this life's") {
    scene.startAsMaster();
    scene.vanish(standing(viaGateway()), kNetworkd);
    scene.clingsTo = 5;
    scene.happens(KeepalivedGone{});
    CHECK(scene.stands(viaGateway()));
    scene.pass(5s);
    CHECK(told() == 1);
  }
  SECTION("of a former life's") {
    scene.ledger.routes = {{standing(viaGateway()).form, true}};
    scene.routes = {standing(viaGateway())};
    scene.clingsTo = 5;
    scene.happens(Remembered{scene.ledger});
    scene.happens(scene.snapshot());
    scene.happens(KeepalivedGone{});
    CHECK(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.size() == 1);
    scene.pass(5s);
  }
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.count<RemoveRoute>() == 6);
}

TEST_CASE("a former life's routes are taken over by whoever wants them, and removed where nobody does") {
  const RouteForm stranger{RouteKind::Route, "10.0.0.0/8 via 192.0.2.7"};
  Scene scene({viaGateway()});
  scene.ledger.routes = {{standing(viaGateway()).form, true}, {stranger, true}};
  scene.role = Role::Backup;
  scene.routes = {standing(viaGateway())};
  scene.start();
  scene.pass(10ms);
  // keepalived is not master: both go.
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.count<RemoveRoute>() == 2);
}

TEST_CASE("where a former life's keepalived is gone or silent, its routes go") {
  for (const bool gone : {true, false}) {
    Scene scene({viaGateway()});
    scene.ledger.routes = {{standing(viaGateway()).form, true}};
    scene.routes = {standing(viaGateway())};
    scene.answersLeft = 0;
    if (gone) {
      scene.happens(Remembered{scene.ledger});
      scene.happens(KeepalivedGone{});
    } else {
      scene.start();
      scene.pass(200ms);
    }
    CHECK_FALSE(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.empty());
  }
}
