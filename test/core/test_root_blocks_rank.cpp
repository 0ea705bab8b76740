// Static addresses of keepalived's and the host's own: which comes first in a subnet.
#include <catch2/catch.hpp>

#include "core/root_blocks_world.hpp"

using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

/// Its static address ranks behind the base address.
Scene ranked() {
  Scene scene({});
  scene.configuration.staticAddresses = {meaning(kStatic)};
  scene.secondaries = {kStatic};
  scene.start();
  scene.appear(kStatic, kKeepalived);
  scene.happens(VerifyRequested{});
  return scene;
}

/// It was put back in the moment in which its base address went. We have heard of neither yet.
Scene putBackFirst() {
  Scene scene = ranked();
  scene.notifiesLate = true;
  scene.vanish(kStatic, kNetworkd);
  scene.pass(10ms);
  REQUIRE(scene.has(kStatic));
  scene.notifiesLate = false;
  scene.secondaries.clear();
  scene.addresses = {kStatic};
  return scene;
}

}  // namespace

TEST_CASE("a static address that ranked behind its base address waits for that") {
  Scene scene = ranked();
  scene.vanish(kStatic, kNetworkd);
  CHECK_FALSE(scene.has(kStatic));  // the base address may be the next to go
  scene.pass(10ms);
  REQUIRE(scene.has(kStatic));
  scene.pass(1s);
  scene.orders.clear();
  scene.vanish(kBase, kNetworkd);
  scene.vanish(kStatic, kNetworkd);
  scene.pass(2s);
  CHECK_FALSE(scene.has(kStatic));
  CHECK_THAT(scene.reported(), Catch::Contains("waiting for the base address of its subnet"));
  scene.appear(kBase, kNetworkd);
  scene.pass(10ms);
  CHECK(scene.has(kStatic));
}

TEST_CASE("a static address waits for the base address that a former life knew, and that was away when we began") {
  for (const bool noted : {true, false}) {
    INFO(noted);
    Scene scene({});
    scene.configuration.staticAddresses = {meaning(kStatic)};
    scene.addresses = {kStatic};
    if (noted) scene.ledger.bases = {kBase, kStatic};
    scene.start();
    scene.vanish(kStatic, kNetworkd);
    scene.pass(1s);
    CHECK(scene.has(kStatic) == !noted);
    if (noted) scene.secondaries = {kStatic};
    scene.appear(kBase, kNetworkd);
    scene.pass(100ms);
    CHECK(scene.has(kStatic));
  }
}

TEST_CASE("a static address that came first in its subnet waits all the same for a base address that went with it") {
  using Case = std::pair<Duration, bool>;
  for (const auto& [apart, waits] : {Case(500ms, true), Case(11s, false)}) {
    INFO(describe(apart));
    Scene scene({});
    scene.configuration.staticAddresses = {meaning(kStatic)};
    scene.start();
    scene.secondaries = {kBase};
    scene.vanish(kBase, kNetworkd);
    scene.appear(kStatic, kKeepalived);
    scene.appear(kBase, kNetworkd);
    scene.happens(VerifyRequested{});
    scene.vanish(kBase, kNetworkd);
    scene.pass(apart);
    scene.vanish(kStatic, kNetworkd);
    scene.pass(2s);
    CHECK(scene.has(kStatic) == !waits);
    if (!waits) continue;
    scene.secondaries = {kStatic};
    scene.appear(kBase, kNetworkd);
    scene.pass(100ms);
    CHECK(scene.has(kStatic));
  }
}

TEST_CASE("a static address that ranked behind its base address waits until networkd is done") {
  Scene scene = ranked();
  scene.happens(JobQueued{Unit::Networkd});
  scene.vanish(kStatic, kNetworkd);
  scene.pass(100ms);
  CHECK_FALSE(scene.has(kStatic));
  scene.happens(JobFinished{Unit::Networkd});
  scene.pass(5s);
  CHECK(scene.has(kStatic));
}

TEST_CASE("a static address that came before its base address, which went at that moment, goes and comes after it") {
  Scene scene = putBackFirst();
  scene.happens(AddressAppeared{scene.recordOf(kStatic), {kOwn}});
  CHECK_FALSE(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
  scene.happens(AddressVanished{scene.recordOf(kStatic), {kOwn}});
  scene.pass(2s);
  CHECK_FALSE(scene.has(kStatic));
  scene.secondaries = {kStatic};
  scene.appear(kBase, kNetworkd);
  scene.pass(10ms);
  CHECK(scene.has(kStatic));
}

TEST_CASE("that a static address came before its base address is seen in a snapshot as well, and of that one alone") {
  Scene scene = putBackFirst();
  SECTION("it was heard of in no other way") {
    scene.happens(scene.snapshot());
    CHECK_FALSE(scene.has(kStatic));
  }
  SECTION("somebody put another one in its place") {
    AddressRecord ours = scene.recordOf(kStatic);
    ours.created = 1;
    scene.happens(AddressAppeared{ours, {kOwn}});
    CHECK(scene.has(kStatic));
  }
}

TEST_CASE("a static address that keepalived's removal of a virtual one takes along is put back") {
  const bool promotes = GENERATE(false, true);  // then it was removed for its own sake
  Scene scene = ranked();
  scene.links[0].promoteSecondaries = promotes;
  scene.happens(LinkChanged{scene.links[0]});
  scene.vanish(kStatic, kKeepalived);
  scene.pass(1s);
  CHECK(scene.has(kStatic) != promotes);
}
