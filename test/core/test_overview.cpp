// What people get to see of the core, and what it remembers for them.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

InstanceOverview only(const Scene& scene, std::size_t vips = 2) {
  const Overview picture = scene.decider().overview();
  REQUIRE(picture.instances.size() == 1);
  REQUIRE(picture.instances[0].vips.size() == vips);
  return picture.instances[0];
}

Advert foreign(std::uint8_t priority) {
  Advert advert{2, 51, Family::IPv4, priority, *parseAddress("192.0.2.12")};
  advert.addresses = {kVip.address, kVip6.address};
  return advert;
}

/// The kernel's removals and additions here take a tenth of a millisecond each to be answered.
void lose(Scene& scene) {
  scene.vanish(kVip, kNetworkd);
  scene.pass(1s);
}

IncidentReport lastReport(const Scene& scene) {
  IncidentReport last;
  for (const Action& action : scene.orders)
    if (const auto* report = std::get_if<IncidentReport>(&action)) last = *report;
  return last;
}

}  // namespace

TEST_CASE("an instance is shown with its role, how that became known, and its addresses") {
  Scene scene({});
  scene.start();
  scene.pass(1s);
  InstanceOverview shown = only(scene);
  CHECK(shown.role == Role::Backup);
  CHECK(shown.source == RoleSource::Answer);
  CHECK(shown.standing == Standing::Unguarded);
  CHECK_FALSE(shown.vips[0].present);
  CHECK_FALSE(shown.vips[0].goneAt);  // nothing is missing on a backup

  scene.becomeMaster();
  const Instant installed = scene.now;
  scene.pass(10s);
  shown = only(scene);
  CHECK(shown.name == "VI_1");
  CHECK(shown.vrid == 51);
  CHECK(shown.role == Role::Master);
  CHECK(shown.standing == Standing::Guarded);
  CHECK(shown.roleSince <= installed);
  CHECK(shown.transitions == 1);
  CHECK(shown.transitionDate.count() == scene.transition);
  CHECK(shown.vips[0].present);
  CHECK(shown.vips[1].present);

  scene.becomeBackup();
  scene.pass(1s);
  shown = only(scene);
  CHECK(shown.role == Role::Backup);
  CHECK(shown.transitions == 2);
  CHECK(shown.vips[0].past.losses == 0);  // keepalived's own removal is none
}

TEST_CASE("a loss that was repaired is remembered with its address and as an incident") {
  Scene scene({});
  scene.startAsMaster();
  const Instant before = scene.now;
  lose(scene);
  const Overview picture = scene.decider().overview();
  const VipOverview& vip = picture.instances[0].vips[0];
  CHECK(vip.present);
  CHECK(vip.past.losses == 1);
  CHECK(vip.past.reinstated == 1);
  REQUIRE(vip.past.last);
  CHECK(vip.past.last->at == before);
  CHECK(vip.past.last->outage);
  CHECK(picture.instances[0].vips[1].past.losses == 0);

  REQUIRE(picture.incidents.size() == 1);
  const IncidentOverview& incident = picture.incidents[0];
  CHECK(incident.over);
  CHECK(incident.report.outcome == Outcome::Repaired);
  CHECK(incident.report.id == vip.past.last->incident);
  CHECK(picture.counters.losses == 1);
  CHECK(picture.counters.reinstated == 1);
  CHECK(picture.counters.incidents[static_cast<std::size_t>(Outcome::Repaired)] == 1);
  CHECK(picture.counters.outages[0] == 1);  // under a millisecond
  CHECK(picture.counters.questions > 0);
}

TEST_CASE("of several hands in one incident each address has the one that took it last, and when that was") {
  Scene scene({});
  scene.instance.vips.push_back(scene.instance.vips[0]);
  scene.instance.vips.back().address.bytes[3] = 101;
  AddressKey third = kVip;
  third.address.bytes[3] = 101;
  scene.start();
  scene.pass(1ms);
  scene.appear(third, kKeepalived);
  scene.becomeMaster();
  scene.pass(1s);
  constexpr std::uint32_t kScript = 77;
  scene.happens(NetworkdSocketFound{kNetworkd});
  scene.happens(SocketIdentified{kScript, "ip[77]", ""});
  scene.happens(BusConnected{});
  scene.happens(JobQueued{Unit::Networkd});
  const Instant first = scene.now;
  scene.vanish(kVip, kNetworkd);
  scene.vanish(third, kNetworkd);
  scene.pass(10ms);
  const Instant again = scene.now;
  scene.vanish(third, kScript);
  const auto check = [&](const InstanceOverview& shown) {
    REQUIRE(shown.vips[0].past.last);
    REQUIRE(shown.vips[2].past.last);
    CHECK(shown.vips[0].past.last->at == first);
    CHECK(shown.vips[0].past.last->remover == "systemd-networkd.service");
    CHECK(shown.vips[2].past.last->at == again);
    CHECK(shown.vips[2].past.last->remover == "ip[77]");
    CHECK(shown.vips[2].past.last->trigger.empty());
    CHECK(shown.vips[2].past.last->incident == shown.vips[0].past.last->incident);
  };
  check(only(scene, 3));
  scene.pass(60s);
  check(only(scene, 3));
  const IncidentReport told = lastReport(scene);
  CHECK(told.remover == "systemd-networkd.service, ip[77]");
  CHECK_FALSE(told.trigger.empty());
}

TEST_CASE("while an incident goes on, its losses show already") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  const Instant before = scene.now;
  scene.vanish(kVip6, 0);  // IPv6: keepalived is asked first
  const InstanceOverview shown = only(scene);
  CHECK_FALSE(shown.vips[1].present);
  REQUIRE(shown.vips[1].goneAt);
  CHECK(*shown.vips[1].goneAt == before);
  CHECK(shown.vips[1].past.losses == 1);
  CHECK(shown.vips[1].past.reinstated == 0);
  CHECK(shown.vips[1].past.last);
  CHECK_FALSE(shown.vips[1].past.last->outage);
  CHECK(shown.waiting == "keepalived has not said yet whether it still is master");
  CHECK(scene.decider().overview().incidents.empty());  // not told yet
}

TEST_CASE("a report has an id and the steps of the repair in their order") {
  Scene scene({});
  scene.startAsMaster();
  const Instant before = scene.now;
  lose(scene);
  const IncidentReport first = lastReport(scene);
  CHECK(first.id.size() == 8);
  CHECK(first.timeline.noticed == before);
  REQUIRE(first.timeline.decided);
  REQUIRE(first.timeline.added);
  REQUIRE(first.timeline.verified);
  REQUIRE(first.timeline.announced);
  CHECK(*first.timeline.decided >= first.timeline.noticed);
  CHECK(*first.timeline.added >= *first.timeline.decided);
  CHECK(*first.timeline.verified > *first.timeline.added);       // keepalived takes 0.1 ms here
  CHECK(*first.timeline.announced >= *first.timeline.verified);  // not before
  lose(scene);
  CHECK(lastReport(scene).id != first.id);
}

TEST_CASE("only what keepalived is said to answer itself, or the policy forbids, is told as such") {
  const struct {
    const char* what;
    bool watches;
    PolicyKind policy;
    Outcome outcome;
    const char* evidence;
  } cases[] = {
      {"deaf, to be restarted", false, PolicyKind::Restart, Outcome::Open, ""},
      {"to be looked at", false, PolicyKind::Observe, Outcome::Observed, "the policy is to observe"},
      {"it hears", true, PolicyKind::Reinstate, Outcome::Observed, "this keepalived answers a loss itself"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Settings settings;
    settings.policy = c.policy;
    settings.keepalivedWatches = c.watches;
    settings.restart.mostPerHour = 0;
    Scene scene({}, settings);
    scene.startAsMaster();
    scene.vanish(kVip, kNetworkd);
    scene.pass(3s);
    CHECK(lastReport(scene).outcome == c.outcome);
    CHECK(lastReport(scene).evidence == c.evidence);
  }
}

TEST_CASE("all entries of one incident have one id, and it is kept once") {
  Settings settings;
  settings.policy = PolicyKind::Observe;
  Scene scene({}, settings);
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  scene.pass(3s);
  const IncidentReport opening = lastReport(scene);
  CHECK(opening.outcome == Outcome::Observed);
  REQUIRE(scene.decider().overview().incidents.size() == 1);
  CHECK_FALSE(scene.decider().overview().incidents[0].over);
  CHECK(scene.decider().overview().counters.losses == 0);  // not before it is over
  scene.appear(kVip, kKeepalived);
  scene.pass(3s);
  CHECK(lastReport(scene).id == opening.id);
  CHECK(lastReport(scene).outcome == Outcome::Returned);
  REQUIRE(scene.decider().overview().incidents.size() == 1);
  CHECK(scene.decider().overview().incidents[0].over);
  CHECK(scene.decider().overview().counters.losses == 1);
  CHECK(scene.decider().overview().counters.reinstated == 0);
}

TEST_CASE("the other node's claim shows, until it falls silent or says farewell") {
  Scene scene({});
  scene.start();
  scene.pass(1s);
  const Instant first = scene.now;
  scene.happens(ForeignAdvert{foreign(150)});
  scene.pass(1s);
  scene.happens(ForeignAdvert{foreign(150)});
  InstanceOverview shown = only(scene);
  REQUIRE(shown.peer);
  CHECK(shown.peer->address == "192.0.2.12");
  CHECK(shown.peer->priority == 150);
  CHECK(shown.peer->since == first);
  CHECK(shown.peer->heard);

  scene.pass(1s);
  const Instant other = scene.now;
  scene.happens(ForeignAdvert{foreign(200)});
  CHECK(only(scene).peer->since == other);
  SECTION("silence") {
    scene.pass(2min);
    CHECK_FALSE(only(scene).peer->heard);
  }
  SECTION("farewell") {
    scene.happens(ForeignAdvert{foreign(0)});
    CHECK_FALSE(only(scene).peer->heard);
    CHECK(only(scene).peer->priority == 200);
  }
}

TEST_CASE("nothing is new in the steady state, and everything else is") {
  Scene scene({});
  scene.start();
  scene.happens(ForeignAdvert{foreign(150)});
  scene.pass(5s);
  scene.happens(ForeignAdvert{foreign(150)});
  std::uint64_t revision = scene.decider().revision();
  const auto isNew = [&] { return std::exchange(revision, scene.decider().revision()) != revision; };
  for (int second = 0; second < 180; ++second) {  // three sweeps
    scene.pass(1s);
    scene.happens(ForeignAdvert{foreign(150)});
  }
  CHECK_FALSE(isNew());
  scene.appear(address("198.51.100.7", 24), 77);  // nobody's business
  CHECK_FALSE(isNew());
  scene.appear(kVip, 77);
  CHECK(isNew());
  scene.vanish(kVip, 77);
  CHECK(isNew());
  scene.happens(ForeignAdvert{foreign(140)});
  CHECK(isNew());
  scene.pass(2min);  // its silence
  CHECK(isNew());
  scene.pass(2min);
  isNew();
  scene.becomeMaster();
  CHECK(isNew());
  scene.pass(5s);
  isNew();
  lose(scene);
  CHECK(isNew());
  scene.pass(1min);  // announcements follow for a while
  isNew();
  scene.pass(5min);
  CHECK_FALSE(isNew());
  scene.happens(KeepalivedGone{});
  CHECK(isNew());
}

TEST_CASE("a new life goes on with what the former one remembered") {
  Scene scene({});
  scene.startAsMaster();
  lose(scene);
  const Overview former = scene.decider().overview();
  Decider next({}, kOwn);
  next.recall(former);
  const Overview picture = next.overview();
  CHECK(picture.counters.losses == 1);
  CHECK(picture.counters.outages == former.counters.outages);
  REQUIRE(picture.incidents.size() == 1);
  CHECK(picture.incidents[0].report.id == former.incidents[0].report.id);
}

TEST_CASE("only the last incidents are kept") {
  Scene scene({});
  scene.startAsMaster();
  for (int i = 0; i < 40; ++i) {
    lose(scene);
    scene.pass(20s);
  }
  const Overview picture = scene.decider().overview();
  CHECK(picture.incidents.size() == 32);
  CHECK(picture.counters.losses == 40);
  CHECK(picture.incidents.back().report.id == lastReport(scene).id);
}

TEST_CASE("that keepalived is gone is told in one line, however many instances it had") {
  Scene scene({});
  scene.startAsMaster();
  scene.happens(KeepalivedGone{});
  const std::string told = scene.noticed();
  CHECK(told.find("keepalived is gone; nothing is guarded until it is back\n") != std::string::npos);
  CHECK(told.find("no longer guarded") == std::string::npos);
}

TEST_CASE("an instance that keepalived itself takes down is told as that") {
  Scene scene({});
  scene.startAsMaster();
  scene.becomeBackup();
  const std::string told = scene.noticed();
  CHECK(told.find("VI_1: keepalived is letting go of it; its addresses are no longer guarded\n") != std::string::npos);
  CHECK(told.find("no longer guarded") == told.rfind("no longer guarded"));
}

TEST_CASE("that keepalived does not answer is told once, and not while its unit is stopping") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Deactivating, true});
  scene.vanish(kVip, kKeepalived);
  scene.pass(10s);
  CHECK(scene.noticed().find("did not answer") == std::string::npos);
  scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Active, false});
  scene.pass(10min);
  const std::string told = scene.noticed();
  CHECK(told.find("keepalived did not answer; nothing is added until it does") != std::string::npos);
  CHECK(told.find("did not answer") == told.rfind("did not answer"));
}

TEST_CASE("an instance that was master for a moment is not taken for it later on") {
  Settings settings;
  settings.keepalivedWatches = false;
  Scene scene({}, settings);
  scene.instance.vrid = 61;                                // none of its adverts was seen yet
  scene.instance.vips.erase(scene.instance.vips.begin());  // of IPv6 addresses nobody says who removed them
  scene.start();
  Configuration configuration;
  configuration.instances = {scene.instance};
  scene.happens(KeepalivedStarted{{500, 2}, {2, 2, 7}, configuration});
  scene.role = Role::Master;
  scene.appear(kVip6, 0);
  scene.pass(300ms);
  REQUIRE(only(scene, 1).role == Role::Master);
  scene.role = Role::Backup;
  scene.vanish(kVip6, 0);
  scene.pass(1min);
  CHECK(only(scene, 1).role == Role::Backup);
  CHECK(scene.noticed().find("says MASTER") == std::string::npos);
}

TEST_CASE("whether keepalived answers a loss itself shows while it runs") {
  for (const bool watches : {true, false}) {
    Settings settings;
    settings.keepalivedWatches = watches;
    Scene scene({}, settings);
    CHECK_FALSE(scene.decider().overview().answersItself);
    scene.start();
    CHECK(scene.decider().overview().answersItself == watches);
  }
}

TEST_CASE("an instance that was told to have left shows as doubtful until keepalived says more") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.happens(RoleHinted{Role::Backup, "D-Bus", "VI_1", "", 0, Family::IPv4});
  CHECK(only(scene).standing == Standing::Doubt);
  scene.answersLeft = 1000;
  scene.pass(10s);
  CHECK(only(scene).standing == Standing::Guarded);
}

TEST_CASE("who was heard for a moment is shown as nobody's rival") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.happens(ForeignAdvert{foreign(50)});
  scene.happens(ForeignClaim{{2, kVip.address, {0x52, 0x54, 0, 0, 0, 0x99}}});
  CHECK(scene.decider().overview().counters.claims == 1);
  CHECK(only(scene).strangers.empty());
}

TEST_CASE("only the address in whose stead a /32 stands is shown as held, and only while it stands") {
  Scene scene({});
  scene.instance.vips.push_back(scene.instance.vips[0]);
  scene.instance.vips.back().prefixLength = 25;  // the same address, in a subnet of its own
  scene.start();
  scene.appear(address("192.0.2.100", 25), kKeepalived);
  scene.becomeMaster();
  scene.pass(1s);
  scene.acknowledgesLate = true;
  scene.vanish(kBase, kNetworkd);
  scene.vanish(kVip, kNetworkd);
  CHECK_FALSE(only(scene, 3).vips[0].held);  // ordered
  scene.catchUp();
  CHECK(only(scene, 3).vips[0].held);
  CHECK_FALSE(only(scene, 3).vips[2].held);
  scene.appear(kBase, kNetworkd);
  scene.pass(1s);
  CHECK_FALSE(only(scene, 3).vips[0].held);
}

TEST_CASE("a loss is the loss of one address, not of those that are like it") {
  Scene scene({});
  Vip similar = scene.instance.vips[0];
  similar.prefixLength = 25;
  scene.instance.vips.push_back(similar);
  similar.prefixLength = 24;
  similar.interface = "eth1";
  scene.instance.vips.push_back(similar);
  scene.startAsMaster();
  scene.happens(JobQueued{Unit::Networkd});  // until it is done, the incident goes on
  lose(scene);
  InstanceOverview shown = only(scene, 4);
  CHECK(shown.vips[0].past.losses == 1);
  REQUIRE(shown.vips[0].past.last);
  CHECK(shown.vips[0].past.last->outage);  // it is back
  CHECK(shown.waiting.empty());
  for (std::size_t i = 1; i < 4; ++i) CHECK(shown.vips[i].past.losses == 0);
  scene.answersLeft = 0;
  scene.vanish(kVip6, 0);
  shown = only(scene, 4);
  CHECK(shown.vips[1].past.losses == 1);
  CHECK_FALSE(shown.waiting.empty());
}
