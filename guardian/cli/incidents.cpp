#include "cli/incidents.hpp"

#include <unistd.h>
#include <ctime>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "status/status_file.hpp"
#include "status/words.hpp"
#include "systemd/journal.hpp"

namespace guardian::cli {
namespace {

std::optional<std::int64_t> numberIn(const systemd::JournalEntry& entry, const char* field) {
  const std::string text = entry.first(field);
  if (text.empty()) return std::nullopt;
  char* end = nullptr;
  const std::int64_t number = std::strtoll(text.c_str(), &end, 10);
  return *end == '\0' ? std::optional<std::int64_t>(number) : std::nullopt;
}

core::LossRecord lossOf(const std::string& vip) {
  core::LossRecord loss;
  const std::size_t slash = vip.find('/');
  if (const auto address = core::parseAddress(vip.substr(0, slash))) loss.address = *address;
  if (slash != std::string::npos)
    loss.prefixLength = static_cast<std::uint8_t>(std::strtol(vip.c_str() + slash + 1, nullptr, 10));
  return loss;
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text;
}

std::optional<std::int64_t> readRelative(const std::string& text, std::int64_t now) {
  const char* at = text.c_str() + (text[0] == '-' ? 1 : 0);
  char* end = nullptr;
  const long many = std::strtol(at, &end, 10);
  if (end == at || many < 0 || many > 3'000'000'000) return std::nullopt;  // as long as there are dates
  while (*end == ' ') ++end;
  const struct {
    const char* word;
    std::int64_t seconds;
  } units[] = {{"s", 1},       {"sec", 1},       {"min", 60},      {"m", 60},      {"h", 3600},
               {"hour", 3600}, {"hours", 3600},  {"d", 86400},     {"day", 86400}, {"days", 86400},
               {"w", 604800},  {"week", 604800}, {"weeks", 604800}};
  for (const auto& unit : units)
    if (std::strcmp(end, unit.word) == 0) return now - std::min(many * unit.seconds, now / 1000000) * 1000000;
  return std::nullopt;
}

/// Local time. What the format leaves open is taken from `base`.
std::optional<std::int64_t> readDate(const std::string& text, const char* format, const tm& base) {
  tm parts = base;
  const char* end = ::strptime(text.c_str(), format, &parts);
  if (end == nullptr || *end != '\0') return std::nullopt;
  parts.tm_isdst = -1;
  const time_t seconds = ::mktime(&parts);
  return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(std::int64_t{seconds} * 1000000);
}

}  // namespace

std::optional<std::int64_t> readSince(const std::string& text, std::int64_t now) {
  if (text.empty()) return std::nullopt;
  const time_t seconds = static_cast<time_t>(now / 1000000);
  tm midnight{};
  ::localtime_r(&seconds, &midnight);
  midnight.tm_hour = midnight.tm_min = midnight.tm_sec = 0;
  if (text == "now") return now;
  if (text == "today" || text == "yesterday") {
    midnight.tm_mday -= text == "yesterday" ? 1 : 0;
    midnight.tm_isdst = -1;
    return std::int64_t{::mktime(&midnight)} * 1000000;
  }
  if (const auto relative = readRelative(text, now)) return relative;
  for (const char* format : {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d", "%H:%M:%S", "%H:%M"})
    if (const auto date = readDate(text, format, midnight)) return date;
  return std::nullopt;
}

std::optional<core::IncidentOverview> incidentOf(const systemd::JournalEntry& entry, const status::WallClock& clock) {
  core::IncidentOverview incident;
  core::IncidentReport& report = incident.report;
  report.id = entry.first("VIPG_INCIDENT");
  if (report.id.empty()) return std::nullopt;
  report.instance = entry.first("VIPG_INSTANCE");
  report.outcome = status::valueOf(entry.first("VIPG_OUTCOME"), core::Outcome::Open);
  const bool back = report.outcome == core::Outcome::Repaired || report.outcome == core::Outcome::Returned;
  const core::Duration outage = status::sensibleLength(numberIn(entry, "VIPG_OUTAGE_USEC").value_or(0));
  const int times = static_cast<int>(numberIn(entry, "VIPG_TIMES_LOST").value_or(1));
  for (const std::string& vip : entry.all("VIPG_VIP")) {
    core::LossRecord loss = lossOf(vip);
    loss.interface = joined(entry.all("VIPG_INTERFACE"));
    loss.outage = outage;
    loss.timesLost = times;
    loss.reinstated = report.outcome == core::Outcome::Repaired ? times : 0;
    loss.back = back;
    loss.held = !entry.first("VIPG_HELD").empty();
    report.losses.push_back(std::move(loss));
  }
  for (const std::string& route : entry.all("VIPG_ROUTE")) report.routes.push_back({route, outage, times, back});
  report.remover = entry.first("VIPG_REMOVER");
  if (report.remover == "unknown") report.remover.clear();
  report.removerInferred = !entry.first("VIPG_REMOVER_INFERRED").empty();
  report.trigger = entry.first("VIPG_TRIGGER");
  report.evidence = entry.first("VIPG_EVIDENCE");
  report.waiting = entry.first("VIPG_WAITING");
  incident.over = report.outcome != core::Outcome::Open;
  incident.toldAt = clock.instant(entry.date);
  const core::Instant noticed =
      clock.instant(status::sensibleDate(numberIn(entry, "VIPG_NOTICED_USEC").value_or(entry.date)));
  const auto after = [&](const char* field) {
    const auto later = numberIn(entry, field);
    return later ? std::optional<core::Instant>(noticed + status::sensibleLength(*later)) : std::nullopt;
  };
  report.timeline = {noticed, after("VIPG_DECIDED_AFTER_USEC"), after("VIPG_ADDED_AFTER_USEC"),
                     after("VIPG_ANNOUNCED_AFTER_USEC"), after("VIPG_VERIFIED_AFTER_USEC")};
  return incident;
}

void IncidentList::add(core::IncidentOverview incident) {
  const auto known = std::find_if(incidents_.begin(), incidents_.end(),
                                  [&](const auto& one) { return one.report.id == incident.report.id; });
  if (known == incidents_.end())
    incidents_.push_back(std::move(incident));
  else
    *known = std::move(incident);
}

void IncidentList::sort() {
  std::stable_sort(incidents_.begin(), incidents_.end(),
                   [](const auto& a, const auto& b) { return a.report.timeline.noticed < b.report.timeline.noticed; });
}

std::vector<const core::IncidentOverview*> IncidentList::named(const std::string& id) const {
  std::vector<const core::IncidentOverview*> found;
  for (const core::IncidentOverview& incident : incidents_)
    if (incident.report.id.compare(0, id.size(), id) == 0) found.push_back(&incident);
  return found;
}

Known knownIncidents(const Sources& sources, std::int64_t since, const status::WallClock& clock) {
  Known known;
  auto journal = systemd::JournalReader::open(sources.directory);
  if (!journal) {
    known.complaint = journal.error().text();
  } else if (!journal.value().readsAnything()) {
    known.complaint = ::geteuid() == 0 ? "the journal has no entries"
                                       : "the journal may be read by root and the groups systemd-journal and adm only";
  } else {
    auto chosen = journal.value().only(systemd::incidentMessages());
    if (chosen) chosen = journal.value().seek(since);
    if (!chosen) known.complaint = chosen.error().text();
    while (const auto entry = journal.value().next())
      if (auto incident = incidentOf(*entry, clock)) known.incidents.add(std::move(*incident));
  }
  if (!known.complaint.empty())
    if (const auto state = status::readStatus(sources.stateFile, clock))
      for (const core::IncidentOverview& incident : state->overview.incidents)
        if (clock.date(incident.toldAt) >= since) known.incidents.add(incident);
  known.incidents.sort();
  return known;
}

}  // namespace guardian::cli
