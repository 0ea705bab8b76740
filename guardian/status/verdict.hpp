// What a person or a monitoring system should make of the picture.
#pragma once

#include <string>
#include <vector>

#include "status/document.hpp"

namespace guardian::status {

/// As monitoring plugins have them: also the exit status.
enum class Level : int { Fine = 0, Degraded = 1, Critical = 2, Unknown = 3 };

struct Finding {
  Level level = Level::Fine;
  std::string text;  ///< a sentence: what is wrong, and what to do
};

struct Verdict {
  Level level = Level::Fine;
  std::vector<Finding> findings;  ///< the worst first
};

/// `alive`: the daemon that wrote it still runs.
Verdict judge(const Document& document, bool alive);

/// Where the addresses of an instance are right now: "this host", the address of another node, or "unknown".
std::string ownerOf(const core::InstanceOverview& instance);

const char* word(Level level);

}  // namespace guardian::status
