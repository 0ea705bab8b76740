// A trace: what the core was told, in its order and at its instants, and the names of what it ordered. One JSON object
// a line:
//
//   {"trace":1,"version":"0.1.0","at":81234567890123,"date":1793000000000000,"port":4711,"whole":true,"settings":{...}}
//   {"at":81234567890999,"AddressVanished":{"record":{"key":"192.0.2.100/24%2",...},"origin":{"portId":77}},
//    "did":["Remember","AddAddress"]}
//   {"at":81234567999999,"left_out":1200,"why":"..."}
//
// `at` is CLOCK_MONOTONIC in nanoseconds, `date` the same as microseconds since 1970. A trace that is not `whole` has
// lost its beginning. It begins as a guardian's next life does: with lines that are `standing`: the ledger, what was
// known of sockets, units, addresses and keepalived, and its last answer. A guardian in its next life does not judge by
// what it saw in the former one, so its first decisions may differ from those that were recorded.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "guardian/core/decider.hpp"

namespace guardian::trace {

constexpr int kFormat = 1;

struct Entry {
  int line = 0;
  core::Instant at{};
  bool standing = false;
  std::optional<core::Event> event;  ///< unset: something was left out
  std::vector<std::string> did;      ///< names of the actions, as the daemon's core gave them
  std::uint64_t leftOut = 0;
  std::string why;
};

struct Trace {
  std::string version;
  core::Instant at{};
  std::int64_t date = 0;
  std::uint32_t port = 0;
  bool whole = true;
  core::Settings settings;
  std::vector<Entry> entries;
};

/// Says the line, and what is wrong with it.
struct BadTrace : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Throws BadTrace.
Trace readTrace(std::string_view text);

/// Tells it all to a core of its own.
class Player {
 public:
  explicit Player(const Trace& trace) : decider_(trace.settings, trace.port) {}

  /// Appends what follows. Nothing follows from what was left out.
  void play(const Entry& entry, core::Actions& out);

 private:
  core::Decider decider_;
  std::uint64_t asked_ = 0;  ///< the last question: an answer is to that one, as it is in the daemon
};

/// Whether the actions have these names. The timer and the status line, which change nothing, are not compared.
bool sameNames(const std::vector<std::string>& names, const core::Actions& actions);

}  // namespace guardian::trace
