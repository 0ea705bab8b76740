// Taking off what is ours where the kernel refuses, or somebody else is quicker.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

const AddressKey kOther = address("192.0.2.101", 24);

/// keepalived has confirmed that we put kVip back.
void putBack(Scene& scene) {
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  scene.pass(1s);
  REQUIRE(scene.ledger.addresses == std::map<AddressKey, LedgerEntry>{{kVip, {true, 0}}});
  scene.orders.clear();
}

/// A former life's address goes, and takes along one of the host's own that the kernel then does not let us put back.
void takesAlong(Scene& scene) {
  scene.addresses = {kVip, kOther};
  scene.secondaries = {kOther};
  scene.ledger.addresses[kVip] = {};
  scene.happens(Remembered{scene.ledger});
  scene.happens(scene.snapshot());
  scene.refusesAddresses = ENOBUFS;
  scene.happens(KeepalivedGone{});
  scene.vanish(kOther, kOwn);
  scene.refusesAddresses = 0;
  REQUIRE(scene.addresses.empty());
  REQUIRE(scene.noticed().find("putting back 192.0.2.101/24 failed: No buffer space available; it is tried again") !=
          std::string::npos);
  scene.orders.clear();
}

}  // namespace

TEST_CASE("a removal that the kernel refuses is tried again by its own clock, whatever keepalived says meanwhile") {
  Scene scene({});
  putBack(scene);
  scene.keepsAddresses = 3;
  scene.role = Role::Backup;
  for (int i = 0; i < 10; ++i) scene.happens(VerifyRequested{});  // says BACKUP each time
  CHECK(scene.count<RemoveAddress>() == 1);
  CHECK(scene.ledger.addresses.count(kVip) == 1);
  scene.pass(2s);
  CHECK(scene.count<RemoveAddress>() == 4);
  CHECK_FALSE(scene.has(kVip));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("what was taken back is missing, also where the list of addresses changes before its going was told of") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.vanish(kVip, kNetworkd);
  scene.pass(200ms);
  REQUIRE_FALSE(scene.has(kVip));  // nobody confirmed it; here the kernel never tells of its going
  scene.instance.vips.pop_back();
  scene.answersLeft = 1000;
  scene.pass(2s);
  CHECK(scene.count<TakeSnapshot>() == 0);
  CHECK(scene.has(kVip));
}

TEST_CASE("what another hand has removed meanwhile is not removed again") {
  for (const bool former : {true, false}) {
    INFO(former);
    Scene scene({});
    scene.keepsAddresses = 1;
    scene.secondaries = {kVip};
    if (former) {
      scene.addresses.push_back(kVip);
      scene.ledger.addresses[kVip] = {};
      scene.happens(Remembered{scene.ledger});
      scene.happens(scene.snapshot());
      scene.happens(KeepalivedGone{});
    } else {
      scene.keepsAddresses = 0;
      putBack(scene);
      scene.keepsAddresses = 1;
      scene.role = Role::Backup;
      scene.happens(VerifyRequested{});
    }
    REQUIRE(scene.has(kVip));
    scene.vanish(kVip, 77);
    CHECK(scene.ledger.addresses.empty());
    scene.pass(10s);
    CHECK(scene.count<RemoveAddress>() == 1);
    CHECK(scene.count<AddAddress>() == 0);
  }
}

TEST_CASE("an address dropped from the configuration and taken up again before it was off the host is still ours") {
  for (const bool master : {true, false}) {
    Scene scene({});
    putBack(scene);
    const std::vector<Vip> all = scene.instance.vips;
    scene.keepsAddresses = 1000;
    scene.instance.vips.erase(scene.instance.vips.begin());
    scene.happens(VerifyRequested{});
    CHECK(scene.count<RemoveAddress>() == 1);
    scene.instance.vips = all;
    if (!master) scene.role = Role::Backup;
    scene.happens(VerifyRequested{});
    CHECK(scene.ledger.addresses.count(kVip) == 1);
    scene.keepsAddresses = 0;
    scene.pass(5s);
    CHECK(scene.has(kVip) == master);
    CHECK((scene.ledger.addresses.count(kVip) == 1) == master);
  }
}

TEST_CASE("a host's own address that a removal of ours took along is put back until it is there") {
  SECTION("by us") {
    Scene scene({});
    takesAlong(scene);
    scene.pass(1s);
    CHECK(scene.has(kOther));
    CHECK(scene.count<AddAddress>() == 1);
  }
  SECTION("by us, at the second try") {
    Scene scene({});
    takesAlong(scene);
    scene.refusesAddresses = ENOBUFS;
    scene.pass(25ms);
    scene.refusesAddresses = 0;
    scene.pass(1s);
    CHECK(scene.has(kOther));
    CHECK(scene.count<AddAddress>() == 2);
    CHECK(scene.noticed().empty());  // told once
  }
  SECTION("by another hand") {
    Scene scene({});
    takesAlong(scene);
    scene.appear(kOther, kNetworkd);
    scene.vanish(kOther, kNetworkd);  // and taken off again: that is networkd's affair
    scene.pass(10s);
    CHECK(scene.count<AddAddress>() == 0);
  }
  SECTION("by another hand, which nobody told of") {
    Scene scene({});
    takesAlong(scene);
    scene.addresses.push_back(kOther);
    scene.happens(scene.snapshot());
    scene.pass(10s);
    CHECK(scene.count<AddAddress>() == 0);
  }
}

TEST_CASE("where a removal that was to make room for the base address is refused, it is tried again if it is needed") {
  for (const bool mended : {true, false}) {
    INFO(mended);
    Scene scene({});
    scene.links[0].promoteSecondaries = true;
    scene.startAsMaster();
    scene.vanish(kBase, kNetworkd);
    scene.pass(1min);
    scene.keepsAddresses = 1;
    scene.secondaries = {kBase};
    scene.appear(kBase, kNetworkd);
    scene.pass(1ms);
    REQUIRE(scene.count<RemoveAddress>() == 1);
    REQUIRE(scene.has(kVip));
    if (mended) {  // by somebody else
      scene.secondaries = {kVip};
      scene.happens(AddressAppeared{scene.recordOf(kVip), {77}});
      scene.happens(AddressAppeared{scene.recordOf(kBase), {77}});
    }
    scene.listener = [&scene](const Event& event, Instant, const Actions&) {
      const auto* done = std::get_if<RemoveDone>(&event);
      if (done != nullptr && done->error == 0) scene.secondaries.clear();  // the kernel promotes the base address
    };
    scene.pass(5s);
    CHECK(scene.count<RemoveAddress>() == (mended ? 1 : 2));
    CHECK(scene.has(kVip));
    CHECK(scene.has(kBase));
  }
}
