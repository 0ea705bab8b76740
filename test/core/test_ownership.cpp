// Whose an address is, where keepalived lists it: the host's own, that of an address owner, or keepalived's.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

/// networkd's socket is known from its process, before it does anything.
void knowNetworkd(Scene& scene) { scene.happens(NetworkdSocketFound{kNetworkd}); }

}  // namespace

TEST_CASE("an address that keepalived installed comes back") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  CHECK(scene.count<AddAddress>() == 1);
}

TEST_CASE("an address that is the host's own is left alone, also where keepalived lists it") {
  Scene scene({});
  SECTION("it stood there while keepalived was not master") {
    scene.addresses.push_back(kVip);
    scene.start();
    scene.role = Role::Master;
    scene.appear(kVip6, 0);
  }
  SECTION("networkd put it there") {
    scene.start();
    knowNetworkd(scene);
    scene.becomeMaster();
    scene.vanish(kVip, kKeepalived);
    scene.appear(kVip, kNetworkd);
  }
  scene.pass(5s);
  scene.orders.clear();
  scene.vanish(kVip, kNetworkd);
  scene.pass(20s);
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("an address owner's addresses are left alone") {
  for (const int priority : {254, 255}) {
    Scene scene({});
    scene.instance.priority = priority;
    scene.startAsMaster();
    scene.vanish(kVip, kNetworkd);
    scene.vanish(kVip6, 0);
    scene.pass(20s);
    CHECK((scene.count<AddAddress>() == 0) == (priority == 255));
    CHECK((scene.noticed() + scene.reported()).empty() == (priority == 255));
  }
}

TEST_CASE("when keepalived handles an address that it was not known to have, it is asked") {
  Scene scene({});
  scene.startAsMaster();
  const AddressKey fresh = address("192.0.2.101", 24);
  scene.appear(fresh, kKeepalived);
  CHECK(scene.count<AskKeepalived>() == 1);
  scene.answersLeft = 0;
  scene.vanish(fresh, kKeepalived);
  CHECK(scene.count<AskKeepalived>() == 2);
  // Until it answers, nothing is taken for granted.
  scene.vanish(kVip, kNetworkd);
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("time that the host slept through does not count as waited for") {
  for (const bool slept : {false, true}) {
    Scene scene({});
    scene.start();
    scene.pass(1s);
    // 1.3.9 calls itself MASTER an advert interval before it installs; a former one left an address behind.
    scene.role = Role::Master;
    scene.addresses.push_back(kVip);
    scene.happens(scene.snapshot());
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});
    scene.happens(BusConnected{});
    const auto open = [&scene] { return scene.noticed().find("guarding") != std::string::npos; };
    CHECK_FALSE(open());
    if (slept) scene.now += 3s;
    scene.pass(slept ? 100ms : 3s);
    CHECK(open() == !slept);
    scene.pass(3s);
    CHECK(open());
  }
}

TEST_CASE("a master that says farewell and goes on is asked what it is now, once it has settled") {
  Scene scene({});
  scene.startAsMaster();
  scene.role = Role::Fault;  // a track script, say: nobody has stopped it
  scene.happens(OwnAdvert{{2, 51, Family::IPv4, 0, kBase.address}});
  CHECK(scene.count<AskKeepalived>() == 0);  // it may be stopping, after all
  scene.pass(2s);
  CHECK(scene.count<AskKeepalived>() == 1);
  CHECK(scene.decider().overview().instances.at(0).role == Role::Fault);
}

TEST_CASE("a second try to be master gets a look of its own, however long ago the first one was") {
  Scene scene({});
  scene.dumb = true;
  scene.role = Role::Master;
  scene.addresses.push_back(kVip);
  scene.start();
  scene.pass(500ms);
  scene.role = Role::Fault;
  scene.happens(OwnAdvert{{2, 51, Family::IPv4, 0, kBase.address}});
  scene.answersLeft = 0;
  scene.pass(10s);
  scene.answersLeft = 1000;
  scene.role = Role::Master;
  scene.transition = 2;
  scene.happens(RoleHinted{Role::Master, "D-Bus", "VI_1", "", 0, Family::IPv4});
  scene.pass(1s);
  UNSCOPED_INFO(scene.noticed());
  CHECK(scene.noticed().find("none of its adverts") == std::string::npos);
  scene.pass(10s);
  CHECK(scene.noticed().find("none of its adverts") != std::string::npos);
}

TEST_CASE("an address that we added is ours, though its answer was lost and said that it failed") {
  for (const bool answers : {true, false}) {
    INFO(answers);
    Scene scene({});
    scene.startAsMaster();
    scene.losesAnswers = 1;
    if (!answers) scene.answersLeft = 0;
    scene.vanish(kVip, kNetworkd);
    CHECK(scene.ledger.addresses.count(kVip) == 1);
    scene.pass(5s);
    const bool there = std::count(scene.addresses.begin(), scene.addresses.end(), kVip) != 0;
    CHECK(there == answers);  // what keepalived does not confirm is taken back
    UNSCOPED_INFO(scene.reported());
    CHECK((scene.reported().find("keepalived confirms MASTER") != std::string::npos) == answers);
    CHECK(scene.reported().find("is not back") == std::string::npos);
  }
}

TEST_CASE(
    "a base address that came back behind a virtual one while nobody looked has its rank again with the first answer") {
  Scene scene({});
  for (LinkRecord& link : scene.links) link.promoteSecondaries = true;
  scene.addresses = {kVip, kBase, kVip6};
  scene.secondaries = {kBase};
  scene.ledger.process = {500, 1};
  scene.ledger.epochs = {EpochMark{{51, Family::IPv4, "VI_1"}, {2}, 7us}};
  scene.ledger.bases = {kBase};
  scene.role = Role::Master;
  scene.transition = 7;
  scene.start();
  CHECK(scene.count<RemoveAddress>() > 0);  // again and again: the kernel of this scene promotes nobody
  CHECK(scene.has(kVip));
  CHECK_THAT(scene.noticed(), Catch::Contains("192.0.2.10/24 came back behind a virtual address of its subnet"));
}

TEST_CASE("what was replaced unseen since a former life is not that life's any more") {
  for (const std::uint32_t created : {5U, 9U}) {
    Scene scene({});
    scene.addresses.push_back(kVip);
    scene.ledger.process = {500, 1};
    scene.ledger.addresses[kVip] = {true, 5};
    Snapshot all = scene.snapshot();
    all.addresses.back().created = 5;
    scene.happens(Remembered{scene.ledger});
    scene.happens(all);
    AddressRecord now = all.addresses.back();
    now.created = created;
    scene.happens(AddressAppeared{now, {77}});
    scene.happens(KeepalivedStarted{{500, 1}, {1, 3, 9}, {}});  // and says BACKUP
    CHECK(scene.has(kVip) == (created == 9));
    CHECK(scene.ledger.addresses.empty());
  }
}

TEST_CASE("what is wrong with the file is told each time that it becomes wrong") {
  Scene scene({});
  scene.startAsMaster();
  Configuration file;
  file.instances = {scene.instance};
  for (const bool accepted : {false, true, true, false, false}) {
    file.accepted = accepted;
    scene.happens(ConfigurationEdited{file});
  }
  const std::string told = scene.noticed();
  const std::size_t first = told.find("would not start with its configuration file");
  REQUIRE(first != std::string::npos);
  const std::size_t second = told.find("would not start", first + 1);
  REQUIRE(second != std::string::npos);
  CHECK(told.find("would not start", second + 1) == std::string::npos);
}

TEST_CASE("an address that is configured twice is one") {
  Scene scene({});
  scene.instance.vips.push_back(scene.instance.vips[0]);
  scene.startAsMaster();
  CHECK(scene.decider().overview().instances.at(0).vips.size() == 2);
  scene.vanish(kVip, kNetworkd);
  CHECK(scene.count<AddAddress>() == 1);
}

TEST_CASE("an address on an interface that is not there waits for it") {
  Scene scene({});
  scene.instance.vips[1].interface = "eth8";
  scene.instance.vips.push_back(scene.instance.vips[1]);
  scene.instance.vips.back().interface = "eth9";
  scene.startAsMaster();
  scene.pass(10s);
  CHECK(scene.count<AddAddress>() == 0);
  LinkRecord link = scene.links[0];
  link.ifindex = 9;
  link.name = "eth9";
  scene.links.push_back(link);
  scene.happens(LinkChanged{link});
  scene.pass(1s);
  AddressKey there = kVip6;
  there.ifindex = 9;
  CHECK(scene.has(there));
  CHECK(scene.count<AddAddress>() == 1);
}

TEST_CASE("what a former life added and nobody confirmed is asked for at once") {
  for (const bool answers : {true, false}) {
    Scene scene({});
    scene.role = Role::Master;
    for (const AddressKey& key : {kVip, kVip6}) scene.addresses.push_back(key);
    scene.secondaries = {kVip};
    scene.ledger.process = {500, 1};
    scene.ledger.epochs = {{{51, Family::IPv4, "VI_1"}, {2}, std::chrono::microseconds(1)}};
    scene.ledger.addresses[kVip] = {};
    scene.answersLeft = answers ? 1000 : 1;  // the first one tells us whose it is
    scene.start();
    scene.pass(200ms);
    CHECK(scene.has(kVip) == answers);
    CHECK(scene.ledger.addresses ==
          (answers ? std::map<AddressKey, LedgerEntry>{{kVip, {true, 0}}} : std::map<AddressKey, LedgerEntry>{}));
  }
}
