// What keepalived's root blocks name stands on the host for as long as keepalived runs, whatever its roles.
#include <catch2/catch.hpp>

#include "core/root_blocks_world.hpp"

using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

/// Put back, and not confirmed: keepalived has answered before the addition, but not after it.
Scene unconfirmed() {
  Scene scene = backup();
  scene.answersLeft = 1;
  scene.vanish(kStatic, kNetworkd);
  REQUIRE(scene.has(kStatic));
  REQUIRE(scene.ledger.addresses.count(kStatic) == 1);
  return scene;
}

}  // namespace

TEST_CASE("what goes of the root blocks is put back on a backup as well, and then is keepalived's own") {
  Scene scene = backup();
  scene.vanish(kStatic, kNetworkd);
  scene.vanish(kStatic6, 0);
  scene.vanish(standing(staticRoute()), kNetworkd);
  CHECK(scene.has(kStatic));
  CHECK(scene.has(kStatic6));
  CHECK(scene.stands(staticRoute()));
  CHECK(scene.ledger.addresses.empty());
  CHECK(scene.count<Announce>() == 0);
  scene.pass(1s);
  CHECK_THAT(scene.reported(), Catch::Contains("static blocks: 192.0.2.77/24 and 2001:db8::77/64 on eth0"));
  CHECK_THAT(scene.reported(), !Catch::Contains("announced"));
  CHECK_THAT(scene.reported(), Catch::Contains("keepalived runs with it"));
  REQUIRE(scene.told().size() == 1);
  CHECK_THAT(scene.told()[0], Catch::Contains("static route 198.18.0.0/15"));

  scene.orders.clear();
  scene.happens(KeepalivedGone{});
  CHECK(scene.has(kStatic));  // as it leaves its own when it dies
  CHECK(scene.count<RemoveAddress>() == 0);
}

TEST_CASE(
    "without an answer asked for after the loss, and files as they were, nothing of the root blocks is put back") {
  const struct {
    const char* what;
    std::function<void(Scene&)> before;
  } cases[] = {
      {"keepalived does not answer", [](Scene& scene) { scene.answersLeft = 0; }},
      {"its files are others by now, and it may have been reloaded",
       [](Scene& scene) { scene.filesUnchanged = false; }},
      {"its files are others than what it runs with",
       [](Scene& scene) {
         Configuration edited;
         edited.instances = {scene.instance};
         edited.instances[0].vips.pop_back();
         scene.happens(ConfigurationEdited{edited});
       }},
      {"its process is gone", [](Scene& scene) { scene.happens(KeepalivedGone{}); }},
      {"it is stopping",
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Deactivating});
       }},
      {"the guardian is paused", [](Scene& scene) { scene.happens(PauseChanged{Pause{}}); }},
      {"its interface is down",
       [](Scene& scene) {
         scene.links[0].up = false;
         scene.happens(LinkChanged{scene.links[0]});
       }},
      {"its interface has no carrier",
       [](Scene& scene) {
         scene.links[0].carrier = false;
         scene.happens(LinkChanged{scene.links[0]});
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene = backup();
    c.before(scene);
    scene.orders.clear();
    scene.vanish(kStatic, kNetworkd);
    scene.vanish(kStatic6, 0);
    scene.pass(3s);
    CHECK(scene.count<AddAddress>() == 0);
    CHECK(scene.ledger.addresses.empty());
  }
}

TEST_CASE(
    "a policy that only looks on, and a keepalived that looks after its own, tell of a static address that is lost") {
  const bool observes = GENERATE(true, false);
  Settings settings;
  if (observes) settings.policy = PolicyKind::Observe;
  settings.keepalivedWatches = !observes;
  Scene scene = backup(settings);
  scene.vanish(kStatic, kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<AddAddress>() == 0);
  CHECK_THAT(scene.reported(), Catch::Contains("192.0.2.77/24") &&
                                   Catch::Contains(observes ? "the policy is to observe" : "answers a loss itself"));
}

TEST_CASE("a static address that keepalived removes stays away") {
  Scene scene = backup();
  scene.vanish(kStatic, kKeepalived);
  scene.vanish(standing(staticRoute()), kKeepalived);
  scene.pass(61s);
  CHECK_FALSE(scene.has(kStatic));
  CHECK_FALSE(scene.stands(staticRoute()));
  CHECK(scene.reported().empty());
}

TEST_CASE("a static address that was never there is not missed") {
  Scene scene({});
  scene.configuration.staticAddresses = {meaning(kStatic)};
  scene.start();
  scene.pass(61s);
  CHECK_FALSE(scene.has(kStatic));
  scene.appear(kStatic, kKeepalived);  // a restart of its own
  scene.pass(61s);
  scene.vanish(kStatic, kNetworkd);
  CHECK(scene.has(kStatic));
}

TEST_CASE("a static address that keepalived does not confirm is taken back") {
  const struct {
    const char* what;
    std::function<void(Scene&)> happens;
  } cases[] = {
      {"no answer within 100 ms", [](Scene& scene) { scene.pass(100ms); }},
      {"keepalived is gone", [](Scene& scene) { scene.happens(KeepalivedGone{}); }},
      {"keepalived is stopping",
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Deactivating});
       }},
      {"we are stopping", [](Scene& scene) { scene.happens(Stopping{}); }},
      {"it was reloaded without it", [](Scene& scene) { scene.happens(ConfigurationRead{Configuration{}}); }},
      {"it was reloaded with it as a virtual one, on a backup",
       [](Scene& scene) {
         Configuration moved = scene.configuration;
         moved.staticAddresses = {meaning(kStatic6)};
         moved.instances = {scene.instance};
         moved.instances[0].vips.push_back(meaning(kStatic));
         scene.happens(ConfigurationRead{moved});
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene = unconfirmed();
    c.happens(scene);
    CHECK_FALSE(scene.has(kStatic));
    CHECK(scene.ledger.addresses.empty());
  }
}

TEST_CASE("an unconfirmed static address does not stay on an interface that has another name by now") {
  Scene scene = unconfirmed();
  scene.links[0].name = "eth9";
  scene.happens(LinkChanged{scene.links[0]});
  CHECK_FALSE(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("a static address that the file names twice is one; with another length, or elsewhere, it is another") {
  const AddressKey host = address("192.0.2.77", 32);
  Vip elsewhere = meaning(kStatic);
  elsewhere.interface = "eth1";
  Scene scene({});
  scene.configuration.staticAddresses = {meaning(kStatic), meaning(kStatic), meaning(host), elsewhere};
  scene.start();
  for (const AddressKey& key : {kStatic, host}) scene.appear(key, kKeepalived);
  scene.happens(VerifyRequested{});
  for (const AddressKey& key : {kStatic, host}) scene.vanish(key, kNetworkd);
  CHECK(scene.has(kStatic));
  CHECK(scene.has(host));
  CHECK(scene.count<AddAddress>() == 2);
}

TEST_CASE("what a reload has dropped from the root blocks is not put back") {
  Scene scene = backup();
  Configuration without;
  without.instances = {scene.instance};
  scene.happens(ConfigurationRead{without});
  scene.vanish(kStatic, kNetworkd);
  CHECK_FALSE(scene.has(kStatic));
  CHECK(scene.reported().empty());
}

TEST_CASE("an answer that is older than the files it is compared with is followed by another one") {
  Scene scene({});
  scene.configuration.staticAddresses = {meaning(kStatic)};
  scene.addresses.push_back(kStatic);
  scene.answersLeft = 0;
  scene.start();
  scene.pass(1ms);
  const std::vector<Vip> before = std::exchange(scene.instance.vips, {scene.instance.vips.front()});
  scene.configuration.instances = {scene.instance};
  scene.answersLeft = 1000;
  scene.happens(ConfigurationRead{scene.configuration});
  Instance old = scene.instance;
  old.vips = before;
  scene.happens(Answered{1, Answer{{{old, Role::Backup, {}}}, {}, true}});
  scene.vanish(kStatic, kNetworkd);
  CHECK(scene.has(kStatic));
}

TEST_CASE("where keepalived's files have changed since the addition, another answer decides, for 100 ms") {
  const bool asBefore = GENERATE(true, false);
  Scene scene = backup();
  scene.acknowledgesLate = true;
  scene.vanish(kStatic, kNetworkd);
  scene.filesUnchanged = false;
  scene.catchUp();
  CHECK(scene.has(kStatic));
  scene.filesUnchanged = asBefore;
  scene.happens(VerifyRequested{});
  scene.pass(100ms);
  CHECK(scene.has(kStatic) == asBefore);
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("an addition that is not acknowledged yet is not ordered twice") {
  Scene scene = backup();
  scene.acknowledgesLate = true;
  scene.vanish(kStatic, kNetworkd);
  scene.vanish(kStatic6, 0);
  scene.happens(VerifyRequested{});
  CHECK(scene.count<AddAddress>() == 2);
  std::reverse(scene.late.begin(), scene.late.end());  // whatever comes first
  scene.catchUp();
  CHECK(scene.has(kStatic));
  CHECK(scene.has(kStatic6));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("a static address that is taken away before keepalived confirmed it was ours no longer, and comes again") {
  Scene scene = unconfirmed();
  scene.vanish(kStatic, kNetworkd);
  CHECK(scene.ledger.addresses.empty());
  scene.answersLeft = 1000;
  scene.pass(3s);
  CHECK(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("a static address is taken back at once where keepalived can no longer be asked") {
  Scene scene = backup();
  scene.acknowledgesLate = true;
  scene.vanish(kStatic, kNetworkd);
  scene.cannotAsk = true;
  scene.catchUp();
  CHECK_FALSE(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("a static address that another hand was quicker to put back is not ours to take away") {
  Scene scene = backup();
  scene.happens(AddressVanished{scene.recordOf(kStatic), {kNetworkd}});  // that it is back we have not heard yet
  CHECK(scene.count<AddAddress>() == 1);
  CHECK(scene.ledger.addresses.empty());
  scene.happens(KeepalivedGone{});
  CHECK(scene.has(kStatic));
}

TEST_CASE("a static address is taken back as often as it takes") {
  Scene scene = backup();
  scene.answersLeft = 1;
  scene.keepsAddresses = 2;
  scene.vanish(kStatic, kNetworkd);
  scene.pass(100ms);
  CHECK(scene.has(kStatic));
  CHECK(scene.ledger.addresses.count(kStatic) == 1);
  scene.happens(scene.snapshot());  // sees it, still
  CHECK(scene.has(kStatic));
  scene.pass(1s);
  CHECK_FALSE(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("what is taken back comes again when keepalived answers again") {
  const AddressKey key = GENERATE(kStatic, kStatic6);  // of an IPv6 one nobody says who removed it
  Scene scene = backup();
  scene.answersLeft = 1;
  scene.vanish(key, key == kStatic ? kNetworkd : 0);
  scene.pass(100ms);
  REQUIRE_FALSE(scene.has(key));
  scene.happens(AddressVanished{scene.recordOf(key), {key == kStatic ? kOwn : 0}});
  scene.answersLeft = 1000;
  scene.pass(3s);
  CHECK(scene.has(key));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("that keepalived had removed what a snapshot showed missing counts when it is heard") {
  Scene scene = backup();
  scene.answersLeft = 0;
  scene.addresses.erase(std::find(scene.addresses.begin(), scene.addresses.end(), kStatic));
  scene.happens(scene.snapshot());
  scene.happens(AddressVanished{scene.recordOf(kStatic), {kKeepalived}});
  scene.answersLeft = 1000;
  scene.pass(61s);
  CHECK_FALSE(scene.has(kStatic));
}

TEST_CASE("a static address went with its interface") {
  Scene scene = backup();
  scene.addresses.clear();
  scene.links[0].ifindex = 7;
  SECTION("it was replaced") { scene.happens(LinkVanished{2}); }
  SECTION("it was found replaced") {}
  scene.happens(scene.snapshot());
  scene.pass(61s);
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("a static address that is virtual as well follows its instance") {
  Scene scene({});
  scene.configuration.staticAddresses = {meaning(kVip)};
  scene.startAsMaster();
  scene.becomeBackup();
  scene.pass(61s);
  CHECK_FALSE(scene.has(kVip));
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("what the kernel refuses is tried again, at growing intervals") {
  Scene scene = backup();
  scene.refusesAddresses = ENOBUFS;
  scene.vanish(kStatic, kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<AddAddress>() > 2);
  CHECK(scene.count<AddAddress>() < 10);
  CHECK_THAT(scene.reported(), Catch::Contains("the kernel refuses it"));
  CHECK(scene.ledger.addresses.empty());
  scene.refusesAddresses = 0;
  scene.pass(10s);
  CHECK(scene.has(kStatic));
}

TEST_CASE("whoever removes a static address again and again is not answered without end") {
  Scene scene = backup();
  int additions = 0;
  for (; additions < 100 && scene.has(kStatic); ++additions) scene.vanish(kStatic, kNetworkd);
  CHECK(additions < 20);
  scene.pass(10s);
  CHECK(scene.has(kStatic));
}

TEST_CASE("in a fight over a static address it is told what is waited for") {
  Scene scene = backup();
  for (int i = 0; i < 19; ++i) {
    scene.vanish(kStatic, kNetworkd);
    while (!scene.has(kStatic)) scene.pass(10ms);
  }
  scene.vanish(kStatic, kNetworkd);
  scene.pass(1200ms);
  REQUIRE_FALSE(scene.has(kStatic));
  CHECK_THAT(scene.reported(), Catch::Contains("it was removed again and again; waiting before the next attempt"));
}

TEST_CASE("a loss that only a snapshot shows, and a return by another hand, are told") {
  Scene scene = backup();
  scene.addresses.erase(std::remove(scene.addresses.begin(), scene.addresses.end(), kStatic), scene.addresses.end());
  scene.happens(EventsLost{});
  CHECK(scene.has(kStatic));

  scene.answersLeft = 0;
  scene.pass(1s);
  scene.vanish(kStatic, kNetworkd);
  scene.appear(kStatic, kNetworkd);
  scene.answersLeft = 100;
  scene.pass(10s);
  CHECK(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("what a former life put back of the root blocks stays, and is keepalived's") {
  Scene scene({});
  scene.configuration.staticAddresses = {meaning(kStatic)};
  scene.ledger.process = {500, 1};
  scene.ledger.addresses[kStatic] = {};
  scene.addresses.push_back(kStatic);
  scene.start();
  CHECK(scene.has(kStatic));
  CHECK(scene.ledger.addresses.empty());
  scene.vanish(kStatic, kNetworkd);
  CHECK(scene.has(kStatic));
}

TEST_CASE("a configuration that keepalived does not take changes nothing of the root blocks") {
  Scene scene = backup();
  Configuration broken;
  broken.accepted = false;
  scene.happens(ConfigurationRead{broken});
  scene.happens(VerifyRequested{});
  CHECK(scene.stands(staticRoute()));
  scene.happens(ConfigurationRead{scene.configuration});
  scene.vanish(kStatic, kNetworkd);
  CHECK(scene.has(kStatic));
}

TEST_CASE("a static address that is missing when keepalived is reloaded is not known to be its own again") {
  Scene scene = backup();
  scene.refusesAddresses = EACCES;  // the kernel takes none from keepalived, either
  scene.vanish(kStatic6, 0);
  scene.happens(ConfigurationRead{scene.configuration});
  scene.refusesAddresses = 0;
  scene.pass(61s);
  CHECK_FALSE(scene.has(kStatic6));
  scene.appear(kStatic6, 0);
  scene.happens(VerifyRequested{});
  scene.vanish(kStatic6, 0);
  CHECK(scene.has(kStatic6));
}

TEST_CASE("routes of the root blocks that stand only because of us go with keepalived") {
  Scene scene = backup();
  scene.vanish(standing(staticRoute()), kNetworkd);
  REQUIRE(scene.stands(staticRoute()));
  CHECK(scene.ledger.routes.size() == 1);
  scene.happens(KeepalivedGone{});
  CHECK_FALSE(scene.stands(staticRoute()));
  CHECK(scene.ledger.routes.empty());
}
