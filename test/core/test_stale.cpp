// What keepalived has left behind on a node that is not master.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

Settings removing() {
  Settings settings;
  settings.stale.remove = true;
  return settings;
}

std::size_t timesTold(const Scene& scene) {
  std::size_t times = 0;
  for (const Action& action : scene.orders)
    if (const auto* notice = std::get_if<Notice>(&action)) times += notice->kind == Notice::Kind::Stale ? 1U : 0U;
  return times;
}

/// Of the one that it was seen installing. Of IPv6 addresses nobody says that, until it is asked.
int removals(const Scene& scene) {
  int count = 0;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<RemoveAddress>(&action)) count += order->key == kVip ? 1 : 0;
  return count;
}

/// It says BACKUP, and has forgotten its IPv4 address.
void forget(Scene& scene) {
  scene.role = Role::Backup;
  scene.vanish(kVip6, 0);
}

}  // namespace

TEST_CASE("what a killed keepalived leaves is told once, after a while, and not touched") {
  Scene scene({});
  scene.startAsMaster();
  scene.happens(KeepalivedGone{});
  scene.pass(4s);
  CHECK(timesTold(scene) == 0);
  scene.pass(10min);
  CHECK(timesTold(scene) == 1);
  CHECK(scene.noticed().find("VI_1: keepalived is gone, but has left here: 192.0.2.100/24 on eth0; ") !=
        std::string::npos);
  CHECK(removals(scene) == 0);
}

TEST_CASE("it is removed where the operator wants it, and the host's own addresses stay") {
  Scene scene({}, removing());
  scene.startAsMaster();
  scene.happens(VerifyRequested{});  // it has both, and says MASTER
  scene.happens(KeepalivedGone{});
  scene.pass(10s);
  CHECK(timesTold(scene) == 1);
  CHECK(removals(scene) == 1);
  CHECK(scene.addresses == std::vector<AddressKey>{kBase});
}

TEST_CASE("what the kernel refuses to remove is tried again") {
  Scene scene({}, removing());
  scene.startAsMaster();
  scene.happens(VerifyRequested{});
  scene.keepsAddresses = 3;
  scene.happens(KeepalivedGone{});
  scene.pass(20s);
  CHECK(scene.addresses == std::vector<AddressKey>{kBase});
}

TEST_CASE("a backup that has forgotten an address is asked again before anything is said of it") {
  for (const bool remove : {false, true}) {
    INFO(remove);
    Scene scene({}, remove ? removing() : Settings{});
    scene.startAsMaster();
    forget(scene);
    scene.pass(20s);
    CHECK(timesTold(scene) == 1);
    CHECK(scene.noticed().find("VI_1: keepalived says BACKUP, but has left here: 192.0.2.100/24 on eth0") !=
          std::string::npos);
    CHECK((std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 0) == remove);
  }
}

TEST_CASE("a backup that has become master over an address that stood there already loses nothing") {
  Scene scene({}, removing());
  scene.startAsMaster();
  forget(scene);
  scene.pass(3s);
  scene.happens(
      RoleHinted{Role::Backup, "a script", "VI_1", {}, 0, Family::IPv4});  // asked once more, and BACKUP still
  scene.role = Role::Master;  // the kernel says nothing of an addition of what is there
  scene.pass(20s);
  CHECK(timesTold(scene) == 0);
  CHECK(removals(scene) == 0);
}

TEST_CASE("nothing is stale where keepalived may still see to it") {
  const struct {
    const char* what;
    void (*happens)(Scene&);
  } cases[] = {
      {"it is master", [](Scene&) {}},
      {"it removes its addresses a moment later",
       [](Scene& scene) {
         forget(scene);
         scene.pass(3s);
         scene.vanish(kVip, kKeepalived);
       }},
      {"it does not answer",
       [](Scene& scene) {
         scene.answersLeft = 1;
         forget(scene);
       }},
      {"its unit is stopping",
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Deactivating, true});
         forget(scene);
       }},
      {"it is maintenance",
       [](Scene& scene) {
         scene.happens(PauseChanged{Pause{}});
         forget(scene);
       }},
      {"it came back and is master again",
       [](Scene& scene) {
         scene.happens(KeepalivedGone{});
         scene.pass(2s);
         scene.start();
         scene.becomeMaster();
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({}, removing());
    scene.startAsMaster();
    c.happens(scene);
    scene.pass(4s);
    CHECK(timesTold(scene) == 0);
    CHECK(removals(scene) == 0);
  }
}

TEST_CASE("an address that the host had of its own is nobody's remainder") {
  Scene scene({}, removing());
  scene.start();
  scene.appear(kVip, kNetworkd);
  scene.pass(1min);
  CHECK(timesTold(scene) == 0);
  CHECK(removals(scene) == 0);
}
