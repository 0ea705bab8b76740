#include "core/simulator/fake_keepalived.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr Duration kInterval = 1s;

Vip vip(const char* address, int prefixLength) {
  Vip out;
  out.address = *parseAddress(address);
  out.prefixLength = static_cast<std::uint8_t>(prefixLength);
  out.interface = "eth0";
  if (out.address.family == Family::IPv4) out.label = "eth0:vip";
  return out;
}

Instance instance(const char* name, int vrid, Family family, std::vector<Vip> vips) {
  Instance out;
  out.name = name;
  out.vrid = static_cast<std::uint8_t>(vrid);
  out.family = family;
  out.interface = "eth0";
  out.advertInterval = std::chrono::duration_cast<std::chrono::milliseconds>(kInterval);
  out.vips = std::move(vips);
  return out;
}

}  // namespace

std::vector<Instance> configuredInstances(const Setup& setup, bool reduced) {
  std::vector<Vip> four{vip("192.0.2.100", 24), vip("192.0.2.101", 32), vip("198.51.100.1", 24),
                        vip("198.51.100.2", 24)};
  if (!reduced) four.push_back(vip("192.0.2.102", 24));
  std::vector<Instance> out{
      instance("VI_4", 4, Family::IPv4, std::move(four)),
      instance("VI_6", 6, Family::IPv6, {vip("fe80::100", 64), vip("2001:db8::100", 64), vip("2001:db8::101", 128)})};
  if (setup.syncGroup) out[0].syncGroup = out[1].syncGroup = "VG";
  if (setup.addressOwner) out.push_back(instance("VI_O", 7, Family::IPv4, {vip("192.0.2.11", 24)}));
  if (setup.sharedVip)
    out.push_back(instance("VI_S", 5, Family::IPv4, {vip("192.0.2.105", 24), vip("192.0.2.101", 32)}));
  return out;
}

std::vector<Vip> configuredStatics(const Setup& setup, std::size_t node) {
  if (!setup.rootBlocks) return {};
  const std::string number = std::to_string(71 + node);
  std::vector<Vip> out{vip(("192.0.2." + number).c_str(), 24), vip(("198.18.0." + number).c_str(), 32),
                       vip(("2001:db8::" + number).c_str(), 64)};
  for (Vip& one : out) one.label.clear();
  return out;
}

FakeKeepalived::FakeKeepalived(Agenda& agenda, FakeKernel& kernel, Wire& wire, std::size_t node, const Setup& setup,
                               std::uint64_t seed, Signs signs)
    : agenda_(agenda),
      kernel_(kernel),
      wire_(wire),
      node_(node),
      setup_(setup),
      chance_(seed),
      signs_(std::move(signs)),
      pid_(1000 + 100 * static_cast<int>(node)),
      priority_(setup.strongPeer && node == 1 ? 250
                : node == 0                   ? (setup.strongPeer ? 252 : 150)
                : node == 1                   ? 120
                                              : 105) {}

Version FakeKeepalived::version() const { return setup_.flavour == Flavour::Old ? Version{1, 3, 9} : Version{2, 2, 7}; }

Configuration FakeKeepalived::configuration() const {
  Configuration configuration;
  configuration.instances = configuredInstances(setup_, reduced_);
  for (Instance& config : configuration.instances) config.priority = configuredPriority(config.name);
  configuration.staticAddresses = configuredStatics(setup_, node_);
  return configuration;
}

Duration FakeKeepalived::skew() const {
  const int priority = setup_.flavour == Flavour::Old ? priority_ : this->priority();
  return std::chrono::microseconds((256 - priority) * 1000000 / 256);
}

Duration FakeKeepalived::masterDown() const { return 3 * kInterval + skew(); }

AddressRecord FakeKeepalived::recordOf(const Vip& vip) const {
  AddressRecord record;
  record.key = {boundIndex_, vip.address, vip.prefixLength};
  record.label = vip.label;
  if (vip.address.family == Family::IPv6) record.flags = address_flag::noDad;
  if (vip.prefixLength == 128) record.preferred = 0;
  return record;
}

// ---- its life ----

void FakeKeepalived::start() {
  if (process_ != Process::Dead) return;
  process_ = Process::Running;
  ++life_;
  pid_ += 7;
  hungUntil_.reset();
  waiting_.clear();
  boundIndex_ = kernel_.ifindex();
  // libnl's port ids carry the process id; a kernel autobind gives the second socket a random one.
  commandPort_ = setup_.flavour == Flavour::Old ? static_cast<std::uint32_t>(pid_) | (9U << 22)
                                                : 0x80000000U + static_cast<std::uint32_t>(chance_.below(100000000));
  routers_.clear();
  for (Instance& config : configuredInstances(setup_, reduced_)) {
    Router router;
    config.priority = configuredPriority(config.name);
    config.nopreempt = setup_.nopreempt;
    router.config = std::move(config);
    router.transition = ++lastTransition_;
    routers_.push_back(std::move(router));
  }
  for (const Vip& vip : configuredStatics(setup_, node_)) kernel_.remove(recordOf(vip).key, commandPort_);
  installStatics();
  for (Router& router : routers_) {
    // 1.3.9 leaves there what a killed one left behind.
    if (setup_.flavour != Flavour::Old)
      for (const Vip& vip : router.config.vips) kernel_.remove(recordOf(vip).key, commandPort_);
    arm(router, masterDown());
  }
  signs_.said("keepalived starts");
  signs_.started();
}

void FakeKeepalived::stop() {
  if (process_ != Process::Running) return;
  whenAwake([this] {
    if (process_ != Process::Running) return;
    signs_.said("keepalived stops");
    for (Router& router : routers_) {
      if (router.state != State::Backup && router.state != State::Fault) send(router, 0);
      uninstall(router);
    }
    for (const AddressKey& key : std::exchange(statics_, {})) kernel_.remove(key, commandPort_);
    process_ = Process::Stopping;
    agenda_.after(1s, [this, life = life_] {
      if (life != life_ || process_ != Process::Stopping) return;
      process_ = Process::Dead;
      signs_.gone();
    });
  });
}

void FakeKeepalived::kill() {
  if (process_ == Process::Dead) return;
  signs_.said("keepalived is killed");
  abandoned_.clear();
  process_ = Process::Dead;
  ++life_;
  hungUntil_.reset();
  waiting_.clear();
  routers_.clear();
  statics_.clear();
  signs_.gone();
}

void FakeKeepalived::reload(bool otherAddresses) {
  if (process_ != Process::Running) return;
  if (otherAddresses) reduced_ = !reduced_;
  whenAwake([this] {
    if (process_ != Process::Running) return;
    signs_.said("keepalived reloads");
    if (setup_.flavour == Flavour::Old) commandPort_ += 1U << 22;
    boundIndex_ = kernel_.ifindex();
    installStatics();
    std::vector<Instance> wanted = configuredInstances(setup_, reduced_);
    for (std::size_t i = 0; i < routers_.size(); ++i) {
      Router& router = routers_[i];
      router.config.vips = std::move(wanted[i].vips);
      const auto unwanted = [&](const AddressKey& key) {
        return std::none_of(router.config.vips.begin(), router.config.vips.end(),
                            [&](const Vip& v) { return recordOf(v).key == key; });
      };
      for (const AddressKey& key : std::vector<AddressKey>(router.set))
        if (unwanted(key)) {
          router.set.erase(std::find(router.set.begin(), router.set.end(), key));
          kernel_.remove(key, commandPort_);
        }
      if (router.state == State::Backup) arm(router, masterDown());
      if (router.state != State::Master && router.state != State::Window) continue;
      if (setup_.flavour == Flavour::Old) {
        router.state = State::Reloading;
        arm(router, kInterval);
      } else {
        install(router);
      }
    }
  });
}

void FakeKeepalived::hang(Duration length) {
  if (process_ != Process::Running || hung()) return;
  signs_.said("keepalived hangs");
  hungUntil_ = agenda_.now() + length;
  agenda_.after(length, [this, life = life_] {
    if (life != life_) return;
    hungUntil_.reset();
    signs_.said("keepalived goes on");
    while (!waiting_.empty() && !hung()) {
      const auto deed = std::move(waiting_.front());
      waiting_.pop_front();
      deed();
    }
  });
}

void FakeKeepalived::clockJumped() {
  if (process_ == Process::Running)
    for (Router& router : routers_) arm(router, 0s);
}

void FakeKeepalived::whenAwake(std::function<void()> deed) {
  if (hung())
    waiting_.push_back(std::move(deed));
  else
    deed();
}

void FakeKeepalived::whenAsked(std::function<void(Answer)> answer) {
  if (process_ != Process::Running) return;
  whenAwake([this, answer = std::move(answer)] {
    if (process_ != Process::Running) return;
    Answer said;
    said.filesUnchanged = true;
    for (const Router& router : routers_) {
      InstanceClaim claim;
      claim.instance = router.config;
      claim.lastTransition = std::chrono::microseconds(router.transition);
      switch (router.state) {
        case State::Backup: claim.role = Role::Backup; break;
        case State::Fault: claim.role = Role::Fault; break;
        case State::Reloading: claim.role = Role::Other; break;
        default: claim.role = Role::Master;
      }
      said.instances.push_back(std::move(claim));
    }
    answer(std::move(said));
  });
}

// ---- VRRP ----

void FakeKeepalived::arm(Router& router, Duration delay) {
  const std::size_t index = static_cast<std::size_t>(&router - routers_.data());
  agenda_.after(delay, [this, life = life_, index, timer = ++router.timer] {
    if (life != life_ || process_ != Process::Running) return;
    whenAwake([this, index, timer] {
      if (process_ == Process::Running && routers_[index].timer == timer) timeout(routers_[index]);
    });
  });
}

void FakeKeepalived::become(Router& router, State state) {
  static const char* const names[] = {"BACKUP", "MASTER, not installed", "MASTER", "reloading", "FAULT"};
  router.state = state;
  router.transition = ++lastTransition_;
  if (state == State::Master) installations_.insert(router.transition);
  signs_.said("keepalived: " + router.config.name + " is " + names[static_cast<int>(state)]);
  signs_.changed(router);
  pullAlong(router);
}

/// The members of a sync group change together.
void FakeKeepalived::pullAlong(const Router& leader) {
  const State to = leader.state;
  for (Router& other : routers_) {
    if (&other == &leader || leader.config.syncGroup.empty() || other.config.syncGroup != leader.config.syncGroup)
      continue;
    if (to == State::Master && other.state == State::Backup) arm(other, 0s);
    const bool holds = other.state == State::Master || other.state == State::Window || other.state == State::Reloading;
    if ((to != State::Backup && to != State::Fault) || !holds) continue;
    uninstall(other);
    become(other, to);
    arm(other, to == State::Backup ? masterDown() : kInterval);
  }
}

void FakeKeepalived::timeout(Router& router) {
  const bool usable = kernel_.usable();
  switch (router.state) {
    case State::Backup:
      if (!usable) break;
      send(router, priorityOf(router));
      if (setup_.flavour == Flavour::Old) {
        router.state = State::Window;  // no new date yet
        return arm(router, kInterval);
      }
      install(router);
      become(router, State::Master);
      return arm(router, kInterval);
    case State::Window:
      if (!usable) break;
      install(router);
      become(router, State::Master);
      send(router, priorityOf(router));
      return arm(router, kInterval);
    case State::Master:
      if (!usable || (stale() && !router.set.empty())) break;
      send(router, priorityOf(router));
      return arm(router, kInterval);
    case State::Reloading:
      if (!usable) {
        abandoned_.insert(abandoned_.end(), router.set.begin(), router.set.end());
        router.set.clear();  // it does not delete them
        break;
      }
      install(router);
      if (isInstallation(router.transition))
        router.state = State::Master;
      else
        become(router, State::Master);
      send(router, priorityOf(router));
      return arm(router, kInterval);
    case State::Fault:
      if (!usable) return arm(router, kInterval);
      if (setup_.flavour != Flavour::Old) boundIndex_ = kernel_.ifindex();
      become(router, State::Backup);
      return arm(router, masterDown());
  }
  uninstall(router);
  become(router, State::Fault);
  arm(router, kInterval);
}

void FakeKeepalived::received(const Advert& advert) {
  if (!listens()) return;
  whenAwake([this, advert] {
    if (!listens()) return;
    for (Router& router : routers_)
      if (router.config.vrid == advert.vrid && router.config.family == advert.family) hear(router, advert);
  });
}

void FakeKeepalived::hear(Router& router, const Advert& advert) {
  const bool stronger = advert.priority > priorityOf(router);
  switch (router.state) {
    case State::Backup:
      if (advert.priority == 0) return arm(router, skew());
      if (stronger || setup_.nopreempt) return arm(router, masterDown());
      if (setup_.flavour == Flavour::Old) send(router, priorityOf(router));  // forcing a new election
      return;
    case State::Window:
    case State::Master:
      if (stronger) {
        uninstall(router);  // from the window, nothing
        become(router, State::Backup);
        return arm(router, masterDown());
      }
      send(router, priorityOf(router));
      return arm(router, kInterval);
    default: return;
  }
}

void FakeKeepalived::saw(const Event& event) {
  if (process_ != Process::Running || setup_.flavour == Flavour::Old) return;
  if (std::holds_alternative<LinkVanished>(event) || std::holds_alternative<LinkChanged>(event)) {
    if (kernel_.usable() && !stale()) return;
    return whenAwake([this] {
      for (Router& router : routers_)
        if (router.state != State::Fault) timeout(router);
    });
  }
  const auto* vanished = std::get_if<AddressVanished>(&event);
  if (setup_.flavour != Flavour::Hearing || vanished == nullptr) return;
  agenda_.after(chance_.between(50us, 1ms), [this, key = vanished->record.key, life = life_] {
    if (life != life_) return;
    whenAwake([this, key] {
      for (Router& router : routers_) {
        if (process_ != Process::Running || router.state != State::Master) continue;
        if (std::find(router.set.begin(), router.set.end(), key) == router.set.end() || kernel_.find(key) != nullptr)
          continue;
        uninstall(router);
        become(router, State::Backup);
        arm(router, skew());
      }
    });
  });
}

void FakeKeepalived::send(const Router& router, int priority) {
  if (stale() || !kernel_.usable()) return;
  Advert advert;
  advert.ifindex = kernel_.ifindex();
  advert.vrid = router.config.vrid;
  advert.family = router.config.family;
  advert.priority = static_cast<std::uint8_t>(priority);
  advert.source = *parseAddress(router.config.family == Family::IPv4 ? "192.0.2.11" : "fe80::11");
  advert.source.bytes[advert.source.size() - 1] = static_cast<std::uint8_t>(11 + node_);
  signs_.sent(advert);
  wire_.send(node_, advert);
}

void FakeKeepalived::install(Router& router) {
  for (const Vip& vip : router.config.vips) {
    const AddressRecord record = recordOf(vip);
    if (std::find(router.set.begin(), router.set.end(), record.key) != router.set.end()) continue;
    const int error = kernel_.add(record, commandPort_, Hand::Keepalived, agenda_.now());
    if (error != 0 && error != EEXIST) continue;
    if (error == EEXIST) kernel_.adopt(record.key);
    if (error == 0 && kernel_.find(record.key)->record.isSecondary()) installedBehind_.insert(record.key);
    abandoned_.erase(std::remove(abandoned_.begin(), abandoned_.end(), record.key), abandoned_.end());
    router.set.push_back(record.key);
  }
}

/// One that an unusable link refuses at a reload counts as installed all the same: 1.3.9 would leave it there when it
/// stops, if a guardian that was not told of the reload has put it back since.
void FakeKeepalived::installStatics() {
  statics_.clear();
  for (const Vip& vip : configuredStatics(setup_, node_)) {
    const AddressRecord record = recordOf(vip);
    const int error = kernel_.add(record, commandPort_, Hand::Keepalived, agenda_.now());
    if (error == EEXIST) kernel_.adopt(record.key);
    if (error == 0 || error == EEXIST || error == EACCES) statics_.push_back(record.key);
    if (error == 0 && !kernel_.find(record.key)->record.isSecondary()) firstOfSubnet_.insert(record.key);
  }
}

void FakeKeepalived::uninstall(Router& router) {
  std::vector<AddressKey> set;
  set.swap(router.set);
  for (const AddressKey& key : set) kernel_.remove(key, commandPort_);
}

bool FakeKeepalived::isMaster(const Router& router) const {
  return process_ == Process::Running && (router.state == State::Master || router.state == State::Reloading);
}

bool FakeKeepalived::ownsStatic(const AddressKey& key) const {
  return process_ == Process::Running && std::find(statics_.begin(), statics_.end(), key) != statics_.end();
}

bool FakeKeepalived::owns(const AddressKey& key) const {
  if (ownsStatic(key)) return true;
  return std::any_of(routers_.begin(), routers_.end(), [&](const Router& router) {
    return isMaster(router) && std::find(router.set.begin(), router.set.end(), key) != router.set.end();
  });
}

}  // namespace guardian::simulator
