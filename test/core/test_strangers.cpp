// Who else is master, or answers for our addresses: what is told, how often, and what is announced against.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "core/strangers_world.hpp"
#include "guardian/core/overview.hpp"
#include "guardian/core/rival.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

const IpAddress kPeer = *parseAddress("192.0.2.12");

/// As the peer of Scene's instance sends it.
Advert peers() {
  Advert advert;
  advert.ifindex = 2;
  advert.vrid = 51;
  advert.priority = 50;
  advert.source = kPeer;
  advert.addresses = {kVip.address, kVip6.address};
  return advert;
}

void hears(Scene& scene, const Advert& advert, int times) {
  for (int i = 0; i < times; ++i) {
    scene.happens(ForeignAdvert{advert});
    scene.pass(1s);
  }
}

Instance withPassword(const char* password) {
  Instance instance = Scene({}).instance;
  instance.authentication.kind = Authentication::Kind::Password;
  std::copy_n(password, std::min<std::size_t>(std::string(password).size(), 8),
              instance.authentication.password.begin());
  return instance;
}

}  // namespace

TEST_CASE("keepalived takes an advert or not for the reasons that vrrp_in_chk() has") {
  const Instance plain = Scene({}).instance;
  Instance v3 = plain;
  v3.vrrpVersion = 3;
  Instance unicast = plain;
  unicast.unicast = true;
  Instance withExcluded = plain;
  withExcluded.vips.push_back(plain.vips.front());
  withExcluded.vips.back().address = *parseAddress("192.0.2.109");
  withExcluded.vips.back().excluded = true;
  const auto advert = [](auto change) {
    Advert changed = peers();
    change(changed);
    return changed;
  };
  const auto as = [&](const Instance& instance) {
    return advert([&](Advert& a) { a.authentication = instance.authentication; });
  };
  const struct {
    const char* what;
    Instance ours;
    Advert theirs;
    const char* why;
  } cases[] = {
      {"alike", plain, peers(), ""},
      {"weaker or stronger is no matter", plain, advert([](Advert& a) { a.priority = 255; }), ""},
      {"an excluded address is in no advert", withExcluded, peers(), ""},
      {"another order of addresses", plain, advert([](Advert& a) { std::swap(a.addresses[0], a.addresses[1]); }), ""},
      {"from afar", plain, advert([](Advert& a) { a.hops = 254; }), "it comes from behind a router"},
      {"from afar, unicast", unicast, advert([](Advert& a) { a.hops = 60; }), ""},
      {"another version", plain, advert([](Advert& a) { a.version = 3; }), "it speaks VRRP version 3 and not 2"},
      {"a password, and we have none", plain, as(withPassword("secret")), "its auth_type is PASS and not none"},
      {"the same password", withPassword("secret"), as(withPassword("secret")), ""},
      {"only eight characters count", withPassword("12345678a"), as(withPassword("12345678b")), ""},
      {"another password", withPassword("secret"), as(withPassword("Secret")), "its password is another one"},
      {"another interval", plain, advert([](Advert& a) { a.interval = 2s; }),
       "it advertises every 2.0 s and not every 1.0 s"},
      {"another interval in version 3, which is taken over", v3, advert([](Advert& a) {
         a.version = 3;
         a.interval = 2s;
       }),
       ""},
      {"a header, and we have none", plain,
       advert([](Advert& a) { a.authentication.kind = Authentication::Kind::Header; }),
       "its auth_type is AH and not none"},
      {"one address less", plain, advert([](Advert& a) { a.addresses.pop_back(); }),
       "its list of addresses is another one, without 2001:db8::100"},
      {"one address more", plain, advert([](Advert& a) { a.addresses.push_back(kPeer); }),
       "its list of addresses is another one, with 192.0.2.12"},
      {"another address", plain, advert([](Advert& a) { a.addresses[0] = kPeer; }),
       "its list of addresses is another one, without 192.0.2.100, with 192.0.2.12"},
      {"one of them twice", plain, advert([](Advert& a) { a.addresses.push_back(a.addresses[0]); }),
       "its list of addresses is another one (3 instead of 2)"},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK(whyUnheard(c.ours, c.theirs) == c.why);
  }
}

TEST_CASE("a node that keepalived does not hear is told once, with the reason, and told to be gone") {
  Scene scene({});
  scene.startAsMaster();
  Advert advert = peers();
  advert.interval = 2s;
  hears(scene, advert, 5);
  CHECK(told(scene).empty());  // it may be a change of configuration on both
  hears(scene, advert, 120);
  CHECK(told(scene) == std::vector<std::string>{
                           "VI_1: 192.0.2.12 advertises the same virtual router, and keepalived does not take it: it "
                           "advertises every 2.0 s and not every 1.0 s; so both become master: make the two "
                           "configurations alike, or give another cluster a virtual_router_id of its own"});
  CHECK(scene.decider().overview().instances[0].strangers.size() == 1);
  scene.pass(5min);
  REQUIRE(told(scene).size() == 2);
  CHECK(told(scene)[1] == "VI_1: 192.0.2.12 is not heard as another master any more, after 125 adverts");
  CHECK(scene.decider().overview().instances[0].strangers.empty());
}

TEST_CASE("two masters that hear each other are told when an election should long be over") {
  for (const int priority : {50, 200}) {
    INFO(priority);
    Scene scene({});
    scene.startAsMaster();
    Advert advert = peers();
    advert.priority = static_cast<std::uint8_t>(priority);
    hears(scene, advert, 2);
    CHECK(told(scene).empty());
    hears(scene, advert, 100);
    REQUIRE(told(scene).size() == 1);
    CHECK(told(scene)[0].find("both this node and 192.0.2.12, priority ") != std::string::npos);
    CHECK((told(scene)[0].find("firewall") != std::string::npos) == (priority < 100));
  }
}

TEST_CASE("a backup's master and an election are nobody's worry") {
  Scene scene({});
  scene.start();
  hears(scene, peers(), 100);
  CHECK(told(scene).empty());
  scene.becomeMaster();
  hears(scene, peers(), 2);  // it had not heard of us yet
  scene.pass(10s);
  scene.becomeBackup();
  hears(scene, peers(), 100);
  CHECK(told(scene).empty());
}

TEST_CASE("what comes from behind a router keeps us from nothing") {
  Scene scene({});
  scene.startAsMaster();
  Advert advert = peers();
  advert.priority = 254;
  advert.hops = 63;
  hears(scene, advert, 10);
  CHECK(told(scene).empty());
  scene.vanish(kVip, 77);
  scene.pass(10ms);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
}

TEST_CASE("a master that had another one beside it announces its addresses when that one has fallen silent") {
  const struct {
    const char* what;
    void (*meanwhile)(Scene&);
    bool announces;
  } cases[] = {
      {"it is master still", [](Scene&) {}, true},
      {"it has yielded", [](Scene& scene) { scene.becomeBackup(); }, false},
      {"it has yielded, and nobody has seen it", [](Scene& scene) { scene.role = Role::Backup; }, false},
      {"it does not answer", [](Scene& scene) { scene.answersLeft = 0; }, false},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({});
    scene.startAsMaster();
    scene.pass(1min);
    hears(scene, peers(), 3);
    c.meanwhile(scene);
    scene.orders.clear();
    scene.pass(10s);
    CHECK((announced(scene, kVip) > 0) == c.announces);
    scene.orders.clear();
    scene.pass(1min);
    CHECK(announced(scene, kVip) == 0);
  }
}

TEST_CASE(
    "a second master's farewell is answered with an announcement at once, whether keepalived took its adverts or not") {
  for (const bool taken : {true, false}) {
    INFO(taken);
    Scene scene({});
    scene.startAsMaster();
    scene.pass(1min);
    Advert advert = peers();
    if (!taken) advert.authentication = withPassword("secret").authentication;
    hears(scene, advert, 8);
    scene.orders.clear();
    advert.priority = 0;
    scene.happens(ForeignAdvert{advert});
    scene.pass(1ms);
    CHECK(announced(scene, kVip) == scene.instance.announce.repeat);
  }
}

TEST_CASE("whoever claims an address of a proven master is told, and announced against") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  scene.happens(claimTo(kVip));
  scene.pass(1s);
  CHECK(scene.count<AskKeepalived>() == 1);
  CHECK(told(scene) ==
        std::vector<std::string>{
            "VI_1: 192.0.2.100 is claimed by 52:54:00:00:00:99 as well, while this node is master; it is "
            "announced against that; find that host: a former master that has kept the address, or one "
            "that has it by mistake"});
  CHECK(announced(scene, kVip) == scene.instance.announce.repeat);
  CHECK(announced(scene, kVip6) == 0);
  CHECK(scene.decider().overview().instances[0].strangers.size() == 1);
  scene.pass(5min);
  CHECK(told(scene).size() == 2);
  CHECK(told(scene)[1] == "VI_1: nobody else claims 192.0.2.100 any more");
}

TEST_CASE("a claim right after an election is announced against, and told if it goes on") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(4s);
  scene.orders.clear();
  scene.happens(claimTo(kVip));
  scene.pass(200ms);
  CHECK(told(scene).empty());
  CHECK(announced(scene, kVip) > 0);
  scene.pass(4s);
  scene.happens(claimTo(kVip));  // judged when an answer may be given again, and still a former master's
  scene.pass(20s);
  CHECK(told(scene).empty());
  scene.happens(claimTo(kVip));
  scene.pass(1s);
  CHECK(told(scene).size() == 1);
}

TEST_CASE("in an election nobody announces against the node that takes over, be it weaker by the configuration") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  scene.happens(claimTo(kVip));  // 2.1 announces before it advertises
  scene.pass(20ms);
  scene.happens(ForeignAdvert{peers()});  // of priority 50: a check here has failed, and ours is less now
  scene.pass(500ms);
  scene.happens(claimTo(kVip));
  scene.pass(500ms);
  CHECK(announced(scene, kVip) == 0);
  scene.becomeBackup();
  scene.pass(1min);
  CHECK(announced(scene, kVip) == 0);
  CHECK(told(scene).empty());
}

TEST_CASE("one host that claims several addresses is one line") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  scene.happens(claimTo(kVip));
  scene.happens(claimTo(kVip6));
  scene.pass(3s);
  REQUIRE(told(scene).size() == 1);
  CHECK(told(scene)[0].find("VI_1: 192.0.2.100, 2001:db8::100 are claimed by 52:54:00:00:00:99 as well") == 0);
  scene.pass(5min);
  REQUIRE(told(scene).size() == 2);
  CHECK(told(scene)[1] == "VI_1: nobody else claims 192.0.2.100, 2001:db8::100 any more");
}

TEST_CASE("of two masters that do not hear each other the weaker one does not announce against the stronger") {
  for (const int priority : {50, 200}) {
    INFO(priority);
    Scene scene({});
    scene.startAsMaster();
    scene.pass(1min);
    scene.orders.clear();
    Advert advert = peers();
    advert.priority = static_cast<std::uint8_t>(priority);
    advert.authentication = withPassword("secret").authentication;
    hears(scene, advert, 6);
    for (int i = 0; i < 30; ++i) {
      if (i % 5 == 0) hears(scene, advert, 1);  // keepalived 2.2.7 puts its adverts off at those that it refuses
      scene.pass(1s);
      scene.happens(claimTo(kVip));
    }
    CHECK(told(scene).size() == 1);  // that the one is master explains that it has the addresses
    CHECK((announced(scene, kVip) > 0) == (priority < 100));
  }
}

TEST_CASE("a flood of claims costs a question and a burst in ten seconds, and two lines in all") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  for (int i = 0; i < 6000; ++i) {
    Mac mac = kStranger;
    mac[5] = static_cast<std::uint8_t>(i);
    scene.happens(claimTo(kVip, mac));
    scene.pass(5ms);
  }
  CHECK(told(scene).size() == 1);
  CHECK(scene.count<AskKeepalived>() <= 4);
  CHECK(announced(scene, kVip) <= 4 * (2 * scene.instance.announce.repeat + 2));
}

TEST_CASE("a claim is nobody's worry where it is rightful, or our own") {
  const struct {
    const char* what;
    void (*happens)(Scene&);
  } cases[] = {
      {"this node is backup",
       [](Scene& scene) {
         scene.becomeBackup();
         scene.happens(claimTo(kVip));
       }},
      {"it has become backup, and we have not heard of it",
       [](Scene& scene) {
         scene.role = Role::Backup;
         scene.happens(claimTo(kVip));
       }},
      {"it has just become master",
       [](Scene& scene) {
         scene.becomeBackup();
         scene.pass(1min);
         scene.becomeMaster();
         scene.happens(claimTo(kVip));
       }},
      {"it is an address of this host's", [](Scene& scene) { scene.happens(claimTo(kVip, Mac{})); }},
      {"it is no virtual address", [](Scene& scene) { scene.happens(claimTo(kBase)); }},
      {"it is said on another wire",
       [](Scene& scene) {
         scene.happens(ForeignClaim{{3, kVip.address, kStranger}});
       }},
      {"a stronger node is taking over",
       [](Scene& scene) {
         Advert advert = peers();
         advert.priority = 200;
         scene.happens(ForeignAdvert{advert});
         scene.happens(claimTo(kVip));
         scene.becomeBackup();
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({});
    scene.startAsMaster();
    scene.pass(1min);
    scene.orders.clear();
    c.happens(scene);
    const int before = announced(scene, kVip);
    scene.pass(5s);
    CHECK(told(scene).empty());
    if (scene.role != Role::Master) CHECK(announced(scene, kVip) == before);
  }
}

TEST_CASE("under a policy to observe it is only told") {
  Settings settings;
  settings.policy = PolicyKind::Observe;
  Scene scene({}, settings);
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  scene.happens(claimTo(kVip));
  scene.pass(1s);
  REQUIRE(told(scene).size() == 1);
  CHECK(told(scene)[0].find("announced against") == std::string::npos);
  CHECK(announced(scene, kVip) == 0);
}

TEST_CASE("claims are heard on the wire of each address, and no longer on one that has none") {
  Scene scene({});
  scene.start();
  std::map<int, std::vector<IpAddress>> heard;
  const auto apply = [&] {
    for (const Action& action : scene.orders)
      if (const auto* order = std::get_if<WatchClaims>(&action)) heard[order->ifindex] = order->addresses;
    scene.orders.clear();
  };
  apply();
  CHECK(heard == std::map<int, std::vector<IpAddress>>{{2, {kVip.address, kVip6.address}}});
  for (Vip& vip : scene.instance.vips) vip.interface = "eth1";
  scene.happens(ConfigurationRead{{}});
  scene.happens(RoleHinted{Role::Backup, "a script", "VI_1", {}, 0, Family::IPv4});  // it is asked anew
  apply();
  CHECK(heard == std::map<int, std::vector<IpAddress>>{{2, {}}, {3, {kVip.address, kVip6.address}}});
}

TEST_CASE(
    "a flood of forged adverts costs few questions and lines, and adds nothing that keepalived does not confirm") {
  Scene scene({});
  scene.startAsMaster();
  scene.pass(1min);
  scene.orders.clear();
  Advert forged = peers();
  for (int i = 0; i < 6000; ++i) {
    forged.priority = static_cast<std::uint8_t>(i % 2 == 0 ? 254 : 0);  // claims, and farewells
    forged.source.bytes[3] = static_cast<std::uint8_t>(20 + i % 200);
    scene.happens(ForeignAdvert{forged});
    scene.pass(5ms);
  }
  CHECK(told(scene).size() <= 2);
  CHECK(scene.count<AskKeepalived>() <= 60);
  scene.vanish(kVip, 77);
  scene.pass(10s);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);  // it is over, and keepalived master
}
