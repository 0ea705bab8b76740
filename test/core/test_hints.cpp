// What others tell of roles makes the core ask, and more careful; never less.
#include <catch2/catch.hpp>

#include "core/hint.hpp"
#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

RoleHinted onTheBus(Role role) {
  RoleHinted hint;
  hint.role = role;
  hint.source = "D-Bus";
  hint.interface = "eth0";
  hint.vrid = 51;
  return hint;
}

bool has(const Scene& scene, const AddressKey& key) {
  return std::count(scene.addresses.begin(), scene.addresses.end(), key) != 0;
}

bool says(const Scene& scene, const char* text) { return scene.noticed().find(text) != std::string::npos; }

}  // namespace

TEST_CASE("a hint names its instance, or what D-Bus knows of it") {
  Instance instance;
  instance.name = "VI_1";
  instance.interface = "eth0.100";
  instance.vrid = 51;
  RoleHinted hint = onTheBus(Role::Master);
  CHECK_FALSE(mayBeMeant(instance, hint));
  hint.interface = "eth0_100";
  CHECK(mayBeMeant(instance, hint));
  hint.family = Family::IPv6;
  CHECK_FALSE(mayBeMeant(instance, hint));
  hint.instance = "VI_1";
  CHECK(mayBeMeant(instance, hint));
  hint.instance = "VI_2";
  CHECK_FALSE(mayBeMeant(instance, hint));
}

TEST_CASE("who wants everything looked at anew has the addresses read and keepalived asked, if it runs") {
  Scene scene({});
  scene.happens(VerifyRequested{});
  CHECK(scene.count<TakeSnapshot>() == 1);
  CHECK(scene.count<AskKeepalived>() == 0);
  scene.startAsMaster();
  scene.orders.clear();
  scene.happens(VerifyRequested{});
  CHECK(scene.count<TakeSnapshot>() == 1);
  CHECK(scene.count<AskKeepalived>() == 1);
  CHECK(scene.noticed().empty());
}

TEST_CASE("every hint makes the core ask keepalived, one that contradicts nothing does no more") {
  for (const Role role : {Role::Master, Role::Unknown}) {
    Scene scene({});
    scene.startAsMaster();
    scene.happens(onTheBus(role));
    CHECK(scene.count<AskKeepalived>() == 1);
    CHECK(scene.noticed().empty());
    scene.vanish(kVip, kNetworkd);
    CHECK(has(scene, kVip));
  }
  Scene scene({});
  scene.startAsMaster();
  RoleHinted stranger = onTheBus(Role::Backup);
  stranger.vrid = 52;
  scene.happens(stranger);
  CHECK(scene.count<AskKeepalived>() == 1);
  CHECK(scene.noticed().empty());
}

TEST_CASE("nothing is added on a hint of MASTER") {
  Scene scene({});
  scene.start();
  scene.appear(kVip, kNetworkd);
  scene.happens(onTheBus(Role::Master));
  scene.vanish(kVip, kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("after a hint of another role nothing is added until keepalived has said MASTER again, past its window") {
  for (const Role role : {Role::Backup, Role::Fault, Role::Other}) {
    Scene scene({});
    scene.startAsMaster();
    scene.answersLeft = 0;
    scene.happens(onTheBus(role));
    scene.vanish(kVip, kNetworkd);
    CHECK_FALSE(has(scene, kVip));
    scene.answersLeft = 1000;
    scene.pass(10s);
    CHECK(has(scene, kVip));
  }
}

TEST_CASE("what keepalived has not confirmed goes at a hint of another role; what it has stays") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kVip6, kNetworkd);
  REQUIRE(has(scene, kVip6));  // confirmed
  scene.answersLeft = 0;
  scene.vanish(kVip, kNetworkd);
  REQUIRE(has(scene, kVip));
  scene.happens(onTheBus(Role::Backup));
  CHECK_FALSE(has(scene, kVip));
  CHECK(has(scene, kVip6));
}

TEST_CASE("a hint that keepalived's answer contradicts is told once, until they agree again") {
  Scene scene({});
  scene.startAsMaster();
  scene.happens(onTheBus(Role::Backup));
  CHECK(says(scene, "VI_1: D-Bus says BACKUP, keepalived itself, asked after that, MASTER; its answer counts"));
  scene.orders.clear();
  scene.happens(onTheBus(Role::Backup));
  CHECK_FALSE(says(scene, "its answer counts"));
  scene.happens(onTheBus(Role::Master));
  scene.happens(onTheBus(Role::Fault));
  CHECK(says(scene, "VI_1: D-Bus says FAULT, keepalived itself, asked after that, MASTER; its answer counts"));
}

TEST_CASE("a hint that comes true is not disputed") {
  Scene scene({});
  scene.startAsMaster();
  scene.becomeBackup();
  scene.orders.clear();
  scene.happens(onTheBus(Role::Backup));
  scene.pass(10s);
  CHECK_FALSE(says(scene, "D-Bus"));
}
