#include "cli/events.hpp"

#include <cstdio>
#include <string>

#include "cli/arguments.hpp"
#include "cli/incidents.hpp"
#include "cli/usage.hpp"
#include "status/status_file.hpp"
#include "systemd/journal.hpp"

namespace guardian::cli {
namespace {

constexpr int kUnknown = 3;
constexpr const char* kEventsUsage =
    "Usage: vip-guardian events [--since TIME] [--json] [--follow] [--directory DIR]\n";
constexpr const char* kExplainUsage = "Usage: vip-guardian explain [INCIDENT] [--directory DIR]\n";

struct Options {
  std::string since;
  Sources sources{{}, status::kStatusFile};
  std::string incident;
  bool json = false;
  bool follow = false;
  bool help = false;
  std::string complaint;
};

Options readOptions(int argc, char** argv, bool ofEvents) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--help"))
      options.help = true;
    else if (const auto directory = arguments.valueOf({"--directory"}))
      options.sources.directory = *directory;
    else if (const auto file = arguments.valueOf({"--file"}))
      options.sources.stateFile = *file;
    else if (const auto since = ofEvents ? arguments.valueOf({"--since"}) : std::nullopt)
      options.since = *since;
    else if (ofEvents && arguments.is("--json"))
      options.json = true;
    else if (ofEvents && arguments.is("--follow", "-f"))
      options.follow = true;
    else if (!ofEvents && options.incident.empty() && arguments.isPlain())
      options.incident = arguments.text();
    else
      options.complaint = arguments.unexpected();
  }
  return options;
}

Moment momentNow() { return {std::chrono::steady_clock::now(), status::WallClock::now()}; }

void print(const core::IncidentOverview& incident, bool json, const Moment& moment) {
  const std::string text =
      json ? status::toJson(incident, moment.clock) + "\n" : eventText(incident, Screen::ofOutput(), moment);
  std::fputs(text.c_str(), stdout);
}

/// Each entry as it comes: an incident that lasts is told when it is opened and when it is over.
int follow(const Options& options, std::int64_t from) {
  auto journal = systemd::JournalReader::open(options.sources.directory);
  Result<Done> ready = journal ? journal.value().only(systemd::incidentMessages()) : Result<Done>(journal.error());
  if (ready) ready = journal.value().seek(from);
  if (!ready) {
    std::fprintf(stderr, "vip-guardian events: %s\n", ready.error().text().c_str());
    return kUnknown;
  }
  for (;;) {
    while (const auto entry = journal.value().next())
      if (const Moment moment = momentNow(); const auto incident = incidentOf(*entry, moment.clock))
        print(*incident, options.json, moment);
    if (std::fflush(stdout) != 0) return 0;  // nobody reads any more
    if (!journal.value().wait()) return kUnknown;
  }
}

}  // namespace

int events(int argc, char** argv) {
  Options options = readOptions(argc, argv, true);
  const Moment moment = momentNow();
  const std::int64_t now = moment.clock.date(moment.now);
  std::int64_t since = 0;
  if (!options.since.empty() && options.complaint.empty()) {
    const auto date = readSince(options.since, now);
    if (!date)
      options.complaint = "\"" + options.since + "\" is no time; write 2h, yesterday, 06:00 or \"2026-11-21 06:00\"";
    since = date.value_or(0);
  }
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian events: %s\n%s", options.complaint.c_str(), kEventsUsage);
    return kUsage;
  }
  if (options.help) return std::fputs(kEventsUsage, stdout) < 0 ? 1 : 0;

  const Known known = knownIncidents(options.sources, since, moment.clock);
  for (const core::IncidentOverview& incident : known.incidents.all()) print(incident, options.json, moment);
  if (!known.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian events: %s%s\n", known.complaint.c_str(),
                 known.incidents.all().empty() ? "" : "; these are the last ones, which the daemon remembers");
    if (known.incidents.all().empty() || options.follow) return kUnknown;
  }
  if (known.incidents.all().empty() && !options.json && !options.follow)
    std::puts("No incidents: nothing was lost, as far as the journal goes back.");
  return options.follow ? follow(options, now) : 0;
}

int explain(int argc, char** argv) {
  const Options options = readOptions(argc, argv, false);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian explain: %s\n%s", options.complaint.c_str(), kExplainUsage);
    return kUsage;
  }
  if (options.help) return std::fputs(kExplainUsage, stdout) < 0 ? 1 : 0;

  const Moment moment = momentNow();
  const Known known = knownIncidents(options.sources, 0, moment.clock);
  const auto found = known.incidents.named(options.incident);
  const std::string journal = known.complaint.empty() ? "" : " (" + known.complaint + ")";
  if (found.empty()) {
    if (options.incident.empty())
      std::fprintf(stderr, "vip-guardian explain: no incident is known%s\n", journal.c_str());
    else
      std::fprintf(stderr, "vip-guardian explain: no incident \"%s\" is known%s; vip-guardian events lists them\n",
                   options.incident.c_str(), journal.c_str());
    return kUnknown;
  }
  if (found.size() > 1 && !options.incident.empty()) {
    std::fprintf(stderr, "vip-guardian explain: \"%s\" is the beginning of %zu incidents; write more of it\n",
                 options.incident.c_str(), found.size());
    return kUnknown;
  }
  std::fputs(storyOf(*found.back(), Screen::ofOutput(), moment).c_str(), stdout);
  return 0;
}

}  // namespace guardian::cli
