// The runtime state file: the core's picture, with dates, as JSON that anybody may read. The daemon writes it, and at
// its next start in the same boot reads what a former life left; `vip-guardian status` and `metrics` read it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "guardian/core/overview.hpp"

namespace guardian::status {

/// Between the core's instants and dates. Dates are microseconds since 1970, as the journal has them.
class WallClock {
 public:
  explicit WallClock(std::chrono::microseconds ahead) : ahead_(ahead) {}
  static WallClock now();

  std::int64_t date(core::Instant at) const;
  core::Instant instant(std::int64_t date) const;
  /// Whether somebody has set the clock in between. That it is slewed is no matter.
  bool agrees(const WallClock& other) const;

 private:
  std::chrono::microseconds ahead_;  ///< of CLOCK_MONOTONIC
};

/// What others wrote, in microseconds, cut to what can be true, so that no arithmetic overflows: a date of this century
/// (up to 2065), and no more than ten years.
std::int64_t sensibleDate(std::int64_t date);
std::chrono::microseconds sensibleLength(std::int64_t length);

struct Process {
  int pid = 0;              ///< 0: there is none
  std::uint64_t start = 0;  ///< clock ticks since boot: tells a reused process id
  core::Instant since{};
};

struct Document {
  std::string version;
  Process guardian;
  Process keepalived;
  core::Overview overview;
};

std::string toJson(const Document& document, const WallClock& clock);
/// One of its incidents alone.
std::string toJson(const core::IncidentOverview& incident, const WallClock& clock);
/// What is missing keeps its default; nullopt: this is no such text.
std::optional<Document> fromJson(const std::string& text, const WallClock& clock);

}  // namespace guardian::status
