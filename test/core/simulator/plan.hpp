// What a history is made from: the world as it begins, and the troubles that befall it, each with its time. A plan
// follows from its seed; any part of its troubles makes a plan as well, which is what shrinking needs.
#pragma once

#include <string>
#include <vector>

#include "core/simulator/agenda.hpp"

namespace guardian::simulator {

enum class Trouble : std::uint8_t {
  // networkd
  NetworkdRestart,      ///< as 247 does it: the base address stays
  NetworkdRestartAll,   ///< as 237 and 252 do it: the base address goes too, in random order
  NetworkdReconfigure,  ///< as 247 does it: two bursts, no unit signal
  NetworkdDhcp,         ///< the base address is away for longer
  // other hands on the addresses
  StrangerRemovesOne,
  StrangerRemovesAll,
  StrangerFlushes,
  StrangerAdds,
  // keepalived
  Stop,
  StopWithoutUnit,
  Kill,
  Start,
  Reload,
  ReloadChanged,
  Hang,
  Weaken,
  Strengthen,
  // the interface
  LinkFlap,
  LinkDown,
  Recreate,
  // the wire
  Partition,
  OneWay,
  LossyWire,
  // the guardian's own senses and life
  EventsLost,
  BusGone,
  BusSlow,
  Stall,
  ClockJump,
  KernelRefuses,  ///< half of what the guardian asks of the kernel
  Crash,
  CrashAtNote,
  CrashAfterNote,
  CrashAfterAdd,
  CleanStop,
  // what comes together in the field
  StopDuringLoss,
  TakeoverDuringLoss,
  HangThenLoss,
  RestartDuringStop,
  kCount
};

struct Entry {
  Duration at{};
  Trouble trouble = Trouble::Stop;
  std::size_t node = 0;
  std::uint64_t detail = 0;  ///< the trouble's own luck
};

enum class Flavour : std::uint8_t {
  Old,      ///< 1.3.9: a window before the installation, deaf to losses
  Deaf,     ///< 2.x that is told not to look: no window
  Hearing,  ///< 2.x: answers a loss by a new election
};

/// In these worlds a restart is cheaper than in ours, so that histories see some.
constexpr Duration kRestartInterval = std::chrono::seconds(10);
constexpr int kMostRestarts = 2;

/// What the world can do; tests of single invariants restrict it.
struct Setup {
  std::size_t nodes = 1;
  Flavour flavour = Flavour::Old;
  bool promoteSecondaries = false;
  bool sharedVip = false;  ///< one address in two instances
  bool syncGroup = false;
  bool addressOwner = false;  ///< the base address of the first node is virtual as well, there with priority 255
  bool askFirst = false;
  bool observe = false;
  bool restart = false;      ///< the policy: leave what is lost, and restart keepalived
  bool mayRestart = false;   ///< where that is needed
  bool withoutPeer = false;  ///< also where no peer was heard
  bool nopreempt = false;
  bool rootBlocks = false;  ///< keepalived has addresses on each node whatever its roles
  bool verifies = false;    ///< somebody orders `verify`, again and again
  bool strongPeer = false;  ///< a peer of priority 250: it takes over 23 ms after a farewell
  int judged = 0;           ///< the only invariant that is judged; 0: all of them
};

struct Plan {
  std::uint64_t seed = 0;
  Setup setup;
  std::vector<Entry> entries;
};

/// `gentle`: nothing that ends mastership or the knowledge of it.
Plan makePlan(std::uint64_t seed, bool gentle);

const char* name(Trouble trouble);
std::string describe(const Plan& plan);

}  // namespace guardian::simulator
