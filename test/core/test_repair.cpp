// How an address is put back where the kernel's own record is missing, the answer comes late, or the kernel refuses.
#include <functional>

#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

std::map<AddressKey, AddressRecord> added(const Scene& scene) {
  std::map<AddressKey, AddressRecord> records;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<AddAddress>(&action)) records[order->record.key] = order->record;
  return records;
}

/// kVip is lost and ordered, and nothing of that is acknowledged yet.
Scene ordering(const std::function<void(Scene&)>& prepare = {}) {
  Scene scene({});
  scene.startAsMaster();
  scene.acknowledgesLate = true;
  if (prepare) prepare(scene);
  scene.vanish(kVip, kNetworkd);
  REQUIRE(scene.late.size() >= 1);
  REQUIRE(scene.ledger.addresses.count(kVip) == 1);
  return scene;
}

void becomesBackupUnseen(Scene& scene) {
  scene.role = Role::Backup;
  scene.happens(VerifyRequested{});
}

Vip like(const Vip& vip, const char* text, std::uint8_t length) {
  Vip other = vip;
  other.address = *parseAddress(text);
  other.prefixLength = length;
  return other;
}

}  // namespace

TEST_CASE("an address that was never seen is put back as keepalived would install it") {
  Scene scene({});
  std::vector<Vip>& vips = scene.instance.vips;
  const Vip v6 = vips[1];
  vips[1] = like(v6, "2001:db8::1", 64);
  vips.push_back(like(v6, "2001:db8::2", 64));
  vips.back().deprecated = true;
  vips.push_back(like(v6, "2001:db8::3", 128));
  vips.push_back(like(v6, "2001:db8::4", 128));
  vips.back().preferredLifetime = 100U;
  vips.push_back(like(vips[0], "192.0.2.101", 24));
  vips.back().label = "eth0:1";
  vips.back().scope = std::uint8_t{253};
  vips.back().broadcast = parseAddress("192.0.2.255");
  vips.back().flags = address_flag::noPrefixRoute;
  scene.start();
  scene.pass(1s);
  scene.role = Role::Master;
  scene.appear(kVip, kKeepalived);
  scene.pass(100ms);
  const std::map<AddressKey, AddressRecord> records = added(scene);
  REQUIRE(records.size() == 5);
  const struct {
    AddressKey key;
    std::uint32_t preferred;
    std::uint32_t flags;
  } rows[] = {
      {address("2001:db8::1", 64), kForever, address_flag::noDad},
      {address("2001:db8::2", 64), 0, address_flag::noDad},
      {address("2001:db8::3", 128), 0, address_flag::noDad},
      {address("2001:db8::4", 128), 100, address_flag::noDad},
      {address("192.0.2.101", 24), kForever, address_flag::noPrefixRoute},
  };
  for (const auto& row : rows) {
    INFO(toString(row.key.address));
    REQUIRE(records.count(row.key) == 1);
    CHECK(records.at(row.key).preferred == row.preferred);
    CHECK(records.at(row.key).flags == row.flags);
  }
  const AddressRecord& v4 = records.at(address("192.0.2.101", 24));
  CHECK(v4.label == "eth0:1");
  CHECK(v4.scope == 253);
  CHECK(v4.broadcast == parseAddress("192.0.2.255"));
}

TEST_CASE("beside a keepalived that answers losses itself, only what it does not track is put back") {
  for (const bool tracked : {true, false}) {
    Scene scene({});
    scene.version = {2, 2, 7};
    scene.instance.vips[0].noTrack = !tracked;
    scene.startAsMaster();
    scene.vanish(kVip, kNetworkd);
    scene.pass(1s);
    CHECK(scene.has(kVip) == !tracked);
  }
}

TEST_CASE("an addition that succeeds after mastership was lost is taken back in the same moment") {
  Scene scene = ordering();
  becomesBackupUnseen(scene);
  REQUIRE(scene.has(kVip));
  scene.catchUp();
  CHECK_FALSE(scene.has(kVip));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("an addition that fails after mastership was lost is nobody's worry") {
  Scene scene = ordering([](Scene& s) { s.refusesAddresses = EINVAL; });
  becomesBackupUnseen(scene);
  scene.catchUp();
  scene.refusesAddresses = 0;
  scene.pass(1min);
  CHECK_FALSE(scene.has(kVip));
  CHECK(scene.ledger.addresses.empty());
  CHECK(scene.noticed().find("failed") == std::string::npos);
}

TEST_CASE("that the kernel refuses an address is said once, and is what is waited for") {
  Scene scene({});
  scene.startAsMaster();
  scene.refusesAddresses = ENOBUFS;
  scene.vanish(kVip, kNetworkd);
  scene.pass(3s);
  CHECK(scene.count<AddAddress>() > 3);
  const std::string said = scene.noticed();
  const auto first = said.find("adding 192.0.2.100 failed: No buffer space available");
  REQUIRE(first != std::string::npos);
  CHECK(said.find("failed", first + 30) == std::string::npos);
  CHECK_THAT(scene.reported(), Catch::Contains("the kernel refuses it: No buffer space available"));
  CHECK_THAT(scene.reported(), !Catch::Contains("again and again"));
  scene.pass(5min);
  CHECK(scene.noticed() == said);  // nor is it a fight
  scene.refusesAddresses = 0;
  scene.pass(31s);
  CHECK(scene.has(kVip));
}

TEST_CASE("an IPv6 address that stands there with another prefix length is in the way, and left alone") {
  for (const bool master : {true, false}) {
    const AddressKey other = address("2001:db8::100", 128);
    Scene scene({});
    scene.startAsMaster();
    scene.acknowledgesLate = true;
    scene.vanish(kVip6, 0);
    REQUIRE(scene.late.size() == 2);
    scene.late.clear();
    scene.addresses.back() = other;  // it was quicker than our order
    scene.happens(AddressAppeared{scene.recordOf(other), {0}});
    if (!master) becomesBackupUnseen(scene);
    scene.acknowledgesLate = false;
    scene.happens(AddDone{kVip6, 0, true});
    scene.pass(3s);
    CHECK(scene.count<RemoveAddress>() == 0);
    CHECK(scene.ledger.addresses.empty());
    CHECK(scene.has(other));
  }
}

TEST_CASE("an IPv6 address in whose way another prefix length stands is tried more and more rarely, whatever happens") {
  Scene scene({});
  scene.startAsMaster();
  std::replace(scene.addresses.begin(), scene.addresses.end(), kVip6, address("2001:db8::100", 128));
  scene.happens(AddressAppeared{scene.recordOf(address("2001:db8::100", 128)), {0}});
  scene.happens(AddressVanished{scene.recordOf(kVip6), {0}});
  for (int i = 0; i < 3000; ++i) {
    scene.pass(1ms);
    scene.happens(i % 2 == 0 ? Event{VerifyRequested{}} : Event{TimerFired{}});
  }
  CHECK(scene.count<AddAddress>() > 1);
  CHECK(scene.count<AddAddress>() < 20);
}

TEST_CASE("an IPv6 address that another hand has put back before our order is there, and not ours") {
  Scene scene({});
  scene.startAsMaster();
  scene.acknowledgesLate = true;
  scene.vanish(kVip6, 0);
  REQUIRE(scene.late.size() == 2);
  scene.late.clear();
  scene.acknowledgesLate = false;
  scene.happens(AddressAppeared{scene.recordOf(kVip6), {0}});
  scene.happens(AddDone{kVip6, 0, true});
  CHECK(scene.ledger.addresses.empty());
  scene.pass(2s);
  REQUIRE(scene.count<AddAddress>() == 1);
  CHECK(scene.reported().find("put back by another hand") != std::string::npos);
  becomesBackupUnseen(scene);
  CHECK(scene.has(kVip6));
}

TEST_CASE("an address that keepalived has dropped while it was put back stands for nobody") {
  const struct {
    const char* what;
    std::function<void(Scene&)> prepare;
    bool strangers;
  } cases[] = {
      {"it was put back", {}, false},
      {"the kernel refused", [](Scene& scene) { scene.refusesAddresses = EINVAL; }, false},
      {"somebody else was quicker", {}, true},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene = ordering(c.prepare);
    scene.instance.vips.erase(scene.instance.vips.begin());
    scene.happens(VerifyRequested{});
    REQUIRE(scene.decider().overview().instances.at(0).vips.size() == 1);
    if (c.strangers) scene.late = {AddDone{kVip, 0, true}};
    scene.catchUp();
    CHECK(scene.has(kVip) == c.strangers);
    CHECK(scene.count<RemoveAddress>() == (c.prepare || c.strangers ? 0 : 1));
    CHECK(scene.ledger.addresses.empty());
  }
}

TEST_CASE("an addition of ours that news of before called lost is still ours") {
  Scene scene({});
  scene.startAsMaster();
  scene.notifiesLate = true;
  scene.vanish(kVip, kNetworkd);
  scene.happens(AddressVanished{scene.recordOf(kVip), {77}});
  CHECK(scene.count<AddAddress>() == 2);  // in good faith, and it stood there
  CHECK(scene.ledger.addresses.count(kVip) == 1);
  scene.catchUp();
  becomesBackupUnseen(scene);
  CHECK_FALSE(scene.has(kVip));
  CHECK(scene.ledger.addresses.empty());
}

TEST_CASE("nobody waits for a first address of the subnet that is not to be put back") {
  const AddressKey second = address("192.0.2.101", 24);
  for (const bool observed : {true, false}) {
    Settings settings;
    if (observed) settings.policies["VI_1"] = PolicyKind::Observe;
    Scene scene({}, settings);
    scene.addresses.clear();  // no base address
    Instance other = scene.instance;
    other.name = "VI_2";
    other.vrid = 52;
    other.vips = {like(scene.instance.vips[0], "192.0.2.101", 24)};
    scene.others = {other};
    scene.roleOfOthers = Role::Master;
    scene.start();
    scene.appear(second, kKeepalived);
    scene.becomeMaster();
    scene.pass(1s);
    scene.secondaries = {second};
    scene.vanish(kVip, kNetworkd);
    scene.refusesAddresses = ENOMEM;  // for the first one's sake
    scene.vanish(second, kNetworkd);
    scene.refusesAddresses = 0;
    scene.pass(100ms);
    CHECK(scene.has(second));
    CHECK(scene.has(kVip) == !observed);
  }
}
