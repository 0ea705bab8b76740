// Somebody who removes an address as often as it is put back.
#include <functional>

#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kScript = 4711;

/// Removes it wherever it sees it, looking so often.
void attack(Scene& scene, Duration every, Duration length) {
  Duration advertised{};
  for (Duration at{}; at < length; at += every) {
    scene.vanish(kVip, kScript);
    scene.pass(every);
    if (at < advertised) continue;
    advertised = at + 1s;
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});  // if there is a tap
  }
}

std::vector<std::string> told(const Scene& scene, Notice::Kind kind = Notice::Kind::Fight) {
  std::vector<std::string> texts;
  for (const Action& action : scene.orders)
    if (const auto* notice = std::get_if<Notice>(&action); notice != nullptr && notice->kind == kind)
      texts.push_back(notice->text);
  return texts;
}

/// A master whose unit is active, and which may be restarted without a peer.
Scene master(FightAction action) {
  Settings settings;
  settings.fight = action;
  settings.restart.withoutPeer = true;
  Scene scene({}, settings);
  scene.startAsMaster();
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
  return scene;
}

Advert peer(std::uint8_t priority) {
  Advert advert;
  advert.ifindex = 2;
  advert.vrid = 51;
  advert.priority = priority;
  advert.source = *parseAddress("192.0.2.12");
  advert.addresses = {kVip.address, kVip6.address};
  return advert;
}

/// systemd has stopped it: it takes its addresses along.
void stopped(Scene& scene) {
  scene.addresses.clear();
  scene.happens(KeepalivedGone{});
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Inactive, false});
  scene.happens(RestartDone{});
}

int additions(const Scene& scene) {
  int count = 0;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<AddAddress>(&action)) count += order->record.key == kVip ? 1 : 0;
  return count;
}

}  // namespace

TEST_CASE("a fight with a loop in a shell, each time another process, is told in a line that can be read") {
  Scene scene({});
  scene.startAsMaster();
  for (std::uint32_t pid = 1000; pid < 9000; ++pid) {
    const int asked = scene.count<IdentifySocket>();
    scene.vanish(kVip, pid);
    if (scene.count<IdentifySocket>() > asked)
      scene.happens(SocketIdentified{pid, "ip[" + std::to_string(pid) + "]", ""});
    scene.pass(2ms);
  }
  REQUIRE(told(scene).size() == 1);
  CHECK(told(scene)[0] ==
        "VI_1: 192.0.2.100 was removed and put back 18 times, by 18 processes of ip; from now on it is "
        "put back more and more rarely, every 30.0 s in the end: stop what removes it");
}

TEST_CASE(
    "an address that goes as often as it comes is told once with the hand that takes it, and put back ever more "
    "rarely") {
  for (const Duration every : {Duration{2ms}, Duration{1s}}) {
    INFO(describe(every));
    Scene scene({});
    scene.startAsMaster();
    scene.happens(SocketIdentified{kScript, "cleanup.sh", "cleanup.service"});
    attack(scene, every, 10min);
    CHECK(told(scene) ==
          std::vector<std::string>{
              "VI_1: 192.0.2.100 was removed and put back 18 times, by cleanup.service; from now on it is "
              "put back more and more rarely, every 30.0 s in the end: stop what removes it"});
    CHECK(additions(scene) < 50);
    UNSCOPED_INFO(scene.reported());
    CHECK(scene.count<IncidentReport>() <= 6);  // a journal that can still be read
    scene.orders.clear();
    scene.pass(3min);
    CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
    REQUIRE(scene.count<IncidentReport>() == 1);
    CHECK(scene.reported().find("times") != std::string::npos);
  }
}

TEST_CASE("after a fight the next loss is an ordinary one") {
  Scene scene({});
  scene.startAsMaster();
  attack(scene, 100ms, 1min);
  scene.pass(5min);
  scene.orders.clear();
  scene.vanish(kVip, kScript);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
  scene.pass(1s);
  CHECK(told(scene).empty());
  CHECK(scene.count<IncidentReport>() == 1);
}

TEST_CASE("a few removals in a row are no fight") {
  Scene scene({});
  scene.startAsMaster();
  attack(scene, 10ms, 100ms);
  scene.pass(1min);
  CHECK(told(scene).empty());
  CHECK(scene.count<IncidentReport>() == 1);
}

TEST_CASE("what was removed long ago does not count when the kernel refuses an address") {
  Scene scene({});
  scene.startAsMaster();
  for (int i = 0; i < 17; ++i) {  // one more were a fight
    scene.vanish(kVip, kScript);
    while (!scene.has(kVip)) scene.pass(10ms);
  }
  for (int second = 0; second < 9; ++second) {
    scene.pass(1s);
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});
  }
  scene.refusesAddresses = ENOBUFS;
  scene.vanish(kVip, kScript);
  scene.refusesAddresses = 0;
  scene.pass(1s);
  CHECK(scene.has(kVip));
  CHECK(told(scene).empty());
}

TEST_CASE("where the operator wants it a fight ends with a restart, within the budget") {
  for (const FightAction action :
       {FightAction::Report, FightAction::Restart, FightAction::HandOver, FightAction::GiveUp}) {
    INFO(static_cast<int>(action));
    Scene scene = master(action);
    attack(scene, 100ms, 5min);
    CHECK(scene.count<RestartKeepalived>() == (action == FightAction::Restart ? 1 : 0));
    CHECK(scene.count<StopKeepalived>() == 0);  // no peer was ever heard
  }
}

TEST_CASE("an address given up is told with priority and stays away, whatever else happens to the others") {
  Scene scene = master(FightAction::GiveUp);
  attack(scene, 100ms, 10min);
  CHECK(additions(scene) == 18);
  REQUIRE(told(scene).size() == 1);
  CHECK(told(scene)[0].find("by an unknown hand; the next time it is left away: stop what removes it") !=
        std::string::npos);
  REQUIRE(told(scene, Notice::Kind::GivenUp).size() == 1);
  CHECK(told(scene, Notice::Kind::GivenUp)[0] ==
        "VI_1: 192.0.2.100 was removed again and is put back no more, and nobody serves it: stop what removes it, then "
        "systemctl reload vip-guardian");
  scene.orders.clear();
  scene.vanish(kVip6, kScript);
  scene.pass(1s);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip6) == 1);
  CHECK(additions(scene) == 0);
}

TEST_CASE("what was given up is put back again when somebody has seen to it") {
  const struct {
    const char* what;
    std::function<void(Scene&, const Settings&)> seenTo;
  } cases[] = {
      {"the configuration is read anew",
       [](Scene& scene, const Settings& settings) { scene.happens(SettingsChanged{settings}); }},
      {"a pause ends",
       [](Scene& scene, const Settings&) {
         scene.happens(PauseChanged{Pause{}});
         scene.happens(PauseChanged{});
       }},
      {"it was put back by hand and is lost again later",
       [](Scene& scene, const Settings&) {
         scene.appear(kVip, kScript);
         scene.pass(1min);
         scene.vanish(kVip, kScript);
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene = master(FightAction::GiveUp);
    attack(scene, 100ms, 1min);
    REQUIRE(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 0);
    Settings settings;
    settings.fight = FightAction::GiveUp;
    c.seenTo(scene, settings);
    scene.pass(1s);
    CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
  }
}

TEST_CASE("keepalived is stopped where a peer lives, and the peer is named that has taken over") {
  Scene scene = master(FightAction::HandOver);
  scene.happens(ForeignAdvert{peer(50)});
  attack(scene, 100ms, 1min);
  REQUIRE(scene.count<StopKeepalived>() == 1);
  CHECK(told(scene, Notice::Kind::Restarting).back() ==
        "VI_1: its addresses are removed again and again; stopping keepalived, so that a peer takes over and stays");
  stopped(scene);
  scene.pass(600ms);
  scene.happens(ForeignAdvert{peer(50)});
  REQUIRE(told(scene, Notice::Kind::HandedOver).size() == 1);
  CHECK(told(scene, Notice::Kind::HandedOver)[0].find(
            "keepalived was stopped and stays so: 192.0.2.12 has taken over VI_1; nobody served VI_1 for ") == 0);
  scene.orders.clear();
  scene.pass(1h);
  CHECK(scene.count<StartKeepalived>() == 0);
  CHECK(additions(scene) == 0);
}

TEST_CASE("a keepalived that was stopped is started again where nobody takes over") {
  Scene scene = master(FightAction::HandOver);
  scene.happens(ForeignAdvert{peer(50)});
  attack(scene, 100ms, 1min);
  REQUIRE(scene.count<StopKeepalived>() == 1);
  stopped(scene);
  scene.pass(4s);
  CHECK(scene.count<StartKeepalived>() == 0);  // three lost adverts take as long
  scene.pass(2s);
  REQUIRE(scene.count<StartKeepalived>() == 1);
  CHECK(told(scene, Notice::Kind::Failure).back() ==
        "keepalived was stopped, but nobody has taken over VI_1; it is started again");
}

TEST_CASE("a stop that systemd refuses is told, and the fight goes on as slowly as before") {
  Scene scene = master(FightAction::HandOver);
  scene.happens(ForeignAdvert{peer(50)});
  attack(scene, 100ms, 1min);
  scene.happens(RestartDone{"Access denied"});
  CHECK(told(scene, Notice::Kind::Failure).back() ==
        "keepalived could not be stopped: Access denied; see to it by hand");
  scene.pass(1min);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
}

TEST_CASE("a fight over two addresses at once is one, and told once") {
  Scene scene({});
  Vip second = scene.instance.vips[0];
  second.address = *parseAddress("192.0.2.101");
  scene.instance.vips[1] = second;
  const AddressKey other = address("192.0.2.101", 24);
  scene.start();
  scene.appear(other, kKeepalived);
  scene.becomeMaster();
  scene.vanish(kVip6, 0);  // of which keepalived knows nothing here
  scene.pass(1s);
  for (int i = 0; i < 600; ++i) {
    scene.vanish(kVip, kScript);
    scene.vanish(other, kScript);
    scene.pass(100ms);
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});
  }
  CHECK(additions(scene) >= 18);
  CHECK(told(scene).size() == 1);
}

TEST_CASE("while it is not certain that this node is master, a fight is no reason to restart") {
  Scene scene = master(FightAction::Restart);
  while (told(scene).empty()) attack(scene, 100ms, 100ms);
  scene.answersLeft = 0;
  scene.happens(RoleHinted{Role::Backup, "D-Bus", "VI_1", "", 0, Family::IPv4});
  scene.pass(20s);
  CHECK(scene.count<RestartKeepalived>() == 0);
}

TEST_CASE("a stop of which systemd says nothing is told after a minute") {
  Scene scene = master(FightAction::HandOver);
  scene.happens(ForeignAdvert{peer(50)});
  while (scene.count<StopKeepalived>() == 0) attack(scene, 100ms, 100ms);
  scene.pass(55s);
  CHECK(told(scene, Notice::Kind::Failure).empty());
  scene.pass(10s);
  CHECK(told(scene, Notice::Kind::Failure) ==
        std::vector<std::string>{"keepalived was to be stopped, and systemd has not done it; see to it by hand"});
}

TEST_CASE("a hand-over is done when each instance that was master here has another one") {
  for (const Role role : {Role::Backup, Role::Master})
    for (const bool bothTaken : {true, false}) {
      INFO((role == Role::Master) << bothTaken);
      Scene scene({}, [] {
        Settings settings;
        settings.fight = FightAction::HandOver;
        return settings;
      }());
      for (const std::uint8_t vrid : {std::uint8_t{52}, std::uint8_t{53}}) {
        Instance other = scene.instance;
        other.name = "VI_" + std::to_string(vrid - 50);
        other.vrid = vrid;
        other.vips.clear();
        scene.others.push_back(other);
      }
      scene.roleOfOthers = role;
      scene.startAsMaster();
      scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
      scene.happens(ForeignAdvert{peer(50)});
      attack(scene, 100ms, 1min);
      REQUIRE(scene.count<StopKeepalived>() == 1);
      stopped(scene);
      scene.pass(600ms);
      for (const std::uint8_t vrid : {std::uint8_t{51}, std::uint8_t{52}, std::uint8_t{53}}) {
        if (vrid != 51 && !bothTaken) continue;
        Advert advert = peer(50);
        advert.vrid = vrid;
        scene.happens(ForeignAdvert{advert});
      }
      scene.pass(10s);
      if (role == Role::Backup || bothTaken) {
        REQUIRE(told(scene, Notice::Kind::HandedOver).size() == 1);
        const std::string text = told(scene, Notice::Kind::HandedOver)[0];
        CHECK(text.find("192.0.2.12 has taken over VI_1") != std::string::npos);
        CHECK((text.find(", 192.0.2.12 has taken over VI_2, 192.0.2.12 has taken over VI_3") != std::string::npos) ==
              (role == Role::Master));
        CHECK(scene.count<StartKeepalived>() == 0);
      } else {
        REQUIRE_FALSE(told(scene, Notice::Kind::Failure).empty());
        CHECK(told(scene, Notice::Kind::Failure)[0] ==
              "keepalived was stopped, but nobody has taken over VI_2, VI_3; it is started again");
        CHECK(scene.count<StartKeepalived>() == 1);
      }
    }
}
