// Virtual routes and rules of two instances, shared or side by side.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

void lose(Scene& scene, const VirtualRoute& route) { scene.vanish(standing(route), kNetworkd); }

VirtualRoute ofSecond() {
  VirtualRoute route = configured("203.0.113.0/24 via 192.0.2.51", "203.0.113.0", 24);
  route.gateway = parseAddress("192.0.2.51");
  return route;
}

}  // namespace

TEST_CASE("one route of two instances is kept for whichever is master") {
  Scene scene({viaGateway()});
  startBoth(scene, second(scene, {viaGateway()}));
  scene.becomeMaster();
  scene.pass(1s);
  lose(scene, viaGateway());
  CHECK(scene.stands(viaGateway()));
  CHECK(scene.count<AddRoute>() == 1);
  CHECK(scene.told().empty());
  scene.pass(1s);
  CHECK(scene.told().size() == 1);
}

TEST_CASE("the incident of one instance is not told as another's") {
  const VirtualRoute other = ofSecond();
  Scene scene({viaGateway()});
  scene.roleOfOthers = Role::Master;
  startBoth(scene, second(scene, {other}));
  scene.becomeMaster();
  scene.appear(address("192.0.2.101", 24), kKeepalived);
  scene.appear(standing(other), kKeepalived);
  scene.pass(10s);
  lose(scene, viaGateway());
  lose(scene, other);
  scene.pass(3s);
  for (const std::string& text : scene.told())
    CHECK((text.find("VI_1: ") == 0) == (text.find(viaGateway().text) != std::string::npos));
  CHECK_FALSE(scene.told().empty());
  scene.answersLeft = 0;
  lose(scene, viaGateway());  // keepalived's own doing, as it turns out
  scene.answersLeft = 1000;
  scene.orders.clear();
  scene.becomeBackup();
  scene.pass(3s);
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.told().empty());
}

TEST_CASE("a route of two instances, of which the second is master, is put back and told as its") {
  Scene scene({viaGateway()});
  startBoth(scene, second(scene, {viaGateway()}));
  scene.roleOfOthers = Role::Master;
  scene.appear(address("192.0.2.101", 24), kKeepalived);
  scene.appear(standing(viaGateway()), kKeepalived);
  scene.pass(1s);
  lose(scene, viaGateway());
  scene.pass(1s);
  CHECK(scene.stands(viaGateway()));
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("VI_2: virtual route ") == 0);

  scene.answersLeft = 0;
  scene.happens(RoleHinted{Role::Backup, "D-Bus", "VI_2", "", 0, Family::IPv4});  // perhaps nobody is
  lose(scene, viaGateway());
  scene.pass(1s);
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.told().size() == 1);
}

TEST_CASE("that keepalived removes a route of one instance says nothing of another one's") {
  Scene scene({viaGateway()});
  scene.roleOfOthers = Role::Master;
  startBoth(scene, second(scene, {ofSecond()}));
  scene.becomeMaster();
  scene.appear(address("192.0.2.101", 24), kKeepalived);
  scene.appear(standing(ofSecond()), kKeepalived);
  scene.pass(1s);
  scene.becomeBackup();
  scene.pass(1s);
  lose(scene, ofSecond());
  CHECK(scene.stands(ofSecond()));
  CHECK_FALSE(scene.stands(viaGateway()));
}

TEST_CASE("a loss counts for the instance that may be master, not for the one that is not") {
  Scene scene({viaGateway()});
  scene.roleOfOthers = Role::Master;
  startBoth(scene, second(scene, {viaGateway()}));
  scene.appear(address("192.0.2.101", 24), kKeepalived);
  scene.appear(standing(viaGateway()), kKeepalived);
  scene.pass(1s);
  scene.roleOfOthers = Role::Other;  // it is being reloaded
  scene.happens(VerifyRequested{});
  lose(scene, viaGateway());
  CHECK_FALSE(scene.stands(viaGateway()));
  scene.roleOfOthers = Role::Master;
  scene.pass(5s);
  CHECK(scene.stands(viaGateway()));
  CHECK_FALSE(scene.told().empty());
  for (const std::string& text : scene.told()) CHECK(text.find("VI_2: virtual route ") == 0);
}
