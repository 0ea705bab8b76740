// A backup that asks the wire for its master's addresses.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "guardian/core/overview.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

constexpr Mac kMaster{0x52, 0x54, 0, 0, 0, 0x12};
const AddressKey kLinkLocal = address("fe80::10", 64);

Settings probing() {
  Settings settings;
  settings.peerProbe = 1min;
  return settings;
}

/// This node is backup; its master advertises for so many seconds, and answers for these when asked.
class Backup {
 public:
  explicit Backup(const Settings& settings = probing()) : scene({}, settings) {
    scene.addresses.push_back(kLinkLocal);
    scene.start();
    scene.orders.clear();
  }
  void lives(int seconds, const std::vector<AddressKey>& answered) {
    for (int i = 0; i < seconds; ++i) {
      Advert advert{2, 51, Family::IPv4, 150, *parseAddress("192.0.2.12")};
      advert.addresses = {kVip.address, kVip6.address};
      scene.happens(ForeignAdvert{advert});
      const std::size_t seen = scene.orders.size();
      scene.pass(1s);
      for (std::size_t at = seen; at < scene.orders.size(); ++at)
        if (const auto* probe = std::get_if<Probe>(&scene.orders[at]))
          for (const AddressKey& key : answered)
            if (key.address == probe->address) scene.happens(ForeignClaim{{probe->ifindex, key.address, kMaster}});
    }
  }
  std::vector<std::string> told() const {
    std::vector<std::string> texts;
    for (const Action& action : scene.orders)
      if (const auto* notice = std::get_if<Notice>(&action);
          notice != nullptr && notice->kind == Notice::Kind::Unserved)
        texts.push_back(notice->text);
    return texts;
  }

  Scene scene;
};

}  // namespace

TEST_CASE("a master whose addresses are answered for is asked once in a while, and nothing is said") {
  Backup node;
  node.lives(600, {kVip, kVip6});
  CHECK(node.told().empty());
  const int probes = node.scene.count<Probe>();
  CHECK(probes >= 2 * 9);
  CHECK(probes <= 2 * 10);
  CHECK(node.scene.count<AddAddress>() == 0);
}

TEST_CASE("what nobody answers for is told once, and its return as well") {
  Backup node;
  node.lives(300, {kVip6});
  CHECK(node.told() ==
        std::vector<std::string>{"VI_1: 192.0.2.12 advertises as master, but nobody answers for 192.0.2.100, asked 3 "
                                 "times: its clients reach nobody. On that node: vip-guardian status, or ip address; "
                                 "systemctl restart keepalived there brings it back"});
  CHECK(node.scene.decider().overview().instances[0].strangers.size() == 1);
  node.lives(130, {kVip, kVip6});
  REQUIRE(node.told().size() == 2);
  CHECK(node.told()[1] == "VI_1: all that 192.0.2.12 is master of is answered for again");
  CHECK(node.scene.decider().overview().instances[0].strangers.empty());
}

TEST_CASE("one lost answer is asked for again at once, and is no outage") {
  Backup node;
  node.lives(61, {});
  CHECK(node.scene.count<Probe>() >= 2);
  node.lives(60, {kVip, kVip6});
  CHECK(node.told().empty());
}

TEST_CASE("the question for IPv6 comes from the link-local address, that for IPv4 from nobody") {
  Backup node;
  node.lives(70, {kVip, kVip6});
  for (const Action& action : node.scene.orders)
    if (const auto* probe = std::get_if<Probe>(&action))
      CHECK((probe->source == kLinkLocal.address) == (probe->address.family == Family::IPv6));
}

TEST_CASE("nobody is asked where that is not wanted, by a master, in maintenance, or without a master") {
  SECTION("not wanted") {
    Backup node{Settings{}};
    node.lives(300, {});
    CHECK(node.scene.count<Probe>() == 0);
  }
  SECTION("master") {
    Scene scene({}, probing());
    scene.startAsMaster();
    scene.pass(10min);
    CHECK(scene.count<Probe>() == 0);
  }
  SECTION("maintenance") {
    Backup node;
    node.scene.happens(PauseChanged{Pause{}});
    node.lives(300, {});
    CHECK(node.scene.count<Probe>() == 0);
  }
  SECTION("no master") {
    Backup node;
    node.scene.pass(10min);
    CHECK(node.scene.count<Probe>() == 0);
  }
}

TEST_CASE("all that nobody answers for is named in one line") {
  Backup node;
  node.lives(200, {});
  REQUIRE(node.told().size() == 1);
  CHECK(node.told()[0].find("nobody answers for 192.0.2.100, 2001:db8::100, asked 3 times") != std::string::npos);
}

TEST_CASE("what cannot be asked for is not said to be unanswered") {
  const struct {
    const char* what;
    bool hasMac;
    bool carrier;
    bool linkLocal;
    const char* told;
  } cases[] = {
      {"it can", true, true, true, "nobody answers for 192.0.2.100, 2001:db8::100, "},
      {"a tunnel has no hardware addresses", false, true, true, ""},
      {"the link is down, and its last adverts come late", true, false, true, ""},
      {"there is no IPv6 address to ask from", true, true, false, "nobody answers for 192.0.2.100, asked"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Backup node;
    node.scene.links[0].hasMac = c.hasMac;
    node.scene.links[0].carrier = c.carrier;
    if (!c.linkLocal) node.scene.addresses.pop_back();
    node.scene.happens(node.scene.snapshot());
    node.lives(200, {});
    const std::string all = node.told().empty() ? "" : node.told()[0];
    CHECK((*c.told == '\0' ? all.empty() : all.find(c.told) != std::string::npos));
    CHECK((node.scene.count<Probe>() == 0) == (*c.told == '\0'));
  }
}
