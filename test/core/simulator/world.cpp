#include "core/simulator/world.hpp"

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kStranger = 4711;

std::uint64_t stream(const Plan& plan, std::size_t node, std::uint64_t what) {
  return plan.seed * 977 + node * 31 + what * 0x10001;
}

}  // namespace

Node::Node(Agenda& agenda, Wire& wire, std::size_t index, const Plan& plan, Judge& judge, Chronicle& chronicle)
    : kernel([this](const Event& event) {
        keepalived.saw(event);
        hints.saw(event);
        daemon.notify(event);
      }),
      keepalived(agenda, kernel, wire, index, plan.setup, stream(plan, index, 1),
                 {[this, &agenda] {
                    agenda.after(500us, [this, id = keepalived.id()] {
                      if (keepalived.process() == FakeKeepalived::Process::Running && keepalived.id() == id)
                        daemon.deliver(KeepalivedStarted{id, keepalived.version(), keepalived.configuration()});
                    });
                  },
                  [this, &agenda] { agenda.after(300us, [this] { daemon.deliver(KeepalivedGone{}); }); },
                  [this, &agenda](const Advert& advert) {
                    if (!daemon.taps(advert.ifindex)) return;
                    agenda.after(50us, [this, advert] { daemon.deliver(OwnAdvert{advert}); });
                  },
                  [this](const FakeKeepalived::Router& router) { hints.changed(router); },
                  [&agenda, &chronicle, index](const std::string& text) { chronicle.say(agenda.now(), index, text); }}),
      bus(agenda, stream(plan, index, 2), [this](const Event& event) { daemon.deliver(event); }),
      networkd(agenda, kernel, bus, index, stream(plan, index, 3)),
      hints(agenda, plan.setup, stream(plan, index, 6), [this](const Event& event) { daemon.deliver(event); }),
      daemon(agenda, kernel, keepalived, index, plan.setup, stream(plan, index, 4), judge, chronicle) {
  kernel.setPromote(plan.setup.promoteSecondaries);
}

World::World(const Plan& plan, Options options)
    : plan_(plan), options_(options), wire_(agenda_, stream(plan, 9, 5)), judge_(agenda_, plan.setup) {
  chronicle_.wanted = options.chronicle;
  for (std::size_t i = 0; i < plan.setup.nodes; ++i) {
    nodes_.push_back(std::make_unique<Node>(agenda_, wire_, i, plan, judge_, chronicle_));
    Node& node = *nodes_.back();
    judge_.attach(node.kernel, node.keepalived, node.networkd, node.daemon);
    node.daemon.onRestart([this, &node] {
      Chance luck(node.daemon.steps());
      stopUnit(node, luck, true);
    });
    wire_.connect([&node](const Advert& advert) {
      if (!node.keepalived.listens()) return;  // nobody has joined the group
      Advert seen = advert;
      seen.ifindex = node.kernel.ifindex();
      node.keepalived.received(seen);
      node.daemon.deliver(ForeignAdvert{seen});
    });
  }
}

std::uint64_t World::steps() const {
  std::uint64_t steps = 0;
  for (const auto& node : nodes_) steps += node->daemon.steps();
  return steps;
}

std::map<std::string, World::Standing> World::addresses() const {
  std::map<std::string, Standing> found;
  for (std::size_t i = 0; i < nodes_.size(); ++i)
    for (const FakeKernel::Address& address : nodes_[i]->kernel.addresses())
      found["node " + std::to_string(i + 1) + ": " + describe(address.record.key)] = {
          i, nodes_[i]->keepalived.owns(address.record.key) || address.installer == Hand::Keepalived,
          nodes_[i]->networkd.isBase(address.record.key), address.installer == Hand::Stranger};
  return found;
}

void World::run(Duration length) {
  const Instant until = agenda_.now() + length;
  while (!judge_.violation() && agenda_.step(until)) judge_.look();
}

void World::play() {
  for (const auto& node : nodes_) {
    node->networkd.configure();
    node->keepalived.start();
    if (options_.guarded) node->daemon.begin();
  }
  if (plan_.setup.verifies)
    for (std::size_t i = 0; i < nodes_.size(); ++i) verifyAgain(*nodes_[i], Chance(stream(plan_, i, 7)));
  const Instant begin = agenda_.now();
  for (const Entry& entry : plan_.entries) {
    run(begin + entry.at - agenda_.now());
    if (judge_.violation()) return;
    chronicle_.say(agenda_.now(), entry.node, std::string("*** ") + name(entry.trouble));
    befall(entry);
    judge_.look();
  }
  run(10s);
  calmDown();
  run(45s);
  judge_.atRest();
}

void World::calmDown() {
  wire_.heal();
  for (const auto& node : nodes_) {
    node->bus.setSlow(false);
    node->bus.setGone(false);
    node->hints.calmDown();
    node->keepalived.setWeakened(false);
    if (node->keepalived.process() == FakeKeepalived::Process::Dead)
      node->keepalived.start();
    else if (node->keepalived.stale())
      node->keepalived.reload(false);
    node->networkd.configure();
    for (const Unit unit : {Unit::Keepalived, Unit::Networkd})
      node->bus.signal(1ms, UnitChanged{unit, ActiveState::Active, false});
  }
}

void World::verifyAgain(Node& node, Chance luck) {
  const Duration pause = luck.oneIn(2) ? luck.between(0ms, 20ms) : luck.between(20ms, 8s);
  after(pause, luck, [this, &node](Chance& rest) {
    node.daemon.deliver(VerifyRequested{});
    verifyAgain(node, rest);
  });
}

// ---- troubles ----

void World::removeOne(Node& node, Chance& luck) {
  std::vector<AddressKey> keys;
  for (const FakeKernel::Address& address : node.kernel.addresses())
    if (!node.networkd.isBase(address.record.key)) keys.push_back(address.record.key);
  if (!keys.empty()) node.kernel.remove(keys[luck.below(keys.size())], kStranger);
}

void World::removeAll(Node& node, Chance& luck) {
  std::vector<AddressKey> keys = node.kernel.keys();
  luck.shuffle(keys);
  for (const AddressKey& key : keys)
    if (!node.networkd.isBase(key)) node.kernel.remove(key, kStranger);
}

/// One of the virtual addresses, or the same with another prefix length, or one that is nobody's.
void World::addStrangers(Node& node, Chance& luck) {
  const std::vector<Instance> instances = configuredInstances(plan_.setup, false);
  const Instance& instance = instances[luck.below(instances.size())];
  const Vip& vip = instance.vips[luck.below(instance.vips.size())];
  AddressRecord record;
  record.key = {node.kernel.ifindex(), vip.address, vip.prefixLength};
  // An address owner's on another node: the kernel there would take the owner's adverts for its own, and drop them.
  const Node& first = *nodes_.front();
  if (&node != &first && first.networkd.isBase({first.kernel.ifindex(), vip.address, vip.prefixLength})) return;
  if (luck.oneIn(3)) record.key.prefixLength = static_cast<std::uint8_t>(vip.prefixLength - 1);
  if (luck.oneIn(3)) record.key = {node.kernel.ifindex(), *parseAddress("192.0.2.77"), 24};
  if (record.key.address.family == Family::IPv6) record.flags = address_flag::noDad;
  if (record.key.prefixLength == 128) record.preferred = 0;
  node.kernel.add(record, kStranger, Hand::Stranger, agenda_.now());
}

void World::stopUnit(Node& node, Chance& luck, bool throughUnit) {
  const Duration down = luck.oneIn(2) ? 1100ms : luck.between(1100ms, 6s);
  if (throughUnit) {
    node.bus.signal(0s, JobQueued{Unit::Keepalived});
    node.bus.signal(100us, UnitChanged{Unit::Keepalived, ActiveState::Deactivating, true});
    node.bus.signal(1050ms, UnitChanged{Unit::Keepalived, ActiveState::Inactive, true});
    node.bus.signal(down, UnitChanged{Unit::Keepalived, ActiveState::Active, false});
    node.bus.signal(down + 100us, JobFinished{Unit::Keepalived});
  }
  agenda_.after(luck.between(0ms, 3ms), [&node] { node.keepalived.stop(); });
  agenda_.after(down + 50ms, [&node] { node.keepalived.start(); });
}

void World::linkDown(Node& node, Chance& luck, Duration length) {
  const bool administratively = luck.oneIn(2);
  node.kernel.setLink(!administratively, false);
  if (!administratively && luck.oneIn(2))  // networkd up to 249 drops everything then
    node.networkd.run(Trouble::NetworkdReconfigure);
  agenda_.after(length, [this, &node] {
    node.kernel.setLink(true, true);
    agenda_.after(10ms, [&node] { node.networkd.configure(); });
  });
}

/// With what is left of its luck once the delay was drawn.
void World::after(Duration delay, const Chance& luck, std::function<void(Chance&)> deed) {
  agenda_.after(delay, [rest = luck, deed = std::move(deed)]() mutable { deed(rest); });
}

void World::befall(const Entry& entry) {
  Node& node = *nodes_[entry.node];
  Chance luck(entry.detail);
  switch (entry.trouble) {
    case Trouble::NetworkdRestart:
    case Trouble::NetworkdRestartAll:
    case Trouble::NetworkdReconfigure:
    case Trouble::NetworkdDhcp: return node.networkd.run(entry.trouble);
    case Trouble::StrangerRemovesOne: return removeOne(node, luck);
    case Trouble::StrangerRemovesAll: return removeAll(node, luck);
    case Trouble::StrangerFlushes:
      for (const AddressKey& key : node.kernel.keys()) node.kernel.remove(key, kStranger);
      return agenda_.after(luck.between(1ms, 2s), [&node] { node.networkd.configure(); });
    case Trouble::StrangerAdds: return addStrangers(node, luck);
    case Trouble::Stop: return stopUnit(node, luck, true);
    case Trouble::StopWithoutUnit: return stopUnit(node, luck, false);
    case Trouble::Kill:
      node.keepalived.kill();
      return agenda_.after(luck.oneIn(2) ? luck.between(1ms, 50ms) : luck.between(50ms, 5s),
                           [&node] { node.keepalived.start(); });
    case Trouble::Start: return node.keepalived.start();
    case Trouble::Reload:
    case Trouble::ReloadChanged:
      if (luck.oneIn(2)) {
        node.bus.signal(0s, UnitChanged{Unit::Keepalived, ActiveState::Reloading, true});
        node.bus.signal(3ms, UnitChanged{Unit::Keepalived, ActiveState::Active, false});
      }
      node.keepalived.reload(entry.trouble == Trouble::ReloadChanged);
      return agenda_.after(2ms, [&node] { node.daemon.deliver(ConfigurationRead{node.keepalived.configuration()}); });
    case Trouble::Hang: return node.keepalived.hang(luck.oneIn(2) ? luck.between(1ms, 200ms) : luck.between(200ms, 8s));
    case Trouble::Weaken: return node.keepalived.setWeakened(true);
    case Trouble::Strengthen: return node.keepalived.setWeakened(false);
    case Trouble::LinkFlap: return linkDown(node, luck, luck.between(1ms, 500ms));
    case Trouble::LinkDown: return linkDown(node, luck, luck.between(1s, 5s));
    case Trouble::Recreate:
      node.kernel.recreate();
      agenda_.after(10ms, [&node] { node.networkd.configure(); });
      if (luck.oneIn(2)) agenda_.after(luck.between(10ms, 9s), [&node] { node.keepalived.reload(false); });
      return;
    case Trouble::Partition:
    case Trouble::OneWay:
    case Trouble::LossyWire: return befallNetwork(entry, luck);
    case Trouble::StopDuringLoss:
      removeAll(node, luck);
      return after(luck.between(0ms, 8ms), luck, [this, &node](Chance& rest) { stopUnit(node, rest, rest.oneIn(2)); });
    case Trouble::TakeoverDuringLoss:
      node.keepalived.setWeakened(true);
      agenda_.after(8s, [&node] { node.keepalived.setWeakened(false); });
      return after(luck.between(0ms, 4s), luck, [this, &node](Chance& rest) { removeAll(node, rest); });
    case Trouble::HangThenLoss:
      node.keepalived.hang(luck.between(1s, 8s));
      return after(luck.between(0ms, 6s), luck, [this, &node](Chance& rest) { removeAll(node, rest); });
    case Trouble::RestartDuringStop:
      node.networkd.run(Trouble::NetworkdRestartAll);
      return after(luck.between(20ms, 90ms), luck,
                   [this, &node](Chance& rest) { stopUnit(node, rest, rest.oneIn(2)); });
    default: return befallGuardian(node, entry.trouble, luck);
  }
}

void World::befallNetwork(const Entry& entry, Chance& luck) {
  if (entry.trouble == Trouble::LossyWire)
    wire_.setLoss(2 + luck.below(3));
  else
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
      wire_.setBlocked(entry.node, other, true);
      if (entry.trouble == Trouble::Partition) wire_.setBlocked(other, entry.node, true);
    }
  agenda_.after(luck.between(100ms, 9s), [this] { wire_.heal(); });
}

void World::befallGuardian(Node& node, Trouble trouble, Chance& luck) {
  using Point = FakeDaemon::DeathPoint;
  switch (trouble) {
    case Trouble::EventsLost: return node.daemon.loseEvents(luck.between(10us, 5ms));
    case Trouble::BusGone:
      node.bus.setGone(true);
      return agenda_.after(luck.between(10ms, 5s), [&node] {
        node.bus.setGone(false);
        node.bus.signal(0s, UnitChanged{Unit::Networkd, ActiveState::Active, false});
      });
    case Trouble::BusSlow:
      node.bus.setSlow(true);
      return agenda_.after(luck.between(1s, 5s), [&node] {
        node.bus.setSlow(false);
        for (const Unit unit : {Unit::Keepalived, Unit::Networkd})
          node.bus.signal(400ms, UnitChanged{unit, ActiveState::Active, false});
      });
    case Trouble::Stall: return node.daemon.stall(luck.between(1ms, 300ms));
    case Trouble::ClockJump:
      node.daemon.jumpClock(luck.between(1s, 2h));
      if (luck.oneIn(2)) node.keepalived.clockJumped();
      return;
    case Trouble::KernelRefuses: return node.daemon.refuseOrders(luck.between(1ms, 3s));
    case Trouble::Crash: return node.daemon.die();
    case Trouble::CrashAtNote: return node.daemon.dieAt(Point::InNote);
    case Trouble::CrashAfterNote: return node.daemon.dieAt(Point::AfterNote);
    case Trouble::CrashAfterAdd: return node.daemon.dieAt(Point::AfterAdd);
    case Trouble::CleanStop: return node.daemon.stopCleanly();
    default: return;
  }
}

}  // namespace guardian::simulator
