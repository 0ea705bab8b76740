// A host with virtual routes and rules around the real core: a kernel that answers its orders, and a keepalived that
// says what it is told to.
#pragma once

#include <algorithm>
#include <cerrno>
#include <deque>
#include <functional>

#include "core/route_match.hpp"
#include "guardian/core/decider.hpp"
#include "guardian/core/wording.hpp"

namespace guardian::test {

using namespace core;
using namespace std::chrono_literals;

constexpr std::uint32_t kOwn = 9;
constexpr std::uint32_t kKeepalived = 500 | (7U << 22U);  // as libnl numbers the sockets of process 500
constexpr std::uint32_t kNetworkd = 1;

inline AddressKey address(const char* text, int length) {
  return {2, *parseAddress(text), static_cast<std::uint8_t>(length)};
}
const AddressKey kBase = address("192.0.2.10", 24);
const AddressKey kVip = address("192.0.2.100", 24);
const AddressKey kVip6 = address("2001:db8::100", 64);

inline VirtualRoute configured(const char* text, const char* to, int length, std::uint32_t table = 100) {
  VirtualRoute route;
  route.text = text;
  route.table = table;
  route.to = {*parseAddress(to), static_cast<std::uint8_t>(length)};
  route.family = route.to.address.family;
  route.from.address.family = route.family;
  return route;
}

inline RouteRecord standing(const VirtualRoute& config) {
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

inline VirtualRoute viaGateway() {
  VirtualRoute route = configured("198.51.100.0/24 via 192.0.2.50", "198.51.100.0", 24);
  route.gateway = parseAddress("192.0.2.50");
  return route;
}
inline VirtualRoute bySource() {
  VirtualRoute route = configured("203.0.113.0/24 src 192.0.2.100", "203.0.113.0", 24, 254);
  route.preferredSource = kVip.address;
  return route;
}
inline VirtualRoute bySource6() {
  VirtualRoute route = configured("2001:db8:9::/48 src 2001:db8::100", "2001:db8:9::", 48);
  route.preferredSource = kVip6.address;
  return route;
}
inline VirtualRoute rule() {
  VirtualRoute out = configured("from 192.0.2.100 table 100", "0.0.0.0", 0);
  out.kind = RouteKind::Rule;
  out.from = {kVip.address, 32};
  return out;
}

/// The core, between a keepalived 1.3.9 that answers at once and a kernel that does as it is told.
class Scene {
 public:
  explicit Scene(std::vector<VirtualRoute> virtualOnes, const Settings& settings = {}) : decider_(settings, kOwn) {
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
    for (const int ifindex : {2, 3}) {
      LinkRecord link;
      link.ifindex = ifindex;
      link.name = ifindex == 2 ? "eth0" : "eth1";
      link.up = link.carrier = link.hasMac = true;
      links.push_back(link);
    }
  }

  /// keepalived starts, as BACKUP.
  void start() {
    happens(Remembered{ledger});
    happens(snapshot());
    configuration.instances = {instance};
    configuration.instances.insert(configuration.instances.end(), others.begin(), others.end());
    happens(KeepalivedStarted{{500, 1}, version, configuration});
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
    pass(1ms);  // what was missing before it installs is not missed in the same instant
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
    if (!has(key)) addresses.push_back(key);
    happens(AddressAppeared{recordOf(key), {port}});
  }
  void vanish(const AddressKey& key, std::uint32_t port) {
    const auto at = std::find(addresses.begin(), addresses.end(), key);
    if (at == addresses.end()) return;
    addresses.erase(at);
    happens(AddressVanished{recordOf(key), {port}});
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
      if (listener) listener(inbox_.front(), now, actions);
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

  const Decider& decider() const { return decider_; }
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
  /// Of addresses.
  std::string reported() const {
    std::string out;
    for (const Action& action : orders)
      if (const auto* report = std::get_if<IncidentReport>(&action)) out += describe(*report) + "\n";
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
    all.links = links;
    for (const AddressKey& key : addresses) all.addresses.push_back(recordOf(key));
    return all;
  }
  AddressRecord recordOf(const AddressKey& key) const {
    AddressRecord record;
    record.key = key;
    if (secondaries.count(key) != 0) record.flags = address_flag::secondary;
    return record;
  }
  bool has(const AddressKey& key) const { return std::count(addresses.begin(), addresses.end(), key) != 0; }
  /// What came late comes now.
  void catchUp() {
    acknowledgesLate = notifiesLate = false;
    for (const Event& event : std::exchange(late, {})) happens(event);
  }

  Instance instance;
  Configuration configuration;  ///< but for the instance
  bool filesUnchanged = true;
  std::vector<Instance> others;
  Role roleOfOthers = Role::Backup;
  Version version{1, 3, 9};
  Role role = Role::Backup;
  std::int64_t transition = 1;
  int answersLeft = 1000000;
  bool cannotAsk = false;     ///< for want of descriptors, say
  bool dumb = false;          ///< none of its adverts leaves
  int refusesTaps = 0;        ///< so many cannot be opened
  int losesAnswers = 0;       ///< so many additions are made and said to have failed
  int refuses = 0;            ///< errno of the kernel for additions
  int clingsTo = 0;           ///< so many removals it refuses
  int refusesAddresses = 0;   ///< likewise, of addresses
  int keepsAddresses = 0;     ///< so many removals of these it refuses
  bool notifiesLate = false;  ///< of additions: they are in `late`
  bool acknowledgesLate = false;
  std::deque<Event> late;
  std::function<void(const Event&, Instant, const Actions&)> listener;  ///< hears all, and what followed
  std::vector<LinkRecord> links;                                        ///< eth0 and eth1
  std::vector<AddressKey> addresses;
  std::set<AddressKey> secondaries;  ///< of them
  std::vector<RouteRecord> routes;
  Ledger ledger;
  Actions orders;
  Instant now = Instant{} + 1000s;

 private:
  /// The kernel has an IPv6 address once an interface, whatever its prefix length.
  bool exists(const AddressKey& key) const {
    return std::any_of(addresses.begin(), addresses.end(), [&](const AddressKey& other) {
      const bool sameLength = key.address.family == Family::IPv6 || key.prefixLength == other.prefixLength;
      return key.ifindex == other.ifindex && key.address == other.address && sameLength;
    });
  }
  bool drop(const RouteForm& form) {
    const auto at = std::find_if(routes.begin(), routes.end(), [&](const RouteRecord& r) { return r.form == form; });
    if (at == routes.end()) return false;
    routes.erase(at);
    return true;
  }

  void perform(const AskKeepalived& order) {
    if (cannotAsk)
      return void(inbox_.emplace_back(AskFailed{order.request, "preparing the dump: Too many open files"}));
    if (answersLeft == 0) return;
    --answersLeft;
    InstanceClaim claim;
    claim.instance = instance;
    claim.instance.routes.clear();  // a dump only counts them
    claim.role = role;
    claim.lastTransition = std::chrono::microseconds(transition);
    Answer answer{{claim}, {}, filesUnchanged};
    for (const Instance& other : others) {
      InstanceClaim backup;
      backup.instance = other;
      backup.role = roleOfOthers;
      answer.instances.push_back(std::move(backup));
    }
    inbox_.emplace_back(Answered{order.request, std::move(answer)});
  }
  void perform(const AddAddress& order) {
    std::deque<Event>& answers = acknowledgesLate ? late : inbox_;
    if (refusesAddresses != 0) return void(answers.emplace_back(AddDone{order.record.key, refusesAddresses, false}));
    if (exists(order.record.key)) return void(answers.emplace_back(AddDone{order.record.key, 0, true}));
    addresses.push_back(order.record.key);
    const bool lost = losesAnswers > 0 && losesAnswers-- > 0;
    answers.emplace_back(AddDone{order.record.key, lost ? ENOBUFS : 0, false});
    const bool v4 = order.record.key.address.family == Family::IPv4;
    (acknowledgesLate || notifiesLate ? late : inbox_).emplace_back(AddressAppeared{order.record, {v4 ? kOwn : 0}});
  }
  void perform(const RemoveAddress& order) {
    if (keepsAddresses > 0 && keepsAddresses-- > 0)
      return void(inbox_.emplace_back(RemoveDone{order.key, ENOBUFS, true}));
    const bool was = has(order.key);
    addresses.erase(std::remove(addresses.begin(), addresses.end(), order.key), addresses.end());
    inbox_.emplace_back(RemoveDone{order.key, 0, was});
  }
  void perform(const AddRoute& order) {
    CHECK(ledger.routes.count(order.form) == 1);  // on disk before it is made
    std::deque<Event>& answers = acknowledgesLate ? late : inbox_;
    if (refuses != 0) return void(answers.emplace_back(RouteAddDone{order.form, refuses, false}));
    for (const RouteRecord& record : routes)
      if (record.form == order.form) return void(answers.emplace_back(RouteAddDone{order.form, 0, true}));
    std::vector<VirtualRoute> known = instance.routes;
    known.insert(known.end(), configuration.staticRoutes.begin(), configuration.staticRoutes.end());
    for (const Instance& other : others) known.insert(known.end(), other.routes.begin(), other.routes.end());
    const auto meant = std::find_if(known.begin(), known.end(),
                                    [&](const VirtualRoute& route) { return route.text == order.form.bytes; });
    if (meant == known.end()) return;
    routes.push_back(standing(*meant));
    answers.emplace_back(RouteAddDone{order.form, 0, false});
    (notifiesLate ? late : answers).emplace_back(RouteAppeared{standing(*meant), {kOwn}});
  }
  void perform(const RemoveRoute& order) {
    if (clingsTo > 0 && clingsTo-- > 0) return void(inbox_.emplace_back(RouteRemoveDone{order.form, ENOBUFS}));
    std::optional<RouteRecord> gone;
    for (const RouteRecord& record : routes)
      if (record.form == order.form) gone = record;
    drop(order.form);
    std::deque<Event>& answers = acknowledgesLate ? late : inbox_;
    answers.emplace_back(RouteRemoveDone{order.form, 0});
    if (gone) answers.emplace_back(RouteVanished{*gone, {kOwn}});
  }
  void perform(const ListRoutes&) { inbox_.emplace_back(RoutesListed{routes}); }
  void perform(const RememberRoute& order) { apply(ledger, order.note); }
  void perform(const Remember& order) { apply(ledger, order.note); }
  void perform(const WatchAdverts& order) {
    if (refusesTaps > 0) {
      --refusesTaps;
      return void(inbox_.emplace_back(AdvertsUnwatchable{order.ifindex}));
    }
    if (answersLeft > 0 && !dumb) inbox_.emplace_back(OwnAdvert{{order.ifindex, 51, Family::IPv4, 100, kBase.address}});
  }
  void perform(const TakeSnapshot&) { inbox_.emplace_back(snapshot()); }
  void perform(const ArmTimer& order) { alarm_ = order.at; }
  template <class Other> void perform(const Other&) {}

  Decider decider_;
  std::deque<Event> inbox_;
  std::optional<Instant> alarm_;
};

/// Another one on the same host, with an address of its own.
inline Instance second(const Scene& scene, std::vector<VirtualRoute> routes) {
  Instance other = scene.instance;
  other.name = "VI_2";
  other.vrid = 52;
  other.vips.resize(1);
  other.vips[0].address.bytes[3] = 101;
  other.virtualRules = 0;
  other.virtualRoutes = routes.size();
  other.routes = std::move(routes);
  return other;
}

/// keepalived runs both, and its file has the routes of both.
inline void startBoth(Scene& scene, const Instance& other) {
  scene.others = {other};
  scene.start();
}

}  // namespace guardian::test
