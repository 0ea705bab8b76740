#include "cli/events.hpp"

#include <cstdio>
#include <cstring>
#include <string>

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

/// `--name VALUE` or `--name=VALUE`; moves `i` on.
bool takeValue(const char* name, int argc, char** argv, int& i, std::string& value) {
  const std::size_t length = std::strlen(name);
  if (std::strncmp(argv[i], name, length) != 0) return false;
  if (argv[i][length] == '=') {
    value = argv[i] + length + 1;
    return true;
  }
  if (argv[i][length] != '\0' || i + 1 >= argc) return false;
  value = argv[++i];
  return true;
}

Options readOptions(int argc, char** argv, bool ofEvents) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (takeValue("--directory", argc, argv, i, options.sources.directory) ||
        takeValue("--file", argc, argv, i, options.sources.stateFile))
      continue;
    if (ofEvents && takeValue("--since", argc, argv, i, options.since)) continue;
    if (argument == "--help")
      options.help = true;
    else if (ofEvents && argument == "--json")
      options.json = true;
    else if (ofEvents && (argument == "-f" || argument == "--follow"))
      options.follow = true;
    else if (!ofEvents && options.incident.empty() && !argument.empty() && argument[0] != '-')
      options.incident = argument;
    else
      options.complaint = "unexpected \"" + argument + "\"";
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
