// What cannot be had: a tap, an answer.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

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
