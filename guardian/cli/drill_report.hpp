// What a drill has shown, for people and for programs. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.hpp"
#include "guardian/core/overview.hpp"

namespace guardian::cli {

/// What another host has seen that was asked from the address all the time.
struct ClientView {
  std::optional<core::Duration> gap;  ///< the longest; none: it has not answered since
  std::size_t lost = 0;               ///< of `sent`
  std::size_t sent = 0;
};

/// One removal. Times count from the order to remove.
struct DrillRound {
  std::optional<core::Duration> back;              ///< until the kernel told of its return
  std::optional<core::IncidentOverview> incident;  ///< the guardian's own account of it
  std::optional<ClientView> client;                ///< if somebody was asked
  std::string saved;                               ///< what the dead man did; empty: nothing had to be done
};

struct DrillSteps {
  std::optional<core::Duration> noticed;
  std::optional<core::Duration> back;
  std::optional<core::Duration> verified;
  std::optional<core::Duration> announced;
  std::optional<core::Duration> clientGap;  ///< a length, and no date
};
/// The guardian counts from when it noticed the loss. That its addition and the address' return are one and the same
/// ties its count to ours.
DrillSteps stepsOf(const DrillRound& round);

/// 0 the guardian put it back each time, and said so; 1 it is back, but by another hand, or without a word; 2 the
/// guardian did not put it back in time.
int statusOf(const std::vector<DrillRound>& rounds);

/// What is going to be done.
struct DrillPlan {
  std::string instance;
  std::string address;  ///< with its prefix length
  std::string interface;
  int repeat = 1;
  core::Duration deadline{};
  std::optional<core::IpAddress> probe;
};
/// For whoever is asked whether it may be.
std::string planText(const DrillPlan& plan, const Screen& screen);

/// "  2 of 5   back after 0.31 ms; noticed 0.08 ms, verified 0.9 ms, announced 1.0 ms"
std::string roundText(const DrillRound& round, std::size_t number, std::size_t of, const Screen& screen);
/// The table of several rounds, and the verdict.
std::string drillText(const std::vector<DrillRound>& rounds, const Screen& screen);
std::string drillJson(const std::string& instance, const std::string& address, const std::string& interface,
                      const std::vector<DrillRound>& rounds);

}  // namespace guardian::cli
