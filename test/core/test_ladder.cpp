// When keepalived is restarted, and when not.
#include <set>

#include <catch2/catch.hpp>

#include "core/ladder.hpp"
#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

Settings restarting() {
  Settings settings;
  settings.policy = PolicyKind::Restart;
  settings.restart.withoutPeer = true;
  settings.restart.jitter = 0s;
  return settings;
}

/// A master whose unit is active.
void begin(Scene& scene) {
  scene.startAsMaster();
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
  scene.pass(10ms);
  scene.orders.clear();
}

void lose(Scene& scene) {
  scene.vanish(kVip, kNetworkd);
  scene.pass(4s);
}

}  // namespace

TEST_CASE("the budget is an interval and a number an hour") {
  RestartSettings settings;
  settings.leastInterval = 10min;
  settings.mostPerHour = 2;
  const Instant start = Instant{} + 100h;
  CHECK(nextRestart({}, settings) == Instant::min());
  CHECK(nextRestart({start}, settings) == start + 10min);
  CHECK(nextRestart({start, start + 10min}, settings) == start + 1h);
  CHECK(nextRestart({start, start + 55min}, settings) == start + 65min);
  CHECK(nextRestart({start - 5h, start, start + 10min}, settings) == start + 1h);
  settings.mostPerHour = 0;
  CHECK_FALSE(nextRestart({}, settings));
}

TEST_CASE("two hosts wait for different times, and one host never for the same twice in a row") {
  Settings settings;
  std::set<Duration> waits;
  for (std::uint64_t host = 0; host < 100; ++host) {
    settings.luck = host;
    for (std::size_t restart = 0; restart < 3; ++restart) {
      const Duration wait = jitterOf(settings, restart);
      CHECK(wait >= 0s);
      CHECK(wait < settings.restart.jitter);
      waits.insert(wait);
    }
  }
  CHECK(waits.size() == 300);
  settings.restart.jitter = 0s;
  CHECK(jitterOf(settings, 0) == 0s);
}

TEST_CASE("under the policy to restart, nothing is put back, and keepalived is restarted after a while") {
  Scene scene({}, restarting());
  begin(scene);
  scene.vanish(kVip, kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<RestartKeepalived>() == 0);
  scene.pass(2s);
  CHECK(scene.count<RestartKeepalived>() == 1);
  CHECK(scene.count<AddAddress>() == 0);
  CHECK(scene.ledger.restarts.size() == 1);
}

TEST_CASE("a master that sends nothing is told and restarted, also while the other one advertises all the time") {
  Settings settings = restarting();
  settings.policy = PolicyKind::Reinstate;
  settings.restart.whenNeeded = true;
  Scene scene({}, settings);
  // keepalived 2.2.7 after its interface was replaced: MASTER, with its addresses, and each advert an error.
  scene.dumb = true;
  scene.role = Role::Master;
  scene.addresses.push_back(kVip);
  scene.start();
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
  Advert weaker;
  weaker.ifindex = 2;
  weaker.vrid = 51;
  weaker.priority = 50;
  weaker.source = *parseAddress("192.0.2.12");
  weaker.addresses = {kVip.address, kVip6.address};
  for (int i = 0; i < 12; ++i) {
    scene.happens(ForeignAdvert{weaker});
    scene.pass(1s);
  }
  UNSCOPED_INFO(scene.noticed());
  CHECK(scene.noticed().find("none of its adverts has left eth0") != std::string::npos);
  CHECK(scene.count<RestartKeepalived>() == 1);
  CHECK(scene.count<AskKeepalived>() < 8);
}

TEST_CASE("what is back before the patience ends is no cause") {
  Scene scene({}, restarting());
  begin(scene);
  scene.vanish(kVip, kNetworkd);
  scene.pass(1s);
  scene.appear(kVip, kKeepalived);
  scene.pass(20s);
  CHECK(scene.count<RestartKeepalived>() == 0);
}

TEST_CASE("a restart that must not be is not done, and it is said why, once") {
  const struct {
    const char* what;
    std::function<void(Settings&)> set;
    std::function<void(Scene&)> happens;
    const char* said;
  } cases[] = {
      {"the unit was stopped",
       {},
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Inactive, false});
       },
       "its unit is not active"},
      {"the bus is away", {}, [](Scene& scene) { scene.happens(BusLost{}); }, "is not known without the system bus"},
      {"keepalived would not start",
       {},
       [](Scene& scene) {
         Configuration broken;
         broken.accepted = false;
         scene.happens(ConfigurationEdited{broken});
       },
       "it would not start with its configuration file"},
      {"nobody was heard", [](Settings& settings) { settings.restart.withoutPeer = false; }, {}, "no peer was heard"},
      {"the budget is nothing", [](Settings& settings) { settings.restart.mostPerHour = 0; }, {}, "most_per_hour is 0"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Settings settings = restarting();
    if (c.set) c.set(settings);
    Scene scene({}, settings);
    begin(scene);
    if (c.happens) c.happens(scene);
    lose(scene);
    scene.pass(30s);
    CHECK(scene.count<RestartKeepalived>() == 0);
    const std::string said = scene.noticed();
    const std::size_t at = said.find(c.said);
    CHECK(at != std::string::npos);
    CHECK(said.find(c.said, at + 1) == std::string::npos);
  }
}

TEST_CASE("where an instance owns its addresses, a restart would take them off the host: there is none") {
  Scene scene({}, restarting());
  Instance owner = scene.instance;
  owner.name = "VI_O";
  owner.vrid = 7;
  owner.priority = 255;
  scene.others = {owner};
  begin(scene);
  lose(scene);
  scene.pass(30s);
  CHECK(scene.count<RestartKeepalived>() == 0);
  CHECK(scene.noticed().find("VI_O owns its addresses") != std::string::npos);
}

TEST_CASE("a peer that was heard allows a restart") {
  Settings settings = restarting();
  settings.restart.withoutPeer = false;
  Scene scene({}, settings);
  scene.start();
  scene.happens(ForeignAdvert{{2, 51, Family::IPv4, 150, *parseAddress("192.0.2.11")}});
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
  scene.pass(10s);
  scene.becomeMaster();
  scene.pass(1s);
  lose(scene);
  CHECK(scene.count<RestartKeepalived>() == 1);
}

TEST_CASE("no more restarts than the budget has, also after a death of ours") {
  Scene scene({}, restarting());
  begin(scene);
  lose(scene);
  REQUIRE(scene.ledger.restarts.size() == 1);
  for (const bool newLife : {false, true}) {
    Scene next({}, restarting());
    next.now = scene.now + 1min;
    if (newLife) next.ledger.restarts = scene.ledger.restarts;
    begin(next);
    lose(next);
    next.pass(5min);
    CHECK(next.count<RestartKeepalived>() == (newLife ? 0 : 1));
    next.pass(10min);
    CHECK(next.count<RestartKeepalived>() == (newLife ? 1 : 2));
  }
}

TEST_CASE("how a restart ended is told") {
  Scene scene({}, restarting());
  begin(scene);
  lose(scene);
  REQUIRE(scene.count<RestartKeepalived>() == 1);
  SECTION("systemd could not") {
    scene.happens(RestartDone{"the job failed"});
    CHECK(scene.noticed().find("could not be restarted: the job failed") != std::string::npos);
  }
  SECTION("it settles") {
    scene.role = Role::Backup;
    scene.happens(RestartDone{});
    CHECK(scene.noticed().find("was restarted and has settled") == std::string::npos);  // it always begins so
    scene.pass(10s);
    CHECK(scene.noticed().find("was restarted and has settled") != std::string::npos);
    CHECK(scene.noticed().find("VI_1 is BACKUP") != std::string::npos);
  }
  SECTION("it does not") {
    scene.happens(KeepalivedGone{});
    scene.happens(RestartDone{});
    scene.pass(70s);
    CHECK(scene.noticed().find("has not settled") != std::string::npos);
  }
}

TEST_CASE("a restart is told with the time in which nobody served the addresses") {
  Scene scene({}, restarting());
  begin(scene);
  scene.vanish(kVip, kNetworkd);
  scene.pass(10s);
  REQUIRE(scene.count<RestartKeepalived>() == 1);
  SECTION("a peer takes over") {
    scene.becomeBackup();
    scene.pass(400ms);
    scene.happens(ForeignAdvert{{2, 51, Family::IPv4, 50, *parseAddress("192.0.2.12")}});
    scene.happens(RestartDone{});
    scene.pass(10s);
    CHECK(scene.noticed().find("; nobody served VI_1 for 10") != std::string::npos);
  }
  SECTION("nobody does, and they come back here") {
    scene.becomeBackup();
    scene.happens(RestartDone{});
    scene.pass(4s);
    scene.becomeMaster();
    scene.pass(10s);
    CHECK(scene.noticed().find("; nobody served VI_1 for 14") != std::string::npos);
  }
  SECTION("nobody does") {
    scene.becomeBackup();
    scene.happens(RestartDone{});
    scene.pass(70s);
    CHECK(scene.noticed().find(", and nobody does") != std::string::npos);
  }
}

TEST_CASE("policies of single instances go before the general one") {
  Settings settings = restarting();
  for (const PolicyKind policy : {PolicyKind::Reinstate, PolicyKind::Observe, PolicyKind::Restart}) {
    settings.policies["VI_1"] = policy;
    Scene scene({}, settings);
    begin(scene);
    lose(scene);
    CHECK(scene.count<AddAddress>() == (policy == PolicyKind::Reinstate ? 1 : 0));
    CHECK(scene.count<RestartKeepalived>() == (policy == PolicyKind::Restart ? 1 : 0));
  }
}

TEST_CASE("new settings hold at once") {
  Settings settings;
  settings.policy = PolicyKind::Observe;
  Scene scene({}, settings);
  begin(scene);
  lose(scene);
  CHECK(scene.count<AddAddress>() == 0);
  scene.happens(SettingsChanged{Settings{}});
  scene.pass(10ms);
  CHECK(scene.count<AddAddress>() == 1);
}

TEST_CASE("in a pause nothing is put back and nothing restarted, until it ends by itself or by hand") {
  for (const PolicyKind policy : {PolicyKind::Reinstate, PolicyKind::Restart}) {
    for (const bool byHand : {false, true}) {
      Settings settings = restarting();
      settings.policy = policy;
      Scene scene({}, settings);
      begin(scene);
      scene.happens(PauseChanged{Pause{scene.now + 1min, "rack 4"}});
      scene.vanish(kVip, kNetworkd);
      scene.pass(30s);
      CHECK(scene.count<AddAddress>() + scene.count<RestartKeepalived>() == 0);
      CHECK(scene.noticed().find("paused for maintenance (rack 4)") != std::string::npos);
      if (byHand)
        scene.happens(PauseChanged{});
      else
        scene.pass(31s);
      scene.pass(5s);
      CHECK(scene.count<AddAddress>() + scene.count<RestartKeepalived>() == 1);
    }
  }
}

TEST_CASE("a keepalived that does not answer any more is restarted where that is wanted") {
  for (const bool wanted : {true, false}) {
    Settings settings = restarting();
    settings.policy = PolicyKind::Reinstate;
    settings.restart.whenNeeded = wanted;
    Scene scene({}, settings);
    begin(scene);
    scene.answersLeft = 0;
    scene.happens(VerifyRequested{});
    scene.pass(10s);
    CHECK(scene.count<RestartKeepalived>() == 0);
    scene.pass(50s);
    CHECK(scene.count<RestartKeepalived>() == (wanted ? 1 : 0));
    const bool told =
        scene.noticed().find("\nkeepalived does not answer any more; restarting keepalived\n") != std::string::npos;
    CHECK(told == wanted);
  }
}

TEST_CASE("a peer that was heard too long ago allows no restart") {
  for (const Duration within : {Duration{1min}, Duration{5s}}) {
    Settings settings = restarting();
    settings.restart.withoutPeer = false;
    settings.restart.peerWithin = within;
    Scene scene({}, settings);
    scene.start();
    scene.happens(ForeignAdvert{{2, 51, Family::IPv4, 150, *parseAddress("192.0.2.11")}});
    scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
    scene.pass(10s);
    scene.becomeMaster();
    scene.pass(1s);
    lose(scene);
    CHECK(scene.count<RestartKeepalived>() == (within == 1min ? 1 : 0));
  }
}

TEST_CASE("an instance of which the readers are not sure is no cause") {
  Scene scene({}, restarting());
  scene.instance.understood = false;
  begin(scene);
  lose(scene);
  scene.pass(30s);
  CHECK(scene.count<RestartKeepalived>() == 0);
}

TEST_CASE("in a restart only those are missed that were served here before") {
  Scene scene({}, restarting());
  const AddressKey others = address("192.0.2.109", 24);
  Instance backup = scene.instance;
  backup.name = "VI_2";
  backup.vrid = 52;
  backup.vips[0].address = others.address;
  backup.vips.pop_back();
  scene.others = {backup};
  scene.addresses.push_back(others);  // by mistake
  begin(scene);
  lose(scene);
  REQUIRE(scene.count<RestartKeepalived>() == 1);
  scene.vanish(others, 77);
  scene.becomeBackup();
  scene.happens(RestartDone{});
  scene.pass(10s);
  CHECK(scene.noticed().find("nobody served VI_1 for") != std::string::npos);
  CHECK(scene.noticed().find("nobody served VI_2") == std::string::npos);
}

TEST_CASE("the end of a maintenance that was none is no news") {
  Scene scene({});
  begin(scene);
  scene.happens(PauseChanged{});
  CHECK(scene.noticed().empty());
  scene.happens(SettingsChanged{Settings{}});
  CHECK(scene.noticed() == "the configuration was read anew\n");
}
