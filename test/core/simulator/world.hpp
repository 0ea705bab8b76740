// One to three nodes, each with its kernel, networkd, keepalived and guardian, on one wire and one virtual clock.
#pragma once

#include <memory>

#include "core/simulator/fake_hints.hpp"
#include "core/simulator/invariants.hpp"

namespace guardian::simulator {

struct Node {
  Node(Agenda& agenda, Wire& wire, std::size_t index, const Plan& plan, Judge& judge, Chronicle& chronicle);

  FakeKernel kernel;
  FakeKeepalived keepalived;
  FakeBus bus;
  FakeNetworkd networkd;
  FakeHints hints;
  FakeDaemon daemon;
};

class World {
 public:
  struct Options {
    bool guarded = true;
    bool chronicle = false;
  };
  World(const Plan& plan, Options options);

  void play();

  const std::optional<Violation>& violation() const { return judge_.violation(); }
  const Judge& judge() const { return judge_; }
  const Chronicle& chronicle() const { return chronicle_; }
  std::uint64_t steps() const;
  struct Standing {
    std::size_t node;
    bool keepalived;  ///< a master owns it, or one of before did and left it there
    bool base;
    bool strangers;  ///< another hand put it there: its success depends on what it found
  };
  /// Which nodes have which addresses, by their text.
  std::map<std::string, Standing> addresses() const;

 private:
  void run(Duration length);
  void befall(const Entry& entry);
  void befallNetwork(const Entry& entry, Chance& luck);
  void befallGuardian(Node& node, Trouble trouble, Chance& luck);
  void after(Duration delay, const Chance& luck, std::function<void(Chance&)> deed);
  void removeAll(Node& node, Chance& luck);
  void removeOne(Node& node, Chance& luck);
  void addStrangers(Node& node, Chance& luck);
  void stopUnit(Node& node, Chance& luck, bool throughUnit);
  void linkDown(Node& node, Chance& luck, Duration length);
  void calmDown();
  void verifyAgain(Node& node, Chance luck);

  Plan plan_;
  Options options_;
  Agenda agenda_;
  Wire wire_;
  Judge judge_;
  Chronicle chronicle_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace guardian::simulator
