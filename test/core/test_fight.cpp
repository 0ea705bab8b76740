// Somebody who removes an address as often as it is put back.
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

std::vector<std::string> told(const Scene& scene) {
  std::vector<std::string> texts;
  for (const Action& action : scene.orders)
    if (const auto* notice = std::get_if<Notice>(&action); notice != nullptr && notice->kind == Notice::Kind::Fight)
      texts.push_back(notice->text);
  return texts;
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

TEST_CASE("where the operator wants it a fight ends with a restart, within the budget") {
  for (const bool wanted : {false, true}) {
    INFO(wanted);
    Settings settings;
    settings.restartOnFight = wanted;
    settings.restart.withoutPeer = true;
    Scene scene({}, settings);
    scene.startAsMaster();
    scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
    attack(scene, 100ms, 5min);
    CHECK(scene.count<RestartKeepalived>() == (wanted ? 1 : 0));
  }
}
