// Who else claims an address, which of that is worth a word, and on which wires it is heard.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "core/strangers.hpp"
#include "core/strangers_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;

namespace {

Advert from(const char* source, int priority, const char* password = "") {
  Advert advert;
  advert.ifindex = 2;
  advert.vrid = 51;
  advert.priority = static_cast<std::uint8_t>(priority);
  advert.source = *parseAddress(source);
  advert.addresses = {kVip.address, kVip6.address};
  if (*password != '\0') advert.authentication.kind = Authentication::Kind::Password;
  return advert;
}

Scene longMaster() {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  return scene;
}

}  // namespace

TEST_CASE("of many who would be masters the one longest unheard is forgotten for a new one") {
  const Instant start = Instant{} + 1000s;
  Rivals rivals;
  const auto source = [](int i) {
    IpAddress address = *parseAddress("192.0.2.0");
    address.bytes[3] = static_cast<std::uint8_t>(i);
    return address;
  };
  for (int i = 0; i < 16; ++i) rivals.heard(source(i), start + i * 1s, 1min);
  CHECK(rivals.heard(source(0), start + 20s, 1min).times == 2);
  CHECK(rivals.all().size() == 16);
  rivals.heard(source(99), start + 21s, 1min);
  CHECK(rivals.all().size() == 16);
  CHECK(rivals.all().count(source(0)) == 1);
  CHECK(rivals.all().count(source(1)) == 0);
}

TEST_CASE("two adverts are no lasting state, however long they are apart") {
  Scene scene = longMaster();
  for (int i = 0; i < 3; ++i) {  // the second comes exactly an election's length after the first
    CHECK(told(scene).empty());
    scene.happens(ForeignAdvert{from("192.0.2.12", 50)});
    scene.pass(i == 0 ? Duration{3s - 100us} : Duration{1s});  // its first made us ask, which took a tenth of a ms
  }
  CHECK(told(scene).size() == 1);
}

TEST_CASE("what is told of another master is told again when it has changed") {
  Scene scene = longMaster();
  for (int i = 0; i < 30; ++i) {
    scene.happens(ForeignAdvert{from("192.0.2.12", i < 10 ? 50 : 60)});
    scene.pass(1s);
  }
  REQUIRE(told(scene).size() == 2);
  CHECK(told(scene)[0].find("192.0.2.12, priority 50, are master") != std::string::npos);
  CHECK(told(scene)[1].find("192.0.2.12, priority 60, are master") != std::string::npos);
}

TEST_CASE("the hardware address that the nodes of a virtual router share is no stranger's where it is in use") {
  const struct {
    Mac mac;
    bool shared;
  } rows[] = {
      {{0, 0, 0x5e, 0, 1, 51}, true},  {{0, 0, 0x5e, 0, 2, 51}, true},  {{0, 0, 0x5e, 0, 3, 51}, false},
      {{2, 0, 0x5e, 0, 1, 51}, false}, {{0, 1, 0x5e, 0, 1, 51}, false}, {{0, 0, 0x5f, 0, 1, 51}, false},
      {{0, 0, 0x5e, 1, 1, 51}, false},
  };
  for (const auto& row : rows)
    for (const bool inUse : {true, false}) {
      INFO(toString(row.mac));
      Scene scene({});
      if (inUse) scene.instance.vmac = "vrrp.51";
      scene.startAsMaster();
      scene.pass(1min);
      scene.orders.clear();
      scene.happens(claimTo(kVip, row.mac));
      scene.pass(1s);
      CHECK(told(scene).empty() == (row.shared && inUse));
    }
}

TEST_CASE("of many addresses that one host claims the first are named") {
  Scene scene({});
  std::vector<AddressKey> keys;
  scene.instance.vips.resize(1);
  for (int i = 0; i < 8; ++i) {
    Vip vip = scene.instance.vips[0];
    vip.address.bytes[3] = static_cast<std::uint8_t>(110 + i);
    scene.instance.vips.push_back(vip);
    keys.push_back({2, vip.address, 24});
  }
  scene.start();
  for (const AddressKey& key : keys) scene.appear(key, kKeepalived);
  scene.becomeMaster();
  scene.pass(1min);
  scene.orders.clear();
  for (const AddressKey& key : keys) scene.happens(claimTo(key));
  scene.pass(3s);
  REQUIRE(told(scene).size() == 1);
  CHECK(told(scene)[0].find("VI_1: 192.0.2.110, 192.0.2.111, 192.0.2.112, 192.0.2.113, 192.0.2.114, 192.0.2.115 and 2 "
                            "more are claimed by") == 0);
}

TEST_CASE("nobody announces an address that is not here") {
  Scene scene = longMaster();
  scene.refusesAddresses = EPERM;
  scene.vanish(kVip, kNetworkd);
  scene.orders.clear();
  scene.happens(claimTo(kVip));
  scene.pass(1s);
  CHECK(told(scene).size() == 1);
  CHECK(announced(scene, kVip) == 0);
}

TEST_CASE("a claim is told beside another master that was not told, and not beside one that was") {
  for (const int adverts : {1, 10}) {
    Scene scene = longMaster();
    for (int i = 0; i < adverts; ++i) {
      scene.happens(ForeignAdvert{from("192.0.2.12", 50, "secret")});
      scene.pass(1s);
    }
    scene.orders.clear();
    scene.pass(12s);  // what follows an election would be over by now
    scene.happens(claimTo(kVip));
    scene.pass(1s);
    CHECK(told(scene).size() == (adverts == 1 ? 1 : 0));
    CHECK(announced(scene, kVip) > 0);
  }
}

TEST_CASE("another host that claims the same address is told once the first is old news") {
  Mac second = kStranger;
  second[5] = 0x9a;
  for (const int seconds : {30, 90}) {
    Scene scene = longMaster();
    for (int i = 0; i < seconds; i += 5) {
      scene.happens(claimTo(kVip));
      scene.pass(5s);
    }
    REQUIRE(told(scene).size() == 1);
    scene.happens(claimTo(kVip, second));
    scene.pass(11s);
    CHECK(told(scene).size() == (seconds == 90 ? 2 : 1));
  }
}

TEST_CASE("against a stronger master nobody announces, in whatever order the others are heard, until it is long gone") {
  const struct {
    std::vector<int> priorities;
    bool slept;
    bool announces;
  } rows[] = {{{50}, false, true},     {{200}, false, false},   {{50, 200}, false, false}, {{200, 50}, false, false},
              {{50, 60}, false, true}, {{60, 50}, false, true}, {{200}, true, true},       {{200, 50}, true, true}};
  for (const auto& row : rows) {
    INFO(row.priorities.front() << " " << row.priorities.back() << row.slept);
    Scene scene = longMaster();
    for (std::size_t i = 0; i < row.priorities.size(); ++i) {
      const std::string source = "192.0.2." + std::to_string(12 + i);
      scene.happens(ForeignAdvert{from(source.c_str(), row.priorities[i], "secret")});
    }
    scene.pass(12s);
    scene.orders.clear();
    if (row.slept) scene.now += 2min;
    scene.happens(claimTo(kVip));
    scene.now += 200ms;
    scene.happens(VerifyRequested{});
    scene.pass(1ms);
    CHECK((announced(scene, kVip) > 0) == row.announces);
  }
}

TEST_CASE("that a claim is over is told of what was told, where it still matters") {
  const struct {
    const char* what;
    void (*meanwhile)(Scene&);
    std::size_t told;
  } cases[] = {
      {"it is over", [](Scene& scene) { scene.pass(2min); }, 2},
      {"this node is backup",
       [](Scene& scene) {
         scene.becomeBackup();
         scene.pass(2min);
       },
       1},
      {"it became backup while the host slept",
       [](Scene& scene) {
         scene.now += 2min;
         scene.becomeBackup();
         scene.pass(2min);
       },
       1},
      {"the address was dropped from the configuration",
       [](Scene& scene) {
         scene.instance.vips.erase(scene.instance.vips.begin());
         scene.happens(VerifyRequested{});
         scene.pass(2min);
       },
       1},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene = longMaster();
    scene.happens(claimTo(kVip));
    scene.pass(1s);
    REQUIRE(told(scene).size() == 1);
    c.meanwhile(scene);
    CHECK(told(scene).size() == c.told);
    CHECK(scene.decider().overview().instances.at(0).strangers.empty());
  }
  Scene quiet = longMaster();
  quiet.answersLeft = 0;  // so that nothing is made of it
  quiet.happens(claimTo(kVip));
  quiet.pass(5min);
  CHECK(told(quiet).empty());
}

TEST_CASE("claims to the addresses of a VMAC are heard below it, where there is one") {
  for (const bool base : {true, false}) {
    Scene scene({});
    LinkRecord vmac = scene.links[0];
    vmac.ifindex = 4;
    vmac.name = scene.instance.vmac = "vrrp.51";
    scene.links.push_back(vmac);
    for (Vip& vip : scene.instance.vips) vip.interface = "vrrp.51";
    if (!base) scene.instance.interface = "eth9";
    scene.start();
    std::map<int, std::size_t> wires;
    for (const Action& action : scene.orders)
      if (const auto* order = std::get_if<WatchClaims>(&action)) wires[order->ifindex] = order->addresses.size();
    CHECK(wires == (base ? std::map<int, std::size_t>{{2, 2}} : std::map<int, std::size_t>{}));
  }
}
