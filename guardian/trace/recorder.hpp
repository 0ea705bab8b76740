// Records what the core is told, in a little memory: the last minutes, and as much of the past as a guardian's next
// life would be told at its start. Used by the composition root on its one thread. Pure: it is handed the time.
//
// Between a loss and its repair nobody has time for a trace: record() moves the event away and no more, digest() makes
// text of it when nothing else is to be done. The text is kept in two parts; when the second is full the first is
// forgotten, and the second begins with what was standing then (see trace.hpp). It begins at a snapshot of the
// addresses, of which there is one a minute, so that none has to be remembered.
//
// A hundred thousand foreign events a second must cost next to nothing: of a row of events from which nothing followed,
// only the first and the last few are kept, and the others counted. A list of more than kBulky things is left out.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "guardian/core/action.hpp"
#include "guardian/core/ledger.hpp"

namespace guardian::trace {

/// Half of what a Recorder remembers.
struct Part {
  core::Instant at{};
  bool whole = true;
  core::Settings settings;
  std::string standing;
  std::string lines;
};

class Recorder {
 public:
  static constexpr std::size_t kPart = 96 * 1024;   ///< from here on the next snapshot begins a new part
  static constexpr std::size_t kMost = 128 * 1024;  ///< of one part, whatever comes
  static constexpr std::size_t kRow = 32;           ///< kept at either end of a row from which nothing follows
  static constexpr std::size_t kBulky = 512;
  static constexpr std::size_t kFresh = 1024;    ///< events that wait to become text
  static constexpr std::size_t kStanding = 256;  ///< facts

  Recorder(std::string version, core::Settings settings, std::uint32_t ownPort);

  /// After the actions were carried out.
  void record(core::Event&& event, core::Instant at, const core::Actions& actions);
  /// There is something to digest.
  bool hasFresh() const { return !fresh_.empty(); }
  void digest();
  /// The trace, of all that was recorded. `ahead`: how far the clock of dates, from 1970 on, is before CLOCK_MONOTONIC.
  std::string text(std::chrono::microseconds ahead);

 private:
  struct Fresh {
    core::Event event;
    core::Instant at{};
    std::string did;            ///< the actions' indices in core::Action, a byte each
    std::uint64_t leftOut = 0;  ///< so many before it
    std::string ledger;         ///< of a snapshot that begins a part: what the ledger said then, in JSON
  };
  /// In the order in which a new life is told.
  enum class Standing : std::uint8_t {
    Ledger,
    Pause,
    NetworkdSocket,
    Socket,
    Bus,
    Unit,
    NetworkdName,
    Snapshot,
    LinkSetup,
    Keepalived,
    Configuration,
    Edited,
    Answer,
    Routes,
    RouteChange
  };

  static bool isQuiet(const core::Event& event, const core::Actions& actions);
  void endRow();
  void digest(Fresh& fresh);
  void begin(const Fresh& first);
  void append(const std::string& line);
  void keep(const core::Event& event);
  void stand(Standing rank, std::uint64_t which, const std::string& json) { standing_[{rank, which}] = json; }
  void forget(Standing rank);

  std::string version_;
  core::Settings settings_;
  std::uint32_t ownPort_;
  core::Ledger ledger_;
  std::deque<Fresh> fresh_;
  std::vector<Fresh> row_;  ///< the last of a long row, as a ring
  std::size_t rowNext_ = 0;
  std::size_t rowLength_ = 0;
  std::uint64_t rowLeftOut_ = 0;
  std::map<std::pair<Standing, std::uint64_t>, std::string> standing_;
  std::uint64_t routeChanges_ = 0;
  std::optional<Part> former_;
  std::optional<Part> part_;
};

}  // namespace guardian::trace
