// Virtual routes and rules: what is put back, when, and what is never touched.
#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>

#include <catch2/catch.hpp>

#include "core/route_match.hpp"
#include "guardian/core/decider.hpp"
#include "guardian/core/wording.hpp"

using namespace guardian::core;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kOwn = 9;
constexpr std::uint32_t kKeepalived = 500 | (7U << 22U);  // as libnl numbers the sockets of process 500
constexpr std::uint32_t kNetworkd = 1;

AddressKey address(const char* text, int length) { return {2, *parseAddress(text), static_cast<std::uint8_t>(length)}; }
const AddressKey kBase = address("192.0.2.10", 24);
const AddressKey kVip = address("192.0.2.100", 24);
const AddressKey kVip6 = address("2001:db8::100", 64);

VirtualRoute configured(const char* text, const char* to, int length, std::uint32_t table = 100) {
  VirtualRoute route;
  route.text = text;
  route.table = table;
  route.to = {*parseAddress(to), static_cast<std::uint8_t>(length)};
  route.family = route.to.address.family;
  route.from.address.family = route.family;
  return route;
}

RouteRecord standing(const VirtualRoute& config) {
  RouteRecord record;
  record.form = {config.kind, config.text};
  record.family = config.family;
  record.table = config.table;
  record.to = config.to;
  record.from = config.from;
  record.priority = config.priority.value_or(config.family == Family::IPv6 ? 1024 : 0);
  record.protocol = 3;
  record.type = config.type;
  record.gateway = config.gateway;
  record.preferredSource = config.preferredSource;
  if (config.kind == RouteKind::Route) record.ifindexes = {2};
  return record;
}

VirtualRoute viaGateway() {
  VirtualRoute route = configured("198.51.100.0/24 via 192.0.2.50", "198.51.100.0", 24);
  route.gateway = parseAddress("192.0.2.50");
  return route;
}
VirtualRoute bySource() {
  VirtualRoute route = configured("203.0.113.0/24 src 192.0.2.100", "203.0.113.0", 24, 254);
  route.preferredSource = kVip.address;
  return route;
}
VirtualRoute bySource6() {
  VirtualRoute route = configured("2001:db8:9::/48 src 2001:db8::100", "2001:db8:9::", 48);
  route.preferredSource = kVip6.address;
  return route;
}
VirtualRoute rule() {
  VirtualRoute out = configured("from 192.0.2.100 table 100", "0.0.0.0", 0);
  out.kind = RouteKind::Rule;
  out.from = {kVip.address, 32};
  return out;
}

/// The core, between a keepalived 1.3.9 that answers at once and a kernel that does as it is told.
class Scene {
 public:
  explicit Scene(std::vector<VirtualRoute> virtualOnes, Settings settings = {}) : decider_(settings, kOwn) {
    Vip vip;
    vip.address = kVip.address;
    vip.prefixLength = 24;
    vip.interface = "eth0";
    instance.name = "VI_1";
    instance.vrid = 51;
    instance.interface = "eth0";
    instance.vips = {vip};
    vip.address = kVip6.address;
    vip.prefixLength = 64;
    instance.vips.push_back(vip);
    for (const VirtualRoute& route : virtualOnes)
      ++(route.kind == RouteKind::Route ? instance.virtualRoutes : instance.virtualRules);
    instance.routes = std::move(virtualOnes);
    addresses = {kBase};
  }

  /// keepalived starts, as BACKUP.
  void start() {
    happens(Remembered{ledger});
    happens(snapshot());
    Configuration configuration;
    configuration.instances = {instance};
    happens(KeepalivedStarted{{500, 1}, {1, 3, 9}, configuration});
  }
  /// keepalived installs all that the instance has.
  void becomeMaster() {
    role = Role::Master;
    transition = now.time_since_epoch() / 1us;
    for (const AddressKey& key : {kVip, kVip6}) appear(key, key == kVip ? kKeepalived : 0);
    for (const VirtualRoute& route : instance.routes) appear(standing(route), kKeepalived);
    pass(10ms);
  }
  void startAsMaster() {
    start();
    becomeMaster();
    pass(1s);
    orders.clear();
  }
  /// keepalived removes rules and routes, and then its addresses.
  void becomeBackup() {
    role = Role::Backup;
    for (const VirtualRoute& route : instance.routes) vanish(standing(route), kKeepalived);
    for (const AddressKey& key : {kVip, kVip6}) vanish(key, key == kVip ? kKeepalived : 0);
    pass(10ms);
  }

  void appear(const AddressKey& key, std::uint32_t port) {
    addresses.push_back(key);
    AddressRecord record;
    record.key = key;
    happens(AddressAppeared{record, {port}});
  }
  void vanish(const AddressKey& key, std::uint32_t port) {
    const auto at = std::find(addresses.begin(), addresses.end(), key);
    if (at == addresses.end()) return;
    addresses.erase(at);
    AddressRecord record;
    record.key = key;
    happens(AddressVanished{record, {port}});
  }
  void appear(const RouteRecord& record, std::uint32_t port) {
    drop(record.form);
    routes.push_back(record);
    happens(RouteAppeared{record, {port}});
  }
  void vanish(const RouteRecord& record, std::uint32_t port) {
    if (drop(record.form)) happens(RouteVanished{record, {port}});
  }
  /// The kernel takes it without a word.
  void dropSilently(const VirtualRoute& route) { drop(standing(route).form); }

  void happens(const Event& event) {
    inbox_.push_back(event);
    for (; !inbox_.empty(); inbox_.pop_front()) {
      if (std::holds_alternative<Answered>(inbox_.front())) now += 100us;
      Actions actions;
      decider_.handle(inbox_.front(), now, actions);
      for (const Action& action : actions) {
        orders.push_back(action);
        std::visit([this](const auto& order) { perform(order); }, action);
      }
    }
  }
  void pass(Duration time) {
    const Instant until = now + time;
    while (alarm_ && *alarm_ <= until) {
      now = std::max(now, *alarm_);
      alarm_.reset();
      happens(TimerFired{});
    }
    now = until;
  }

  bool stands(const VirtualRoute& route) const {
    return std::any_of(routes.begin(), routes.end(), [&](const RouteRecord& r) { return r.form.bytes == route.text; });
  }
  template <class Order> int count() const {
    return static_cast<int>(std::count_if(orders.begin(), orders.end(),
                                          [](const Action& action) { return std::holds_alternative<Order>(action); }));
  }
  std::vector<std::string> told() const {
    std::vector<std::string> out;
    for (const Action& action : orders)
      if (const auto* report = std::get_if<IncidentReport>(&action); report != nullptr && !report->routes.empty())
        out.push_back(describe(*report));
    return out;
  }
  std::string noticed() const {
    std::string out;
    for (const Action& action : orders)
      if (const auto* notice = std::get_if<Notice>(&action)) out += notice->text + "\n";
    return out;
  }

  Snapshot snapshot() const {
    Snapshot all;
    for (const int ifindex : {2, 3}) {
      LinkRecord link;
      link.ifindex = ifindex;
      link.name = ifindex == 2 ? "eth0" : "eth1";
      link.up = link.carrier = true;
      all.links.push_back(link);
    }
    for (const AddressKey& key : addresses) {
      AddressRecord record;
      record.key = key;
      all.addresses.push_back(record);
    }
    return all;
  }

  Instance instance;
  Role role = Role::Backup;
  std::int64_t transition = 1;
  int answersLeft = 1000000;
  int refuses = 0;  ///< errno of the kernel for additions
  std::vector<AddressKey> addresses;
  std::vector<RouteRecord> routes;
  Ledger ledger;
  Actions orders;
  Instant now = Instant{} + 1000s;

 private:
  bool drop(const RouteForm& form) {
    const auto at = std::find_if(routes.begin(), routes.end(), [&](const RouteRecord& r) { return r.form == form; });
    if (at == routes.end()) return false;
    routes.erase(at);
    return true;
  }

  void perform(const AskKeepalived& order) {
    if (answersLeft == 0) return;
    --answersLeft;
    InstanceClaim claim;
    claim.instance = instance;
    claim.instance.routes.clear();  // a dump only counts them
    claim.role = role;
    claim.lastTransition = std::chrono::microseconds(transition);
    inbox_.push_back(Answered{order.request, Answer{{claim}, {}}});
  }
  void perform(const AddAddress& order) {
    addresses.push_back(order.record.key);
    inbox_.push_back(AddDone{order.record.key, 0, false});
    inbox_.push_back(AddressAppeared{order.record, {order.record.key == kVip ? kOwn : 0}});
  }
  void perform(const RemoveAddress& order) {
    addresses.erase(std::remove(addresses.begin(), addresses.end(), order.key), addresses.end());
    inbox_.push_back(RemoveDone{order.key, 0, true});
  }
  void perform(const AddRoute& order) {
    CHECK(ledger.routes.count(order.form) == 1);  // on disk before it is made
    if (refuses != 0) return inbox_.push_back(RouteAddDone{order.form, refuses, false});
    for (const RouteRecord& record : routes)
      if (record.form == order.form) return inbox_.push_back(RouteAddDone{order.form, 0, true});
    for (const VirtualRoute& route : instance.routes)
      if (route.text == order.form.bytes) {
        routes.push_back(standing(route));
        inbox_.push_back(RouteAddDone{order.form, 0, false});
        inbox_.push_back(RouteAppeared{standing(route), {kOwn}});
      }
  }
  void perform(const RemoveRoute& order) {
    std::optional<RouteRecord> gone;
    for (const RouteRecord& record : routes)
      if (record.form == order.form) gone = record;
    drop(order.form);
    inbox_.push_back(RouteRemoveDone{order.form, 0});
    if (gone) inbox_.push_back(RouteVanished{*gone, {kOwn}});
  }
  void perform(const ListRoutes&) { inbox_.push_back(RoutesListed{routes}); }
  void perform(const RememberRoute& order) { apply(ledger, order.note); }
  void perform(const Remember& order) { apply(ledger, order.note); }
  void perform(const WatchAdverts& order) {
    if (answersLeft > 0) inbox_.push_back(OwnAdvert{{order.ifindex, 51, Family::IPv4, 100, kBase.address}});
  }
  void perform(const TakeSnapshot&) { inbox_.push_back(snapshot()); }
  void perform(const ArmTimer& order) { alarm_ = order.at; }
  template <class Other> void perform(const Other&) {}

  Decider decider_;
  std::deque<Event> inbox_;
  std::optional<Instant> alarm_;
};

}  // namespace

TEST_CASE("a virtual route or rule that another hand removed is put back, once keepalived has said MASTER again") {
  for (const VirtualRoute& lost : {viaGateway(), bySource(), bySource6(), rule()}) {
    INFO(lost.text);
    Scene scene({viaGateway(), bySource(), bySource6(), rule()});
    scene.startAsMaster();
    scene.vanish(standing(lost), kNetworkd);
    CHECK(scene.stands(lost));
    CHECK(scene.count<AddRoute>() == 1);
    CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(lost).form, true}});
    scene.pass(1s);
    REQUIRE(scene.told().size() == 1);
    CHECK(scene.told()[0].find(lost.text + " was removed by ") != std::string::npos);
    CHECK(scene.told()[0].find("is back after") != std::string::npos);
    CHECK(scene.told()[0].find("announced") == std::string::npos);
  }
}

TEST_CASE("what the kernel takes along in silence is noticed by what went with it") {
  Scene scene({viaGateway(), bySource(), rule()});
  scene.startAsMaster();
  scene.vanish(kBase, kNetworkd);
  scene.dropSilently(viaGateway());  // with the last IPv4 address of the link
  scene.dropSilently(bySource());
  scene.vanish(kVip, kNetworkd);
  scene.appear(kBase, kNetworkd);
  scene.pass(100ms);
  CHECK(std::count(scene.addresses.begin(), scene.addresses.end(), kVip) == 1);
  CHECK(scene.stands(bySource()));
  CHECK(scene.stands(viaGateway()));
  scene.pass(1s);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("virtual route 198.51.100.0/24 via 192.0.2.50 and virtual route 203.0.113.0/24 src "
                             "192.0.2.100 were removed by") != std::string::npos);
}

TEST_CASE("a route waits for its source address") {
  const AddressKey other = address("198.51.100.7", 24);
  VirtualRoute route = configured("203.0.113.0/24 src 198.51.100.7", "203.0.113.0", 24, 254);
  route.preferredSource = other.address;
  Scene scene({route});
  scene.addresses.push_back(other);
  scene.startAsMaster();
  scene.dropSilently(route);
  scene.vanish(other, kNetworkd);
  scene.pass(20ms);
  CHECK(scene.count<AddRoute>() == 0);
  scene.appear(other, kNetworkd);
  CHECK(scene.stands(route));
}

TEST_CASE("an address that could take no route along raises no suspicion") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);  // the base address is still there
  scene.pass(1s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("a suspicion that proves wrong is not told, and leaves nothing in the ledger") {
  Scene scene({bySource()});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  scene.pass(2s);
  CHECK(scene.stands(bySource()));
  CHECK(scene.count<AddRoute>() == 1);
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.told().empty());
}

TEST_CASE("an IPv6 route gets its source back that went with the address") {
  Scene scene({bySource6()});
  scene.startAsMaster();
  scene.vanish(kVip6, 0);  // the route stays, without its source
  CHECK(scene.count<RemoveRoute>() == 1);
  CHECK(scene.count<AddRoute>() == 1);
  CHECK(scene.stands(bySource6()));
  CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(bySource6()).form, true}});
}

TEST_CASE("routes over a link that went down are looked after when it is up again") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  LinkRecord link = scene.snapshot().links[0];
  link.up = link.carrier = false;
  scene.happens(LinkChanged{link});
  scene.dropSilently(viaGateway());
  scene.pass(1s);
  CHECK(scene.count<AddRoute>() == 0);
  link.up = link.carrier = true;
  scene.happens(LinkChanged{link});
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("what keepalived removes itself is not put back") {
  Scene scene({viaGateway(), bySource(), rule()});
  scene.startAsMaster();
  scene.vanish(standing(rule()), kKeepalived);
  scene.vanish(standing(viaGateway()), kKeepalived);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
  scene.becomeBackup();
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
  CHECK(scene.count<RemoveRoute>() == 0);
  CHECK(scene.told().empty());
}

TEST_CASE("nothing is put back on a node that is not master") {
  Scene scene({viaGateway(), rule()});
  scene.start();
  scene.appear(standing(viaGateway()), 77);
  scene.appear(standing(rule()), 77);
  scene.pass(5s);
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.vanish(standing(rule()), kNetworkd);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("a loss that keepalived answers with BACKUP is none") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.role = Role::Backup;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(5s);
  CHECK(scene.count<AddRoute>() == 0);
  CHECK(scene.told().empty());
}

TEST_CASE("while keepalived does not answer, nothing is put back") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("what was put back is gone again when keepalived leaves without removing it") {
  Scene scene({viaGateway(), rule()});
  scene.startAsMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.vanish(standing(rule()), kNetworkd);
  REQUIRE(scene.ledger.routes.size() == 2);
  SECTION("it says BACKUP") {
    scene.role = Role::Backup;
    scene.vanish(kVip, kKeepalived);
  }
  SECTION("its process ends") { scene.happens(KeepalivedGone{}); }
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK_FALSE(scene.stands(rule()));
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.told().size() == 1);
}

TEST_CASE("what was put back and removed by keepalived is no longer ours") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.becomeBackup();
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.count<RemoveRoute>() == 0);
  scene.becomeMaster();
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("without a confirmation of keepalived's, what was put back does not stay") {
  const struct {
    const char* what;
    std::function<void(Scene&)> happens;
  } cases[] = {
      {"no answer within 100 ms", [](Scene& scene) { scene.pass(100ms); }},
      {"keepalived is stopping",
       [](Scene& scene) {
         scene.happens(UnitChanged{Unit::Keepalived, ActiveState::Deactivating});
       }},
      {"we are stopping", [](Scene& scene) { scene.happens(Stopping{}); }},
      {"a stronger node advertises",
       [](Scene& scene) {
         scene.happens(ForeignAdvert{{2, 51, Family::IPv4, 200, *parseAddress("192.0.2.11")}});
       }},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Scene scene({viaGateway()});
    scene.startAsMaster();
    scene.answersLeft = 1;  // to the question before the addition, but not to the one after it
    scene.vanish(standing(viaGateway()), kNetworkd);
    REQUIRE(scene.stands(viaGateway()));
    c.happens(scene);
    CHECK_FALSE(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.empty());
    scene.pass(10s);
    CHECK_FALSE(scene.stands(viaGateway()));
  }
}

TEST_CASE("a former life's routes are taken over by whoever wants them, and removed where nobody does") {
  const RouteForm stranger{RouteKind::Route, "10.0.0.0/8 via 192.0.2.7"};
  Scene scene({viaGateway()});
  scene.ledger.routes = {{standing(viaGateway()).form, true}, {stranger, true}};
  scene.role = Role::Backup;
  scene.routes = {standing(viaGateway())};
  scene.start();
  scene.pass(10ms);
  // keepalived is not master: both go.
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.ledger.routes.empty());
  CHECK(scene.count<RemoveRoute>() == 2);
}

TEST_CASE("where a former life's keepalived is gone or silent, its routes go") {
  for (const bool gone : {true, false}) {
    Scene scene({viaGateway()});
    scene.ledger.routes = {{standing(viaGateway()).form, true}};
    scene.routes = {standing(viaGateway())};
    scene.answersLeft = 0;
    if (gone) {
      scene.happens(Remembered{scene.ledger});
      scene.happens(KeepalivedGone{});
    } else {
      scene.start();
      scene.pass(200ms);
    }
    CHECK_FALSE(scene.stands(viaGateway()));
    CHECK(scene.ledger.routes.empty());
  }
}

TEST_CASE("a route that the kernel refuses is tried again, ever more rarely, and told once") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.refuses = ENETUNREACH;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddRoute>() > 3);
  CHECK(scene.count<AddRoute>() < 12);
  CHECK(scene.ledger.routes.empty());
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("Network is unreachable") != std::string::npos);
  scene.refuses = 0;
  scene.pass(30s);
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("a fight over a route is not fought at full speed") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  for (int i = 0; i < 1000; ++i) {
    scene.vanish(standing(viaGateway()), kNetworkd);
    scene.pass(1ms);
  }
  CHECK(scene.count<AddRoute>() < 20);
}

TEST_CASE("what is only observed is told and left alone") {
  Settings observe;
  observe.policy = PolicyKind::Observe;
  Scene scene({viaGateway()}, observe);
  scene.startAsMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(10s);
  CHECK(scene.count<AddRoute>() == 0);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("nothing was done") != std::string::npos);
}

TEST_CASE("what is not understood, or not what the file has, is said and left alone") {
  VirtualRoute odd = viaGateway();
  odd.understood = false;
  Scene scene({odd});
  scene.startAsMaster();
  scene.vanish(standing(odd), kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 0);

  Scene strange({odd});
  strange.start();
  strange.becomeMaster();
  CHECK(strange.noticed().find("VI_1: virtual route " + odd.text + " is not understood") != std::string::npos);
}

TEST_CASE("where keepalived has fewer of them than its file, none is put back") {
  Scene scene({viaGateway(), rule()});
  const Instance written = scene.instance;
  scene.happens(Remembered{});
  scene.happens(scene.snapshot());
  Configuration configuration;
  configuration.instances = {written};
  scene.instance.virtualRules = 0;
  scene.happens(KeepalivedStarted{{500, 1}, {1, 3, 9}, configuration});
  scene.becomeMaster();
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 0);
  CHECK(scene.count<WatchRoutes>() == 0);
  CHECK(scene.noticed().find("its configuration file 1 and 1; their loss is not repaired") != std::string::npos);
}

TEST_CASE("a host without virtual routes is never asked about its routes") {
  Scene scene({});
  scene.startAsMaster();
  scene.vanish(kVip, kNetworkd);
  scene.pass(200s);
  CHECK(scene.count<WatchRoutes>() == 0);
  CHECK(scene.count<ListRoutes>() == 0);
}

TEST_CASE("lost notifications end in a list that tells what is missing") {
  Scene scene({viaGateway(), rule()});
  scene.startAsMaster();
  scene.dropSilently(viaGateway());
  scene.dropSilently(rule());
  scene.happens(RoutesLost{});
  CHECK(scene.stands(viaGateway()));
  CHECK(scene.stands(rule()));
}

TEST_CASE("a rule without a number of its own is followed when keepalived installs it anew") {
  Scene scene({rule()});
  scene.startAsMaster();
  scene.becomeBackup();
  scene.role = Role::Master;
  scene.transition += 1000;
  for (const AddressKey& key : {kVip, kVip6}) scene.appear(key, key == kVip ? kKeepalived : 0);
  RouteRecord other = standing(rule());
  other.priority = 32000;
  other.form.bytes += " at 32000";
  scene.appear(other, kKeepalived);
  scene.pass(1s);
  scene.vanish(other, kNetworkd);
  std::optional<RouteForm> added;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<AddRoute>(&action)) added = order->form;
  REQUIRE(added);
  CHECK(added->bytes == other.form.bytes);
}

TEST_CASE("a line means the route that agrees with all it says") {
  KernelView view;
  LinkRecord link;
  link.ifindex = 2;
  link.name = "eth0";
  view.putLink(link);
  VirtualRoute line = viaGateway();
  line.outInterface = "eth0";
  const RouteRecord right = standing(line);
  CHECK(meant(line, right, view));
  const auto differs = [&](const auto& change) {
    RouteRecord wrong = right;
    change(wrong);
    return !meant(line, wrong, view);
  };
  CHECK(differs([](RouteRecord& r) { r.table = 254; }));
  CHECK(differs([](RouteRecord& r) { r.to.length = 25; }));
  CHECK(differs([](RouteRecord& r) { r.priority = 7; }));
  CHECK(differs([](RouteRecord& r) { r.gateway.reset(); }));
  CHECK(differs([](RouteRecord& r) { r.ifindexes = {3}; }));
  CHECK(differs([](RouteRecord& r) { r.type = 6; }));
  CHECK(differs([](RouteRecord& r) { r.tos = 16; }));
  CHECK(differs([](RouteRecord& r) { r.form.kind = RouteKind::Rule; }));
  line.understood = false;
  CHECK_FALSE(meant(line, right, view));
}
