// What cannot be had: a tap, an answer.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

/// keepalived is master already, as after a start of ours: only an advert can prove it.
void startBesideMaster(Scene& scene) {
  scene.role = Role::Master;
  for (const AddressKey& key : {kVip, kVip6}) scene.addresses.push_back(key);
  scene.start();
}

bool guards(const Scene& scene) { return scene.noticed().find("guarding") != std::string::npos; }

}  // namespace

TEST_CASE("a tap that could not be opened is tried again by itself, and then the master is guarded") {
  for (const int refusals : {0, 1, 2, 5}) {
    INFO(refusals);
    Scene scene({});
    scene.refusesTaps = refusals;
    startBesideMaster(scene);
    scene.pass(5s);
    CHECK(guards(scene));
  }
}

TEST_CASE("a tap that can never be opened is tried ever more rarely, and its silence is nobody's fault") {
  Scene scene({});
  scene.refusesTaps = 1000000;
  startBesideMaster(scene);
  scene.pass(1h);
  CHECK(scene.count<WatchAdverts>() < 500);
  CHECK(scene.noticed().find("none of its adverts has left") == std::string::npos);
  CHECK_FALSE(guards(scene));
}

TEST_CASE("no tap is tried again for a master that is none any more") {
  Scene scene({});
  scene.refusesTaps = 1000000;
  startBesideMaster(scene);
  scene.pass(10s);
  scene.becomeBackup();
  scene.pass(1min);
  scene.orders.clear();
  scene.pass(1h);
  CHECK(scene.count<WatchAdverts>() == 0);
}

TEST_CASE("questions that fail in a burst are one reason to wait, and not one each") {
  Scene scene({});
  scene.startAsMaster();
  scene.cannotAsk = true;
  for (int i = 0; i < 12; ++i) {  // each a reason to ask
    const AddressKey& key = i % 2 == 0 ? kVip6 : kVip;
    scene.appear(key, kNetworkd);
    scene.vanish(key, key == kVip ? kNetworkd : 0);
    scene.pass(10ms);
  }
  scene.pass(3s);
  for (const AddressKey& key : {kVip, kVip6})
    CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), key) == 0);
  scene.cannotAsk = false;
  scene.pass(3s);  // after one second, two, four
  for (const AddressKey& key : {kVip, kVip6})
    CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), key) == 1);
}

TEST_CASE("where no answer is of any use keepalived is asked more and more rarely") {
  Scene scene({});
  scene.startAsMaster();
  scene.cannotAsk = true;  // or somebody else's file stands where the answer is to be
  scene.vanish(kVip6, 0);
  scene.pass(1h);
  CHECK(scene.count<AskKeepalived>() < 130);  // once a minute by the sweep, and once at the longest pause
  CHECK(scene.count<AskKeepalived>() > 50);
}

TEST_CASE("an advert is about the instance of its number, family and interface") {
  const struct {
    const char* what;
    int ifindex;
    std::uint8_t vrid;
    Family family;
    bool heard;
  } rows[] = {
      {"its own", 2, 51, Family::IPv4, true},
      {"its VMAC's", 4, 51, Family::IPv4, true},
      {"another number", 2, 52, Family::IPv4, false},
      {"another family", 2, 51, Family::IPv6, false},
      {"another interface", 3, 51, Family::IPv4, false},
      {"one that is not known", 9, 51, Family::IPv4, false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Scene scene({});
    LinkRecord vmac = scene.links[0];
    vmac.ifindex = 4;
    vmac.name = scene.instance.vmac = "vrrp.51";
    scene.links.push_back(vmac);
    scene.start();
    scene.happens(ForeignAdvert{{row.ifindex, row.vrid, row.family, 150, *parseAddress("192.0.2.12")}});
    CHECK(scene.decider().overview().instances.at(0).peer.has_value() == row.heard);
  }
}

TEST_CASE("an advert through a router counts only where keepalived speaks to single hosts") {
  for (const bool unicast : {true, false}) {
    Scene scene({});
    scene.instance.unicast = unicast;
    scene.start();
    Advert advert{2, 51, Family::IPv4, 150, *parseAddress("192.0.2.12")};
    advert.hops = 60;
    scene.happens(ForeignAdvert{advert});
    CHECK(scene.decider().overview().instances.at(0).peer.has_value() == unicast);
  }
}

TEST_CASE("a tap that could not be opened and is open by now is not opened again") {
  Scene scene({});
  scene.refusesTaps = 1;
  startBesideMaster(scene);
  scene.happens(VerifyRequested{});  // the answer asks for a tap once more
  CHECK(scene.count<WatchAdverts>() == 2);
  scene.pass(1s);
  CHECK(scene.count<WatchAdverts>() == 2);
  scene.pass(4s);
  CHECK(guards(scene));
}

TEST_CASE("no tap is tried again on an interface that is gone") {
  Scene scene({});
  scene.refusesTaps = 1000000;
  startBesideMaster(scene);
  scene.links.erase(scene.links.begin());
  scene.addresses.clear();
  scene.happens(LinkVanished{2});
  scene.orders.clear();
  scene.pass(1h);
  CHECK(scene.count<WatchAdverts>() == 0);
}

TEST_CASE("what a tap shows, or does not, is about the instances of its interface") {
  for (const bool dumb : {true, false}) {
    Scene scene({});
    scene.dumb = dumb;
    scene.refusesTaps = 1;
    Instance other = scene.instance;
    other.name = "VI_2";
    other.vrid = 52;
    other.interface = "eth1";
    for (Vip& vip : other.vips) vip.interface = "eth1";
    scene.others = {other};
    startBesideMaster(scene);
    scene.pass(10s);
    CHECK(guards(scene) == !dumb);
    CHECK((scene.noticed().find("VI_1: keepalived says MASTER, but none of its adverts") != std::string::npos) == dumb);
    CHECK(scene.noticed().find("VI_2: keepalived says MASTER") == std::string::npos);
  }
}
