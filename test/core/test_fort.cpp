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

namespace {

/// networkd takes the base address, and the VIP with it.
void takeBoth(Scene& scene) {
  scene.vanish(kBase, kNetworkd);
  scene.vanish(kVip, kNetworkd);
}

int additions(const Scene& scene, const AddressKey& key) {
  return static_cast<int>(std::count_if(scene.orders.begin(), scene.orders.end(), [&](const Action& action) {
    const auto* order = std::get_if<AddAddress>(&action);
    return order != nullptr && order->record.key == key;
  }));
}

}  // namespace

TEST_CASE("a /32 that keepalived itself has is none of ours") {
  Scene scene({});
  scene.instance.vips.push_back(scene.instance.vips[0]);
  scene.instance.vips.back().prefixLength = 32;
  scene.start();
  scene.appear(kFort, kKeepalived);
  scene.becomeMaster();
  scene.pass(1s);
  takeBoth(scene);
  scene.pass(1s);
  scene.appear(kBase, kNetworkd);
  scene.pass(1s);
  CHECK(additions(scene, kFort) == 0);
  CHECK(scene.has(kFort));
  CHECK(scene.has(kVip));
}

TEST_CASE("who takes the /32 again and again gets his will, and the VIP comes back with its base address") {
  Scene scene({});
  scene.startAsMaster();
  takeBoth(scene);
  for (int i = 0; i < 50; ++i) {
    scene.vanish(kFort, 77);
    scene.pass(10ms);
  }
  CHECK(additions(scene, kFort) == 12);
  CHECK(scene.count<AddLinkRoute>() == scene.count<RemoveLinkRoute>());
  scene.appear(kBase, kNetworkd);
  scene.pass(100ms);
  CHECK(scene.has(kVip));
}

TEST_CASE("a /32 goes with the leave to put anything back") {
  for (const bool pause : {true, false}) {
    Scene scene({});
    scene.startAsMaster();
    takeBoth(scene);
    REQUIRE(scene.has(kFort));
    Settings observe;
    observe.policy = PolicyKind::Observe;
    if (pause)
      scene.happens(PauseChanged{Pause{}});
    else
      scene.happens(SettingsChanged{observe});
    CHECK_FALSE(scene.has(kFort));
    CHECK(scene.ledger.addresses.empty());
    CHECK(scene.count<RemoveLinkRoute>() == 1);
  }
}

TEST_CASE("a /32 that stood there already is somebody else's") {
  Scene scene({});
  scene.startAsMaster();
  scene.addresses.push_back(kFort);  // which nobody has told yet
  takeBoth(scene);
  CHECK(additions(scene, kFort) <= 12);
  CHECK(scene.ledger.addresses.empty());
  CHECK(scene.count<AddLinkRoute>() == scene.count<RemoveLinkRoute>());
  scene.appear(kBase, kNetworkd);
  scene.pass(1s);
  CHECK(scene.has(kVip));
  CHECK(scene.has(kFort));
  CHECK(scene.count<RemoveAddress>() == 0);
}

TEST_CASE("a /32 that comes to stand when it is not wanted any more goes, be the kernel slow and unwilling") {
  for (const bool dropped : {true, false}) {
    INFO(dropped);
    Scene scene({});
    scene.startAsMaster();
    scene.acknowledgesLate = true;
    takeBoth(scene);
    REQUIRE(scene.has(kFort));
    scene.keepsAddresses = 1;
    if (dropped)
      scene.instance.vips.erase(scene.instance.vips.begin());
    else
      scene.role = Role::Backup;
    scene.happens(VerifyRequested{});
    CHECK(scene.count<RemoveAddress>() == 1);
    scene.catchUp();
    scene.pass(1s);
    CHECK_FALSE(scene.has(kFort));
    CHECK(scene.ledger.addresses.empty());
    CHECK(scene.count<AddLinkRoute>() == scene.count<RemoveLinkRoute>());
  }
}

TEST_CASE("news of a /32's removal counts once all news of its additions has come") {
  Scene scene({});
  scene.startAsMaster();
  scene.notifiesLate = true;
  takeBoth(scene);
  scene.happens(eth0(false));
  scene.happens(eth0(true));
  REQUIRE(additions(scene, kFort) == 2);
  scene.vanish(kFort, 77);
  CHECK(additions(scene, kFort) == 2);  // it may have been the first one that went
  scene.catchUp();
  scene.addresses.push_back(kFort);
  scene.vanish(kFort, 77);
  CHECK(additions(scene, kFort) == 3);
}

TEST_CASE("news of a removal that comes before the order is acknowledged is older than the /32") {
  Scene scene({});
  scene.startAsMaster();
  scene.acknowledgesLate = true;
  takeBoth(scene);
  scene.happens(AddressVanished{scene.recordOf(kFort), {77}});
  scene.catchUp();
  CHECK(additions(scene, kFort) == 1);
  CHECK(scene.has(kFort));
  scene.appear(kBase, kNetworkd);
  scene.pass(100ms);
  CHECK_FALSE(scene.has(kFort));
}

TEST_CASE("a /32 that went with its interface is not put up anywhere") {
  Scene scene({});
  scene.startAsMaster();
  takeBoth(scene);
  REQUIRE(scene.has(kFort));
  const int before = scene.count<AddAddress>();
  scene.links.erase(scene.links.begin());
  scene.addresses.clear();
  scene.happens(scene.snapshot());
  scene.pass(10s);
  CHECK(scene.count<AddAddress>() == before);
  CHECK(scene.ledger.addresses.empty());
  CHECK(scene.reported().find("their interface was removed or replaced") != std::string::npos);
}
