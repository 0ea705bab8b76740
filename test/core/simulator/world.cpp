#include "core/simulator/world.hpp"

#include <deque>

#include "guardian/core/wording.hpp"
#include "guardian/util/overloaded.hpp"

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr Duration kAdvert = 1s;

Vip vip(const char* address, int prefixLength) {
  Vip out;
  out.address = *parseAddress(address);
  out.prefixLength = static_cast<std::uint8_t>(prefixLength);
  out.interface = "eth0";
  return out;
}

AddressKey keyOf(const Vip& vip) { return {kIfindex, vip.address, vip.prefixLength}; }

std::string text(const AddressKey& key) { return toString(key.address) + "/" + std::to_string(key.prefixLength); }

}  // namespace

World::World(unsigned seed)
    : vips{vip("192.0.2.100", 24), vip("192.0.2.101", 32), vip("192.0.2.102", 24), vip("198.51.100.1", 24),
           vip("2001:db8::100", 64), vip("2001:db8::101", 128)},
      kernel([this](const Event& event) {
        if (dropping_) return;
        netlinkAt_ = std::max(netlinkAt_, now + between(2, 400));
        at(netlinkAt_, [this, event, life = life_] { feedLife(life, event); });
      }),
      random_(seed),
      decider_(settings(), kOwnPort) {
  now = Instant{} + 1000s;
  kernel.promoteSecondaries = random_() % 2 == 0;
  keepalived.before20 = random_() % 2 == 0;
  kernel.add(baseRecord(), kNetworkdPort);
  bringUp();
  keepalived.state = FakeKeepalived::State::Dead;
  startKeepalived();
  advance(100ms);
}

Settings World::settings() {
  Settings settings;
  settings.keepalivedWatches = false;
  return settings;
}

void World::bringUp() {
  feed(Remembered{ledger_});
  feed(kernel.snapshot());
  feed(NetworkdSocketFound{kNetworkdPort});
  feed(BusConnected{});
}

void World::crashGuardian() {
  if (life_ == 0) return;
  life_ = 0;
  tapped_ = false;
  ++armed_;
  history += "guardian dies\n";
  after(between(1000, 200000), [this] {
    history += "guardian lives again\n";
    life_ = ++lives_;
    decider_ = Decider(settings(), kOwnPort);
    dropping_ = false;
    orphanSince_.reset();  // nobody can take back what he is not there to see
    bringUp();
    if (keepalived.state == FakeKeepalived::State::Dead) return feed(KeepalivedGone{});
    feed(KeepalivedStarted{{keepalived.pid, 1}, keepalived.before20 ? Version{1, 3, 9} : Version{2, 2, 7}, {}});
  });
}

Duration World::between(int low, int high) {
  return std::chrono::microseconds(low + static_cast<int>(random_() % static_cast<unsigned>(high - low + 1)));
}

void World::advance(Duration by) {
  const Instant until = now + by;
  while (!agenda_.empty() && agenda_.begin()->first <= until) {
    const auto next = agenda_.begin();
    now = std::max(now, next->first);
    const auto what = std::move(next->second);
    agenda_.erase(next);
    what();
    watchOrphans();
  }
  now = until;
}

// ---- the guardian's side ----

void World::feed(const Event& event) {
  if (life_ == 0) return;
  std::deque<Event> inbox{event};
  Actions actions;
  for (; !inbox.empty(); inbox.pop_front()) {
    actions.clear();
    decider_.handle(inbox.front(), now, actions);
    for (const Action& action : actions) {
      std::visit(Overloaded{[&](const AddAddress& order) {
                              const int error = kernel.add(order.record, kOwnPort);
                              inbox.push_back(AddDone{order.record.key, error == EEXIST ? 0 : error, error == EEXIST});
                            },
                            [&](const RemoveAddress& order) {
                              const int error = kernel.remove(order.key, kOwnPort);
                              inbox.push_back(RemoveDone{order.key, 0, error == 0});
                            },
                            [&](const TakeSnapshot&) { inbox.push_back(kernel.snapshot()); },
                            [&](const Remember& order) { apply(ledger_, order.note); },
                            [](const auto&) {}},
                 action);
      perform(action);
    }
  }
}

void World::perform(const Action& action) {
  const auto note = [this](const std::string& what) { history += std::to_string(now.time_since_epoch().count()) + " " + what + "\n"; };
  const auto expected = [this](const AddressKey& key) {
    return std::any_of(vips.begin(), vips.end(), [&](const Vip& v) { return keyOf(v) == key; });
  };
  std::visit(Overloaded{[&](const AddAddress& order) {
                          ++adds;
                          ours_.insert(order.record.key);
                          note("add " + text(order.record.key));
                          if (!expected(order.record.key)) violations.push_back("added " + text(order.record.key));
                        },
                        [&](const RemoveAddress& order) {
                          ours_.erase(order.key);
                          note("remove " + text(order.key));
                          if (!expected(order.key)) violations.push_back("removed " + text(order.key));
                        },
                        [&](const AskKeepalived& order) {
                          note("ask");
                          const std::uint64_t request = order.request;
                          // What it says is as old as the moment in which it was written.
                          after(between(50, 300), [this, request, life = life_] { answer(request, life); });
                        },
                        [&](const ArmTimer& order) {
                          const int id = ++armed_;
                          at(std::max(order.at, now), [this, id] {
                            if (id == armed_) feed(TimerFired{});
                          });
                        },
                        [&](const WatchAdverts&) { tapped_ = true; },
                        [&](const StopWatchingAdverts&) { tapped_ = false; },
                        [&](const IncidentReport& report) {
                          note(describe(report));
                          reports.push_back(report);
                        },
                        [&](const Notice& notice) { note(notice.text); },
                        [](const auto&) {}},
             action);
}

void World::answer(std::uint64_t request, unsigned life) {
  using State = FakeKeepalived::State;
  if (keepalived.hung || keepalived.state == State::Dead || keepalived.state == State::Stopping) return;
  Answer answer;
  for (const Family family : {Family::IPv4, Family::IPv6}) {
    InstanceClaim claim;
    claim.instance.name = family == Family::IPv4 ? "VI_4" : "VI_6";
    claim.instance.vrid = family == Family::IPv4 ? 4 : 6;
    claim.instance.family = family;
    claim.instance.interface = "eth0";
    for (const Vip& v : vips)
      if (v.address.family == family) claim.instance.vips.push_back(v);
    claim.role = keepalived.state == State::Backup ? Role::Backup : Role::Master;
    claim.lastTransition = std::chrono::microseconds(keepalived.transition);
    answer.instances.push_back(std::move(claim));
  }
  after(random_() % 10 == 0 ? between(5000, 11000) : between(50, 600),
        [this, life, answered = Answered{request, std::move(answer)}] { feedLife(life, answered); });
}

// ---- keepalived ----

void World::startKeepalived() {
  if (keepalived.state != FakeKeepalived::State::Dead) return;
  keepalived.pid += 7;
  keepalived.state = FakeKeepalived::State::Backup;
  keepalived.hung = false;
  keepalived.set.clear();
  // libnl's ids carry the process id; a kernel autobind gives a random one.
  keepalived.commandPort = keepalived.before20 ? static_cast<std::uint32_t>(keepalived.pid) | (9U << 22) : 0x80000000U + static_cast<std::uint32_t>(random_() % 100000);
  KeepalivedStarted started;
  started.process = {keepalived.pid, 1};
  started.version = keepalived.before20 ? Version{1, 3, 9} : Version{2, 2, 7};
  after(between(100, 3000), [this, started] { feed(started); });
}

void World::becomeMaster() {
  using State = FakeKeepalived::State;
  if (keepalived.state != State::Backup || keepalived.hung) return;
  if (!keepalived.before20) return install();
  keepalived.state = State::Window;
  leaveWindow(kAdvert, keepalived.pid);
}

/// One interval after it claimed MASTER; if it is hung then, as soon as it is not.
void World::leaveWindow(Duration delay, int pid) {
  after(delay, [this, pid] {
    if (keepalived.state != FakeKeepalived::State::Window || keepalived.pid != pid) return;
    if (keepalived.hung) return leaveWindow(1ms, pid);
    install();
  });
}

void World::install() {
  history += std::to_string(now.time_since_epoch().count()) + " keepalived installs\n";
  keepalived.state = FakeKeepalived::State::Master;
  for (std::size_t i = 0; i < vips.size(); ++i) {
    kernel.add(recordOf(i), keepalived.commandPort);
    ours_.erase(keyOf(vips[i]));  // EEXIST counts as set: it will remove it later
    keepalived.set.insert(i);
  }
  ++keepalived.transition;
  advertise(keepalived.pid, keepalived.transition);
}

/// Once an interval for as long as this mastership lasts; a hung keepalived catches up when it is let go.
void World::advertise(int pid, std::int64_t mastership) {
  if (!keepalivedOwns() || keepalived.pid != pid || keepalived.transition != mastership) return;
  for (const auto& [vrid, family] : {std::pair{4, Family::IPv4}, std::pair{6, Family::IPv6}})
    if (!keepalived.hung && tapped_) feed(OwnAdvert{{kIfindex, static_cast<std::uint8_t>(vrid), family, 100, {}}});
  after(keepalived.hung ? Duration(5ms) : kAdvert, [this, pid, mastership] { advertise(pid, mastership); });
}

void World::uninstall() {
  for (const std::size_t i : keepalived.set) {
    kernel.remove(keyOf(vips[i]), keepalived.commandPort);
    if (kernel.find(keyOf(vips[i])) == nullptr) ours_.erase(keyOf(vips[i]));
  }
  keepalived.set.clear();
}

void World::becomeBackup() {
  using State = FakeKeepalived::State;
  if (keepalived.hung || (keepalived.state != State::Master && keepalived.state != State::Window)) return;
  keepalived.state = State::Backup;
  uninstall();  // from the window, nothing: nothing is set
  ++keepalived.transition;
}

void World::stopKeepalived() {
  using State = FakeKeepalived::State;
  if (keepalived.state == State::Dead || keepalived.state == State::Stopping || keepalived.hung) return;
  if (random_() % 2 == 0) {  // through systemd, whose signals may come late
    after(between(100, 5000), [this] { feed(JobQueued{Unit::Keepalived}); });
    after(between(100, 5000), [this] { feed(UnitChanged{Unit::Keepalived, ActiveState::Deactivating, true}); });
    after(1100ms, [this] { feed(UnitChanged{Unit::Keepalived, ActiveState::Inactive, false}); });
    after(1101ms, [this] { feed(JobFinished{Unit::Keepalived}); });
  }
  keepalived.state = State::Stopping;
  uninstall();
  after(1s, [this] {
    if (keepalived.state != State::Stopping) return;
    keepalived.state = State::Dead;
    after(between(50, 2000), [this] { feed(KeepalivedGone{}); });
  });
}

void World::reloadKeepalived() {
  if (keepalived.state != FakeKeepalived::State::Master || keepalived.hung) return;
  after(between(100, 2000), [this] { feed(UnitChanged{Unit::Keepalived, ActiveState::Reloading, true}); });
  after(between(2000, 4000), [this] { feed(UnitChanged{Unit::Keepalived, ActiveState::Active, false}); });
  if (keepalived.before20) keepalived.commandPort += 1U << 22;
}

void World::hang(Duration length) {
  if (keepalived.hung) return;
  keepalived.hung = true;
  history += std::to_string(now.time_since_epoch().count()) + " keepalived hangs\n";
  after(length, [this] { keepalived.hung = false; });
}

// ---- others ----

void World::networkdRun(bool announcedOnBus) {
  if (announcedOnBus) {
    after(between(50, 3000), [this] { feed(JobQueued{Unit::Networkd}); });
    after(between(3000, 9000), [this] { feed(UnitChanged{Unit::Networkd, ActiveState::Deactivating, true}); });
    after(between(20000, 40000), [this] { feed(UnitChanged{Unit::Networkd, ActiveState::Active, false}); });
    after(between(40000, 41000), [this] { feed(JobFinished{Unit::Networkd}); });
    after(between(60000, 80000), [this] { feed(LinkSetupChanged{kIfindex, LinkSetup::Configured}); });
  }
  const Duration start = between(25000, 41000);
  const Duration baseAway = random_() % 3 == 0 ? between(1000, 2000000) : between(7000, 20000);
  after(start, [this, baseAway] {
    // Every address known now is removed once, in random order, with short pauses in which others act.
    std::vector<AddressKey> known;
    for (const AddressRecord& record : kernel.addresses()) known.push_back(record.key);
    std::shuffle(known.begin(), known.end(), random_);
    Duration delay{};
    for (const AddressKey& key : known) {
      delay += random_() % 20 == 0 ? between(1000, 17000) : between(5, 100);
      after(delay, [this, key] { kernel.remove(key, kNetworkdPort); });
    }
    after(delay + baseAway, [this] { kernel.add(baseRecord(), kNetworkdPort); });
  });
}

void World::strangerRemoves(std::size_t vip) {
  kernel.remove(keyOf(vips[vip]), static_cast<std::uint32_t>(3000 + random_() % 1000));
}

void World::loseEvents() {
  dropping_ = true;
  after(between(10, 3000), [this] {
    dropping_ = false;
    feed(EventsLost{});
  });
}

void World::randomTrouble() {
  switch (random_() % 17) {
    case 0: case 1: case 2: return becomeMaster();
    case 3: return becomeBackup();
    case 4: return random_() % 3 == 0 ? stopKeepalived() : becomeMaster();
    case 5: case 6: return startKeepalived();
    case 7: return hang(between(1000, 3000000));
    case 8: case 9: return networkdRun(random_() % 2 == 0);
    case 10: case 11: case 12: return strangerRemoves(random_() % vips.size());
    case 13: return loseEvents();
    case 14: return reloadKeepalived();
    case 15: return crashGuardian();
    default:
      for (std::size_t i = 0; i < vips.size(); ++i) strangerRemoves(i);
      if (random_() % 2 == 0) becomeBackup();
  }
}

// ---- records and judgement ----

AddressRecord World::baseRecord() const {
  AddressRecord record;
  record.key = {kIfindex, *parseAddress("192.0.2.11"), 24};
  record.label = "eth0";
  return record;
}

AddressRecord World::recordOf(std::size_t i) const {
  AddressRecord record;
  record.key = keyOf(vips[i]);
  if (vips[i].address.family == Family::IPv4) record.label = "eth0:vip";
  else record.flags = address_flag::noDad;
  if (vips[i].prefixLength == 128) record.preferred = 0;
  return record;
}

bool World::allPresent() const {
  return std::all_of(vips.begin(), vips.end(), [this](const Vip& v) { return kernel.find(keyOf(v)) != nullptr; });
}

bool World::baseIsPrimary() const {
  const AddressRecord* base = kernel.find(baseRecord().key);
  return base != nullptr && !base->isSecondary();
}

std::vector<std::string> World::guardiansAddresses() const {
  std::vector<std::string> found;
  for (const AddressKey& key : ours_)
    if (kernel.find(key) != nullptr) found.push_back(text(key));
  return found;
}

void World::watchOrphans() {
  const bool orphan = life_ != 0 && !keepalivedOwns() && !guardiansAddresses().empty();
  if (!orphan) orphanSince_.reset();
  else if (!orphanSince_) orphanSince_ = now;
}

Duration World::orphanAge() const { return orphanSince_ ? now - *orphanSince_ : Duration{}; }

}  // namespace guardian::simulator
