// Links and addresses coming and going, told late, twice, by others than who did it, or not at all.
#include <catch2/catch.hpp>

#include "core/fight.hpp"
#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

const AddressKey kFort = address("192.0.2.100", 32);
const AddressKey kOther = address("192.0.2.101", 24);

/// News from before something else that is known already: the host has it.
void oldNews(Scene& scene, const AddressKey& key, std::uint32_t port) {
  scene.happens(AddressVanished{scene.recordOf(key), {port}});
}

bool ordered(const Scene& scene, const AddressKey& key) {
  return std::any_of(scene.orders.begin(), scene.orders.end(), [&](const Action& action) {
    const auto* order = std::get_if<AddAddress>(&action);
    return order != nullptr && order->record.key == key;
  });
}

}  // namespace

TEST_CASE("an interface that gets another name is another one") {
  Scene scene({});
  scene.startAsMaster();
  scene.links[0].name = "eth7";
  scene.happens(LinkChanged{scene.links[0]});
  CHECK(scene.noticed().find("their interface was removed or replaced") != std::string::npos);
  scene.vanish(kVip, kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("what an unknown address that keepalived removes says of its instances depends on where it was, and on why") {
  const struct {
    const char* what;
    int ifindex;
    bool secondary;
    bool promotes;
    bool guarded;
  } rows[] = {
      {"on their interface", 2, false, false, false},
      {"on another one", 3, false, false, true},
      {"on one that is not known", 9, true, false, true},
      {"taken along with its primary, perhaps", 2, true, false, true},
      {"a secondary where none is taken along", 2, true, true, false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Scene scene({});
    scene.links[0].promoteSecondaries = row.promotes;
    scene.startAsMaster();
    AddressKey fresh = kOther;
    fresh.ifindex = row.ifindex;
    if (row.secondary) scene.secondaries.insert(fresh);
    scene.appear(fresh, kKeepalived);
    scene.answersLeft = 0;
    scene.vanish(fresh, kKeepalived);
    scene.vanish(kVip, kNetworkd);
    CHECK(scene.has(kVip) == row.guarded);
  }
}

TEST_CASE("networkd at work on an interface that is not known is networkd at work") {
  Scene scene({});
  scene.happens(NetworkdSocketFound{kNetworkd});
  scene.startAsMaster();
  AddressKey elsewhere = kOther;
  elsewhere.ifindex = 9;
  oldNews(scene, elsewhere, kNetworkd);
  scene.vanish(kVip, kNetworkd);
  for (int i = 0; i < 10; ++i) {
    scene.pass(1s);
    scene.happens(OwnAdvert{{2, 51, Family::IPv4, 100, kBase.address}});
  }
  UNSCOPED_INFO(scene.reported());
  CHECK(scene.reported().find("by systemd-networkd.service (reconfiguring eth0) and is back") != std::string::npos);
}

TEST_CASE("an addition of ours that was taken for lost again is ours when it is seen, and needs its answer") {
  for (const bool answers : {true, false}) {
    Settings settings;
    settings.askFirst = true;
    Scene scene({}, settings);
    scene.startAsMaster();
    scene.answersLeft = 1;
    scene.notifiesLate = true;
    scene.vanish(kVip, kNetworkd);
    REQUIRE(scene.has(kVip));
    oldNews(scene, kVip, kNetworkd);
    CHECK(scene.ledger.addresses.empty());
    if (answers) scene.answersLeft = 1000;
    scene.catchUp();
    CHECK(scene.ledger.addresses.count(kVip) == 1);
    scene.pass(1500ms);  // the question that was open is given up, and another one is asked
    CHECK(scene.has(kVip) == answers);
  }
}

TEST_CASE("an address that keepalived claimed before our addition was told of is keepalived's") {
  Scene scene({});
  scene.startAsMaster();
  scene.notifiesLate = true;
  scene.vanish(kVip, kNetworkd);
  scene.happens(AddressAppeared{scene.recordOf(kVip), {kKeepalived}});
  scene.catchUp();
  CHECK(scene.ledger.addresses.empty());
  scene.role = Role::Backup;
  scene.happens(VerifyRequested{});
  CHECK(scene.count<RemoveAddress>() == 0);
}

TEST_CASE("of several additions of ours the ledger has the stamp of the last") {
  Scene scene({});
  scene.startAsMaster();
  scene.notifiesLate = true;
  scene.vanish(kVip, kNetworkd);
  scene.vanish(kVip, kNetworkd);
  REQUIRE(scene.late.size() == 2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    CHECK(scene.ledger.addresses == std::map<AddressKey, LedgerEntry>{{kVip, {true, 0}}});
    std::get<AddressAppeared>(scene.late[i]).record.created = 7 + i;
    scene.happens(scene.late[i]);
  }
  CHECK(scene.ledger.addresses == std::map<AddressKey, LedgerEntry>{{kVip, {true, 8}}});
}

TEST_CASE(
    "an addition of which the count was lost steps back all the same when it has taken the base address's place") {
  Scene scene({});
  scene.startAsMaster();
  scene.notifiesLate = true;
  scene.vanish(kVip, kNetworkd);
  scene.happens(EventsLost{});
  scene.vanish(kBase, kNetworkd);
  REQUIRE(scene.has(kVip));
  scene.catchUp();
  CHECK_FALSE(scene.has(kVip));
  scene.pass(200ms);
  CHECK(scene.has(kFort));
  scene.appear(kBase, kNetworkd);
  scene.pass(1s);
  CHECK(scene.has(kVip));
  CHECK_FALSE(scene.has(kFort));
}

TEST_CASE("an order that does not stay restored is restored more and more rarely") {
  Scene scene({});
  scene.links[0].promoteSecondaries = true;
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.secondaries = {kBase};  // and nobody promotes it
  scene.appear(kBase, kNetworkd);
  CHECK(scene.count<RemoveAddress>() == kFreeAttempts);
  CHECK(scene.has(kVip));
  scene.pass(3s);
  CHECK(scene.count<RemoveAddress>() > kFreeAttempts);
  CHECK(scene.count<RemoveAddress>() < kFight);
  CHECK(scene.has(kVip));
}

TEST_CASE("a base address that went long ago is not waited for") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.pass(20s);
  scene.orders.clear();
  scene.vanish(kVip, kNetworkd);
  CHECK(scene.has(kVip));
  scene.pass(5s);
  CHECK(scene.has(kVip));
  CHECK(scene.count<AddAddress>() == 1);
}

TEST_CASE("before keepalived has said what it has, only what is no virtual address is put back with its primary") {
  const struct {
    const char* what;
    AddressKey primary;
    AddressKey secondary;
    bool virtualOne;
    int priority;
    std::uint8_t length;
    bool formerOne;  ///< a former life put it there
    bool back;
  } rows[] = {
      {"the host's own", kVip, kOther, false, 100, 24, false, true},
      {"a virtual one", kVip, kOther, true, 100, 24, false, false},
      {"like a virtual one but for its length", kVip, kOther, true, 100, 25, false, true},
      {"an address owner's", kVip, kOther, true, 255, 24, false, true},
      {"a former life's, going next", kVip, kOther, false, 100, 24, true, false},
      {"a former life's, going already", kOther, kVip, false, 100, 24, true, false},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    Scene scene({});
    scene.addresses = {kVip, kOther};
    scene.secondaries = {row.secondary};
    scene.ledger.addresses[row.primary].confirmed = true;
    if (row.formerOne) scene.ledger.addresses[row.secondary].confirmed = true;
    Configuration configuration;
    configuration.instances = {scene.instance};
    configuration.instances[0].priority = row.priority;
    Vip& vip = configuration.instances[0].vips[0];
    vip.address = row.virtualOne ? row.secondary.address : kBase.address;
    vip.prefixLength = row.length;
    scene.happens(Remembered{scene.ledger});
    scene.happens(scene.snapshot());
    scene.happens(ConfigurationRead{configuration});
    scene.happens(KeepalivedGone{});
    CHECK_FALSE(scene.has(row.primary));
    CHECK(ordered(scene, row.secondary) == row.back);
    CHECK(scene.ledger.addresses.empty());
  }
}

TEST_CASE("where the policy is to restart, a base address that came back behind a virtual one is told, and left") {
  Settings settings;
  settings.policy = PolicyKind::Restart;
  Scene scene({}, settings);
  scene.links[0].promoteSecondaries = true;
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.pass(1s);
  scene.secondaries = {kBase};
  scene.appear(kBase, kNetworkd);
  scene.pass(60s);
  CHECK(scene.count<RemoveAddress>() == 0);
  CHECK_THAT(scene.noticed(), Catch::Contains("192.0.2.10/24 came back behind a virtual address of its subnet; the "
                                              "policy is to restart, so the order cannot be mended"));
}

TEST_CASE("an address that keepalived's removal of another promotes was not installed by keepalived") {
  Scene scene({});
  scene.secondaries = {kVip};
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.vanish(kVip, kNetworkd);
  REQUIRE(scene.ledger.addresses.count(kVip) == 1);
  scene.secondaries.clear();
  scene.happens(AddressAppeared{scene.recordOf(kVip), {kKeepalived}});
  CHECK(scene.ledger.addresses.count(kVip) == 1);
  scene.happens(KeepalivedGone{});
  CHECK_FALSE(scene.has(kVip));
}

TEST_CASE("what a former life left on an interface that is not known goes by itself") {
  Scene scene({});
  AddressKey elsewhere = kOther;
  elsewhere.ifindex = 9;
  scene.addresses = {kBase, elsewhere};
  scene.ledger.addresses[elsewhere] = {};
  scene.happens(Remembered{scene.ledger});
  scene.happens(scene.snapshot());
  scene.happens(KeepalivedGone{});
  CHECK(scene.addresses == std::vector<AddressKey>{kBase});
  CHECK(scene.count<AddAddress>() == 0);
}

TEST_CASE("nothing is announced on a link that cannot carry it") {
  for (const bool gone : {true, false}) {
    Scene scene({});
    scene.links[0].hasMac = gone;
    scene.startAsMaster();
    scene.vanish(kVip, kNetworkd);
    REQUIRE(scene.has(kVip));
    if (gone) {
      scene.pass(500ms);
      CHECK(scene.count<Announce>() > 0);
      scene.links.erase(scene.links.begin());
      scene.addresses.clear();
      scene.happens(LinkVanished{2});
      scene.orders.clear();
    }
    scene.pass(10s);
    CHECK(scene.count<Announce>() == 0);
  }
}

TEST_CASE("of many sockets the last ones are known by name") {
  Scene scene({});
  scene.startAsMaster();
  for (std::uint32_t port = 1000; port < 1100; ++port)
    scene.happens(SocketIdentified{port, "ip[" + std::to_string(port) + "]", ""});
  scene.vanish(kVip, 1099);
  scene.pass(1s);
  CHECK(scene.reported().find("was removed by ip[1099] and is back") != std::string::npos);
}
