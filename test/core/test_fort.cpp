// What stands in for a VIP that waits for its base address. Most of it is judged by the simulator.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

const AddressKey kFort = address("192.0.2.100", 32);

LinkChanged eth0(bool up) {
  LinkRecord link;
  link.ifindex = 2;
  link.name = "eth0";
  link.up = link.carrier = up;
  return {link};
}

long standing(const Scene& scene, const AddressKey& key) {
  return std::count(scene.addresses.begin(), scene.addresses.end(), key);
}

}  // namespace

TEST_CASE("while its base address is away, a VIP is served as a /32, and by itself afterwards") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.vanish(kVip, kNetworkd);
  CHECK(standing(scene, kFort) == 1);
  scene.appear(kBase, kNetworkd);
  scene.pass(100ms);
  CHECK(standing(scene, kFort) == 0);
  CHECK(standing(scene, kVip) == 1);
}

TEST_CASE("late news that another hand took the /32 is not about the one that was put up since") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.vanish(kVip, kNetworkd);
  REQUIRE(standing(scene, kFort) == 1);
  scene.addresses.erase(std::find(scene.addresses.begin(), scene.addresses.end(), kFort));  // nobody has said so yet
  scene.happens(eth0(false));
  scene.notifiesLate = true;
  scene.happens(eth0(true));
  REQUIRE(standing(scene, kFort) == 1);
  AddressRecord former;
  former.key = kFort;
  scene.happens(AddressVanished{former, {kNetworkd}});
  for (const Event& event : std::exchange(scene.late, {})) scene.happens(event);
  scene.notifiesLate = false;
  scene.appear(kBase, kNetworkd);
  scene.pass(1s);
  CHECK(standing(scene, kFort) == 0);
  CHECK(standing(scene, kVip) == 1);
}
