#include "core/simulator/plan.hpp"

#include <cstdio>

namespace guardian::simulator {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostTroubles = 28;

const char* const kNames[] = {"networkd restarts",
                              "networkd restarts, base address too",
                              "networkd reconfigures",
                              "networkd with DHCP",
                              "a stranger removes one",
                              "a stranger removes all",
                              "a stranger flushes",
                              "a stranger adds one",
                              "keepalived stops",
                              "keepalived gets SIGTERM",
                              "keepalived is killed",
                              "keepalived starts",
                              "keepalived reloads",
                              "keepalived reloads with other addresses",
                              "keepalived hangs",
                              "keepalived is weakened",
                              "keepalived is strengthened",
                              "the link flaps",
                              "the link is down",
                              "the interface is recreated",
                              "partition",
                              "one-way loss",
                              "lossy wire",
                              "notifications are lost",
                              "the bus is gone",
                              "the bus is slow",
                              "the guardian is stalled",
                              "the clock jumps",
                              "the kernel refuses orders",
                              "the guardian dies",
                              "the guardian dies writing a note",
                              "the guardian dies between note and addition",
                              "the guardian dies between addition and acknowledgement",
                              "the guardian is restarted",
                              "keepalived stops during a loss",
                              "a peer takes over during a loss",
                              "keepalived hangs, then a loss",
                              "networkd restarts while keepalived stops"};
static_assert(sizeof kNames / sizeof *kNames == static_cast<std::size_t>(Trouble::kCount), "one name each");

bool isGentle(Trouble trouble) {
  switch (trouble) {
    case Trouble::StrangerAdds:
    case Trouble::Stop:
    case Trouble::StopWithoutUnit:
    case Trouble::Kill:
    case Trouble::ReloadChanged:
    case Trouble::Weaken:
    case Trouble::Strengthen:
    case Trouble::LinkDown:
    case Trouble::Recreate:
    case Trouble::Partition:
    case Trouble::OneWay:
    case Trouble::LossyWire:
    case Trouble::StopDuringLoss:
    case Trouble::TakeoverDuringLoss:
    case Trouble::RestartDuringStop: return false;
    default: return true;
  }
}

}  // namespace

const char* name(Trouble trouble) { return kNames[static_cast<std::size_t>(trouble)]; }

Plan makePlan(std::uint64_t seed, bool gentle) {
  Chance chance(seed * 0x5851f42d4c957f2dULL + 1);
  Plan plan;
  plan.seed = seed;
  plan.setup.nodes = gentle ? 1 : 1 + chance.below(3);
  plan.setup.flavour = gentle || !chance.oneIn(8) ? (chance.oneIn(3) ? Flavour::Deaf : Flavour::Old) : Flavour::Hearing;
  plan.setup.promoteSecondaries = chance.oneIn(2);
  plan.setup.sharedVip = chance.oneIn(4);
  plan.setup.syncGroup = chance.oneIn(4);
  // 2.x takes what it is to own off the host when it starts.
  plan.setup.addressOwner = chance.oneIn(4) && plan.setup.flavour == Flavour::Old;
  plan.setup.askFirst = chance.oneIn(6);
  plan.setup.observe = !gentle && chance.oneIn(16);
  plan.setup.restart = !gentle && chance.oneIn(8);
  plan.setup.mayRestart = !gentle && chance.oneIn(4);
  plan.setup.withoutPeer = chance.oneIn(2);
  plan.setup.nopreempt = chance.oneIn(4);
  plan.setup.strongPeer = chance.oneIn(3);

  Duration at = 6s;  // the first election is over
  const std::size_t troubles = 4 + chance.below(kMostTroubles - 4);
  while (plan.entries.size() < troubles) {
    Entry entry;
    entry.trouble = static_cast<Trouble>(chance.below(static_cast<std::size_t>(Trouble::kCount)));
    // The master's troubles are the interesting ones, and the first node is the strongest.
    entry.node = chance.oneIn(3) ? chance.below(plan.setup.nodes) : 0;
    entry.detail = chance.next();
    // Half of all troubles come on the heels of another.
    at += chance.oneIn(2)   ? chance.between(0ms, 30ms)
          : chance.oneIn(2) ? chance.between(0ms, 500ms)
                            : chance.between(0ms, 6s);
    entry.at = at;
    if (!gentle || isGentle(entry.trouble)) plan.entries.push_back(entry);
  }
  plan.setup.rootBlocks = chance.oneIn(4);
  plan.setup.verifies = chance.oneIn(4);
  return plan;
}

std::string describe(const Plan& plan) {
  static const char* const flavours[] = {"1.3.9", "2.x, deaf", "2.x"};
  std::string text = "seed " + std::to_string(plan.seed) + ": " + std::to_string(plan.setup.nodes) +
                     " node(s), keepalived " + flavours[static_cast<int>(plan.setup.flavour)] +
                     ", promote_secondaries " + (plan.setup.promoteSecondaries ? "1" : "0") +
                     (plan.setup.sharedVip ? ", shared address" : "") + (plan.setup.syncGroup ? ", sync group" : "") +
                     (plan.setup.addressOwner ? ", address owner" : "") +
                     (plan.setup.askFirst ? ", asking first" : "") + (plan.setup.observe ? ", observing" : "") +
                     (plan.setup.restart ? ", policy restart" : "") + (plan.setup.mayRestart ? ", may restart" : "") +
                     (plan.setup.withoutPeer ? ", without a peer" : "") + (plan.setup.nopreempt ? ", nopreempt" : "") +
                     (plan.setup.strongPeer ? ", strong peer" : "") + (plan.setup.rootBlocks ? ", root blocks" : "") +
                     (plan.setup.verifies ? ", verified" : "") + "\n";
  for (const Entry& entry : plan.entries) {
    char line[160];
    std::snprintf(line, sizeof line, "  %12.6f s  node %zu: %s (%llu)\n",
                  std::chrono::duration<double>(entry.at).count(), entry.node + 1, name(entry.trouble),
                  static_cast<unsigned long long>(entry.detail % 1000));
    text += line;
  }
  return text;
}

}  // namespace guardian::simulator
