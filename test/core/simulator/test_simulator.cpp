// Random histories of one to three nodes, judged at every step.
//
//   SIMULATOR_SEEDS=3000000  that many histories, for a night
//   SIMULATOR_FIRST=100001   beginning with this one
//   SIMULATOR_SEED=4711      one history, told in full
//   SIMULATOR_INVARIANT=2    only this one is judged; the cases that can break it have it as a tag
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <catch2/catch.hpp>

#include "core/simulator/shrink.hpp"
#include "core/simulator/world.hpp"

#ifndef SIMULATOR_DEFAULT_SEEDS
#define SIMULATOR_DEFAULT_SEEDS 1000
#endif

using namespace guardian::simulator;

namespace {

std::uint64_t number(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

const std::uint64_t kSeeds = number("SIMULATOR_SEEDS", SIMULATOR_DEFAULT_SEEDS);
const std::uint64_t kFirst = number("SIMULATOR_FIRST", 1);

Plan planned(std::uint64_t seed, bool gentle) {
  Plan plan = makePlan(seed, gentle);
  plan.setup.judged = static_cast<int>(number("SIMULATOR_INVARIANT", 0));
  return plan;
}

std::string verdict(const Violation& violation) {
  return "invariant " + std::to_string(violation.invariant) + ": " + violation.text;
}

bool breaks(const Plan& plan, int invariant) {
  World world(plan, {});
  world.play();
  return world.violation() && world.violation()->invariant == invariant;
}

/// The shortest history that breaks the same invariant, told in full.
std::string account(const Plan& plan, const Violation& violation) {
  const Plan shortest = shrink(plan, [&](const Plan& candidate) { return breaks(candidate, violation.invariant); });
  World world(shortest, {true, true});
  world.play();
  return verdict(*world.violation()) + "\n" + describe(shortest) + world.chronicle().text;
}

struct Totals {
  std::uint64_t histories = 0;
  std::uint64_t steps = 0;
  std::uint64_t additions = 0;
  std::uint64_t restarts = 0;
  guardian::core::Duration twice{};
  guardian::core::Duration longest{};

  void add(const World& world) {
    ++histories;
    steps += world.steps();
    additions += world.judge().additions();
    restarts += world.judge().restarts();
    twice += world.judge().twice();
    longest = std::max(longest, world.judge().longestStay());
  }
};

void playMany(std::uint64_t count, bool gentle) {
  using Clock = std::chrono::steady_clock;
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const std::uint64_t only = number("SIMULATOR_SEED", 0);
  const std::uint64_t first = only != 0 ? only : kFirst;
  const auto begin = Clock::now();
  Totals totals;
  for (std::uint64_t seed = first; seed < first + (only != 0 ? 1 : count); ++seed) {
    const Plan plan = planned(seed, gentle);
    World world(plan, {true, only != 0});
    world.play();
    totals.add(world);
    if (only != 0) std::cout << describe(plan) << world.chronicle().text;
    if (!world.violation()) continue;
    std::cout << account(plan, *world.violation());  // whole, where Catch2 would break its lines
    FAIL(verdict(*world.violation()) << "; replay with SIMULATOR_SEED=" << seed);
  }
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  std::printf(
      "%llu histories, %llu steps (%.0f a second), %llu additions, %llu restarts; unanswered for at most %.1f ms, on "
      "two nodes for "
      "%.1f ms in all\n",
      static_cast<unsigned long long>(totals.histories), static_cast<unsigned long long>(totals.steps),
      static_cast<double>(totals.steps) / seconds, static_cast<unsigned long long>(totals.additions),
      static_cast<unsigned long long>(totals.restarts), Milliseconds(totals.longest).count(),
      Milliseconds(totals.twice).count());
}

}  // namespace

TEST_CASE("whatever happens to one, two or three nodes, no invariant is broken", "[1][2][3][4][5][8][9][10][11]") {
  playMany(kSeeds, false);
}

TEST_CASE("what does not touch keepalived's mastership ends with every address back", "[1][2][3][4][5][9][11]") {
  playMany(kSeeds / 2, true);
}

TEST_CASE("the same events at the same instants give the same orders", "[6]") {
  for (std::uint64_t seed = kFirst; seed < kFirst + kSeeds / 20; ++seed) {
    const Plan plan = planned(seed, false);
    World first(plan, {});
    World second(plan, {});
    first.play();
    second.play();
    if (first.chronicle().print == second.chronicle().print) continue;
    std::cout << "invariant 6: two plays of one history differ\n" << describe(plan);
    FAIL("seed " << seed);
  }
}

TEST_CASE("a host with a guardian ends as one without, but for what keepalived owns", "[7]") {
  for (std::uint64_t seed = kFirst; seed < kFirst + kSeeds / 4; ++seed) {
    const Plan plan = planned(seed, false);
    World with(plan, {});
    World without(plan, {false, false});
    with.play();
    without.play();
    const auto expected = without.addresses();
    const auto found = with.addresses();
    std::string difference;
    // Without a guardian keepalived's removals may take the host's own addresses along; no guardian may do it.
    for (const auto& [address, standing] : found)
      if (!standing.keepalived && !standing.strangers && !standing.base && expected.count(address) == 0)
        difference += address + " is only there because of a guardian\n";
    for (const auto& [address, standing] : expected)
      if (standing.base && found.count(address) == 0 && !with.judge().toldOfRank(standing.node))
        difference += address + " is gone because of a guardian\n";
    if (difference.empty()) continue;
    std::cout << "invariant 7: " << difference << describe(plan);
    FAIL("seed " << seed);
  }
}
