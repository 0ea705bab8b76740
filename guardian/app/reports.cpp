#include "app/reports.hpp"

#include <algorithm>
#include <set>

#include "guardian/core/wording.hpp"
#include "status/document.hpp"
#include "status/words.hpp"

namespace guardian::app {
namespace {

namespace id = systemd::message_id;
using status::WallClock;
using systemd::Level;

struct Style {
  Level level;
  std::string_view messageId;
};

Style styleOf(core::Outcome outcome) {
  switch (outcome) {
    case core::Outcome::Open: return {Level::Error, id::incidentOpened};
    case core::Outcome::Repaired: return {Level::Warning, id::incidentClosed};
    case core::Outcome::Returned: return {Level::Warning, id::incidentClosed};
    case core::Outcome::Withdrawn: return {Level::Warning, id::incidentWithdrawn};
    case core::Outcome::HandedOver: return {Level::Notice, id::incidentGivenUp};
    case core::Outcome::Observed: return {Level::Notice, id::incidentObserved};
  }
  return {Level::Error, id::failure};
}

Style styleOfRoutes(core::Outcome outcome) {
  switch (outcome) {
    case core::Outcome::Open: return {Level::Error, id::routesOpened};
    case core::Outcome::Withdrawn: return {Level::Warning, id::routesWithdrawn};
    case core::Outcome::Observed: return {Level::Notice, id::routesObserved};
    default: return {Level::Warning, id::routesClosed};
  }
}

Style styleOf(core::Notice::Kind kind) {
  using Kind = core::Notice::Kind;
  switch (kind) {
    case Kind::KeepalivedFound: return {Level::Info, id::keepalivedSeen};
    case Kind::KeepalivedGone: return {Level::Notice, id::keepalivedGone};
    case Kind::InstanceTaken: return {Level::Info, id::instanceGuarded};
    case Kind::InstanceLeft: return {Level::Info, id::instanceLeft};
    case Kind::BusLost: return {Level::Notice, id::busLost};
    case Kind::BusBack: return {Level::Info, id::busBack};
    case Kind::EventsLost: return {Level::Notice, id::eventsLost};
    case Kind::RankMended: return {Level::Notice, id::rankMended};
    case Kind::Restarting: return {Level::Warning, id::restarting};
    case Kind::Restarted: return {Level::Notice, id::restarted};
    case Kind::SettingsRead: return {Level::Info, id::settingsRead};
    case Kind::Paused: return {Level::Warning, id::paused};
    case Kind::Resumed: return {Level::Notice, id::resumed};
    case Kind::Stale: return {Level::Error, id::stale};
    case Kind::Stranger: return {Level::Warning, id::stranger};
    case Kind::Fight: return {Level::Error, id::fight};
    case Kind::GivenUp: return {Level::Alert, id::addressGivenUp};
    case Kind::HandedOver: return {Level::Alert, id::handedOver};
    case Kind::Unserved: return {Level::Error, id::unserved};
    case Kind::Doubt: return {Level::Warning, id::doubt};
    case Kind::Failure: return {Level::Error, id::failure};
  }
  return {Level::Error, id::failure};
}

const char* rungOf(core::Outcome outcome) {
  switch (outcome) {
    case core::Outcome::Repaired: return "reinstate";
    case core::Outcome::Withdrawn: return "withdraw";
    default: return "none";
  }
}

/// A date for the first, and how much later the others were.
void addTimeline(const core::Timeline& timeline, systemd::Fields& fields) {
  fields.emplace_back("VIPG_NOTICED_USEC", std::to_string(WallClock::now().date(timeline.noticed)));
  const auto after = [&](std::string_view name, const std::optional<core::Instant>& at) {
    if (!at) return;
    const auto later = std::chrono::duration_cast<std::chrono::microseconds>(*at - timeline.noticed);
    fields.emplace_back(name, std::to_string(later.count()));
  };
  after("VIPG_DECIDED_AFTER_USEC", timeline.decided);
  after("VIPG_ADDED_AFTER_USEC", timeline.added);
  after("VIPG_VERIFIED_AFTER_USEC", timeline.verified);
  after("VIPG_ANNOUNCED_AFTER_USEC", timeline.announced);
}

}  // namespace

void write(systemd::Journal& journal, const core::IncidentReport& report) {
  systemd::Fields fields{{"VIPG_INCIDENT", report.id},
                         {"VIPG_OUTCOME", status::word(report.outcome)},
                         {"VIPG_INSTANCE", report.instance},
                         {"VIPG_RUNG", rungOf(report.outcome)}};
  core::Duration longest{};
  int times = 1;
  bool held = false;
  std::set<std::string> interfaces;
  for (const core::LossRecord& loss : report.losses) {
    fields.emplace_back("VIPG_VIP", core::toString(loss.address) + "/" + std::to_string(loss.prefixLength));
    if (interfaces.insert(loss.interface).second) fields.emplace_back("VIPG_INTERFACE", loss.interface);
    longest = std::max(longest, loss.outage);
    times = std::max(times, loss.timesLost);
    held = held || loss.held;
  }
  for (const core::RouteLossRecord& loss : report.routes) {
    fields.emplace_back("VIPG_ROUTE", loss.name);
    longest = std::max(longest, loss.outage);
    times = std::max(times, loss.timesLost);
  }
  const auto outage = std::chrono::duration_cast<std::chrono::microseconds>(longest).count();
  // An opening entry knows no outage yet: the field marks the closing one.
  if (report.outcome != core::Outcome::Open) fields.emplace_back("VIPG_OUTAGE_USEC", std::to_string(outage));
  fields.emplace_back("VIPG_REMOVER", report.remover.empty() ? "unknown" : report.remover);
  if (report.removerInferred) fields.emplace_back("VIPG_REMOVER_INFERRED", "yes");
  if (!report.trigger.empty()) fields.emplace_back("VIPG_TRIGGER", report.trigger);
  if (!report.evidence.empty()) fields.emplace_back("VIPG_EVIDENCE", report.evidence);
  if (!report.waiting.empty() && report.outcome == core::Outcome::Open)
    fields.emplace_back("VIPG_WAITING", report.waiting);
  if (times > 1) fields.emplace_back("VIPG_TIMES_LOST", std::to_string(times));
  if (held) fields.emplace_back("VIPG_HELD", "yes");
  addTimeline(report.timeline, fields);
  const Style style = report.losses.empty() ? styleOfRoutes(report.outcome) : styleOf(report.outcome);
  journal.write(style.level, style.messageId, core::describe(report), fields);
}

void write(systemd::Journal& journal, const core::Notice& notice) {
  systemd::Fields fields;
  if (!notice.instance.empty()) fields.emplace_back("VIPG_INSTANCE", notice.instance);
  const Style style = styleOf(notice.kind);
  journal.write(style.level, style.messageId, notice.text, fields);
}

void sayRefused(systemd::Journal& journal, const std::string& why) {
  journal.write(Level::Error, id::configurationRefused, why + "; the configuration of before holds on");
}

void sayTraceWritten(systemd::Journal& journal, const std::string& path) {
  journal.write(Level::Info, id::traceWritten, "the last minutes are written to " + path, {{"VIPG_TRACE", path}});
}

void sayNotServed(systemd::Journal& journal, const std::string& why) {
  journal.write(Level::Notice, id::notServed, why + "; vip-guardian is not to be seen there, and goes on all the same");
}

void sayStarted(systemd::Journal& journal) {
  journal.write(Level::Info, id::guardianStarted, "vip-guardian " VIP_GUARDIAN_VERSION " started");
}

void sayStopped(systemd::Journal& journal) { journal.write(Level::Info, id::guardianStopped, "vip-guardian stopped"); }

}  // namespace guardian::app
