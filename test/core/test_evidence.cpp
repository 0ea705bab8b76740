// What keepalived, its unit and its sockets say of an instance, and what is not made of it.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

constexpr std::uint32_t kRandom = 0x80000123;  ///< as the kernel numbers the second socket of anybody

bool guards(const Scene& scene) { return scene.noticed().find("; guarding") != std::string::npos; }

std::uint64_t lastQuestion(const Scene& scene) {
  std::uint64_t request = 0;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<AskKeepalived>(&action)) request = order->request;
  return request;
}

}  // namespace

TEST_CASE("nothing is put back for an instance of which the readers are not sure") {
  for (const bool understood : {true, false})
    for (const bool answers : {true, false}) {
      INFO(understood << answers);
      Scene scene({});
      scene.instance.understood = understood;
      scene.start();
      scene.pass(1s);
      if (!answers) scene.answersLeft = 0;
      scene.role = Role::Master;
      scene.appear(kVip, kKeepalived);
      scene.pass(50ms);
      scene.vanish(kVip, kNetworkd);
      scene.pass(10ms);
      CHECK((scene.count<AddAddress>() != 0) == understood);
      const Role shown = scene.decider().overview().instances.at(0).role;
      if (answers) CHECK(shown == (understood ? Role::Master : Role::Other));  // its claim is none
    }
}

TEST_CASE("while keepalived's unit is on its way, nothing is put back") {
  for (const ActiveState state : {ActiveState::Activating, ActiveState::Reloading, ActiveState::Deactivating}) {
    INFO(static_cast<int>(state));
    Scene scene({});
    scene.startAsMaster();
    scene.happens(UnitChanged{Unit::Keepalived, state, false});
    scene.vanish(kVip, kNetworkd);
    scene.pass(1500ms);
    CHECK_FALSE(scene.has(kVip));
    CHECK(scene.reported().find("keepalived is stopping, starting or reloading") != std::string::npos);
    scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
    CHECK(scene.has(kVip));
  }
}

TEST_CASE("who installs through a socket that could be anybody's is keepalived only where it has no window") {
  for (const bool old : {true, false}) {
    Settings settings;
    settings.keepalivedWatches = false;
    Scene scene({}, settings);
    scene.version = old ? Version{1, 3, 9} : Version{2, 2, 7};
    scene.start();
    scene.pass(1s);
    scene.role = Role::Master;
    scene.appear(kVip, kRandom);
    CHECK(guards(scene) == !old);
    scene.pass(10s);  // it was seen advertising, and says MASTER still
    CHECK(guards(scene));
  }
}

TEST_CASE("a number in the news of an IPv6 address says nothing of who put it there") {
  for (const bool both : {true, false}) {
    Settings settings;
    settings.keepalivedWatches = false;
    Scene scene({}, settings);
    scene.version = {2, 2, 7};
    scene.dumb = true;  // nothing but an installation proves it
    scene.start();
    scene.pass(1s);
    scene.role = Role::Master;
    scene.answersLeft = 0;
    if (both) scene.appear(kVip, kRandom);
    scene.appear(kVip6, 1);
    scene.answersLeft = 1000;
    scene.pass(3s);
    CHECK(guards(scene) == both);
  }
}

TEST_CASE("a question that is none any more cannot fail") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.happens(VerifyRequested{});
  scene.happens(AskFailed{lastQuestion(scene) - 1, "the question before"});
  CHECK(scene.noticed().empty());
  scene.happens(AskFailed{lastQuestion(scene), "this one"});
  CHECK(scene.noticed() == "this one; nothing is added until it does\n");
}

TEST_CASE("an instance is guarded on the interfaces that it has, though its own is not there") {
  Scene scene({});
  scene.instance.interface = "eth9";
  scene.startAsMaster();
  REQUIRE(scene.ledger.epochs.size() == 1);
  CHECK(scene.ledger.epochs[0].interfaces == std::set<int>{2});
  scene.vanish(kVip, kNetworkd);
  CHECK(scene.has(kVip));
  CHECK(scene.count<WatchAdverts>() == 0);
}

TEST_CASE("between an installation and an older question's answer, an instance stays what it was seen to be") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.happens(VerifyRequested{});
  scene.pass(1ms);
  scene.happens(OwnAdvert{{2, 51, Family::IPv4, 0, kBase.address}});
  scene.pass(1ms);
  scene.appear(kVip, kKeepalived);  // master again, a moment later
  InstanceClaim claim;
  claim.instance = scene.instance;
  claim.role = Role::Other;
  scene.vanish(kVip6, 0);
  scene.happens(Answered{lastQuestion(scene), Answer{{claim}, {}}});
  const InstanceOverview shown = scene.decider().overview().instances.at(0);
  CHECK(shown.role == Role::Other);
  CHECK(shown.standing == Standing::Guarded);
  CHECK(shown.vips.at(1).goneAt);  // it is missed
  CHECK_FALSE(scene.has(kVip6));   // and waits for a better answer
}

TEST_CASE("an addition of which the news was lost is confirmed by its answer, without a stamp") {
  const Scene host({});
  Decider decider({}, kOwn);
  Actions orders;
  Instant now = host.now;
  const auto happens = [&](const Event& event) { decider.handle(event, now, orders); };
  const auto answers = [&](Role role) {
    InstanceClaim claim;
    claim.instance = host.instance;
    claim.role = role;
    claim.lastTransition = std::chrono::microseconds(1);
    std::uint64_t request = 0;
    for (const Action& action : orders)
      if (const auto* order = std::get_if<AskKeepalived>(&action)) request = order->request;
    now += 1ms;
    happens(Answered{request, Answer{{claim}, {}}});
  };
  happens(host.snapshot());
  happens(KeepalivedStarted{{500, 1}, {1, 3, 9}, {}});
  answers(Role::Backup);
  now += 1s;
  happens(AddressAppeared{host.recordOf(kVip), {kKeepalived}});
  now += 30ms;
  answers(Role::Master);  // and puts back kVip6, which was never there
  now += 1ms;
  happens(AddDone{kVip6, 0, false});
  now += 1ms;
  happens(EventsLost{});
  orders.erase(std::remove_if(orders.begin(), orders.end(),
                              [](const Action& action) { return !std::holds_alternative<AskKeepalived>(action); }),
               orders.end());
  answers(Role::Master);
  const auto confirmed = std::find_if(orders.begin(), orders.end(), [](const Action& action) {
    const auto* order = std::get_if<Remember>(&action);
    return order != nullptr && order->note.kind == LedgerNote::Kind::Confirmed;
  });
  REQUIRE(confirmed != orders.end());
  CHECK(std::get<Remember>(*confirmed).note.key == kVip6);
  CHECK(std::get<Remember>(*confirmed).note.created == 0);
}
