// Incidents as the journal tells of them, and as they are told to people.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/status.hpp"
#include "guardian/core/overview.hpp"
#include "systemd/journal_reader.hpp"

namespace guardian::cli {

/// Nothing if the entry is about no incident.
std::optional<core::IncidentOverview> incidentOf(const systemd::JournalEntry& entry, const status::WallClock& clock);

/// Each once, with the last that was told of it, in the order of their beginnings.
class IncidentList {
 public:
  void add(core::IncidentOverview incident);
  void sort();
  const std::vector<core::IncidentOverview>& all() const { return incidents_; }
  /// Those whose id begins so.
  std::vector<const core::IncidentOverview*> named(const std::string& id) const;

 private:
  std::vector<core::IncidentOverview> incidents_;
};

/// Three lines: what, by whom, the timeline.
std::string eventText(const core::IncidentOverview& incident, const Screen& screen, const Moment& moment);

/// The story of one, in sentences.
std::string storyOf(const core::IncidentOverview& incident, const Screen& screen, const Moment& moment);

/// "2026-11-21", "2026-11-21 06:00[:30]", "06:00", "today", "yesterday", "2h", "-30min", "3 days": microseconds since
/// 1970; nothing if it is none of these.
std::optional<std::int64_t> readSince(const std::string& text, std::int64_t now);

/// What the journal knows, from `since` on (0: all), and what the state file remembers for those who may not read it.
struct Known {
  IncidentList incidents;
  std::string complaint;  ///< why the journal could not be read
};
struct Sources {
  std::string directory;  ///< of journal files; empty: this host's journal
  std::string stateFile;
};
Known knownIncidents(const Sources& sources, std::int64_t since, const status::WallClock& clock);

}  // namespace guardian::cli
