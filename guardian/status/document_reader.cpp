#include <algorithm>
#include <cstdlib>

#include <nlohmann/json.hpp>

#include "status/document.hpp"
#include "status/words.hpp"

namespace guardian::status {
namespace {

using nlohmann::json;

/// One object, whose members may be missing or of another kind.
class Members {
 public:
  Members(const json& object, const WallClock& clock) : object_(object), clock_(clock) {}

  std::string text(const char* key) const {
    const json* found = find(key);
    return found != nullptr && found->is_string() ? found->get<std::string>() : std::string();
  }
  bool yes(const char* key, bool otherwise = false) const {
    const json* found = find(key);
    return found != nullptr && found->is_boolean() ? found->get<bool>() : otherwise;
  }
  std::int64_t number(const char* key) const { return optionalNumber(key).value_or(0); }
  std::uint64_t count(const char* key) const {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(number(key), 0));
  }
  int small(const char* key) const { return static_cast<int>(number(key)); }
  core::Duration length(const char* key) const { return optionalLength(key).value_or(core::Duration{}); }
  std::optional<core::Duration> optionalLength(const char* key) const {
    const auto found = optionalNumber(key);
    return found ? std::optional<core::Duration>(sensibleLength(*found)) : std::nullopt;
  }
  std::optional<core::Instant> optionalDate(const char* key) const {
    const auto found = optionalNumber(key);
    return found ? std::optional<core::Instant>(clock_.instant(sensibleDate(*found))) : std::nullopt;
  }
  core::Instant date(const char* key) const { return optionalDate(key).value_or(core::Instant{}); }
  std::optional<core::Instant> after(core::Instant start, const char* key) const {
    const auto found = optionalLength(key);
    return found ? std::optional<core::Instant>(start + *found) : std::nullopt;
  }
  Members object(const char* key) const {
    const json* found = find(key);
    return Members(found != nullptr && found->is_object() ? *found : kNothing(), clock_);
  }
  bool has(const char* key) const { return find(key) != nullptr; }

  template <class Each> void each(const char* key, const Each& take) const {
    const json* found = find(key);
    if (found == nullptr || !found->is_array()) return;
    for (const json& element : *found)
      if (element.is_object()) take(Members(element, clock_));
  }

 private:
  static const json& kNothing() {
    static const json nothing = json::object();
    return nothing;
  }
  const json* find(const char* key) const {
    const auto found = object_.find(key);
    return found == object_.end() ? nullptr : &*found;
  }
  std::optional<std::int64_t> optionalNumber(const char* key) const {
    const json* found = find(key);
    return found != nullptr && found->is_number_integer() ? std::optional<std::int64_t>(found->get<std::int64_t>())
                                                          : std::nullopt;
  }

  const json& object_;
  const WallClock& clock_;
};

/// "192.0.2.100/24"
bool readPrefix(const std::string& text, core::IpAddress& address, std::uint8_t& prefixLength) {
  const std::size_t slash = text.find('/');
  const auto parsed = core::parseAddress(text.substr(0, slash));
  if (!parsed || slash == std::string::npos) return false;
  address = *parsed;
  const long length = std::strtol(text.c_str() + slash + 1, nullptr, 10);
  prefixLength =
      static_cast<std::uint8_t>(std::min(std::max(length, 0L), static_cast<long>(core::fullLength(address.family))));
  return true;
}

core::Version readVersion(const std::string& text) {
  core::Version version;
  const char* at = text.c_str();
  for (int* part : {&version.major, &version.minor, &version.patch}) {
    char* end = nullptr;
    *part = static_cast<int>(std::strtol(at, &end, 10));
    at = *end == '.' ? end + 1 : end;
  }
  return version;
}

Process readProcess(const Members& from) {
  return {from.small("pid"), from.count("start_ticks"), from.date("since_usec")};
}

core::VipOverview readVip(const Members& from) {
  core::VipOverview vip;
  readPrefix(from.text("address"), vip.address, vip.prefixLength);
  vip.interface = from.text("interface");
  vip.present = from.yes("present");
  vip.held = from.yes("held");
  vip.hostOwned = from.yes("host_owned");
  vip.goneAt = from.optionalDate("gone_usec");
  vip.past.losses = from.count("losses");
  vip.past.reinstated = from.count("reinstated");
  vip.past.outage = from.length("outage_usec");
  if (from.has("last_loss")) {
    const Members last = from.object("last_loss");
    vip.past.last = core::VipPast::Last{last.date("at_usec"), last.optionalLength("outage_usec"), last.text("remover"),
                                        last.text("trigger"), last.text("incident")};
  }
  return vip;
}

core::InstanceOverview readInstance(const Members& from) {
  core::InstanceOverview instance;
  instance.name = from.text("name");
  instance.vrid = static_cast<std::uint8_t>(from.small("vrid"));
  instance.family = from.text("family") == "ipv6" ? core::Family::IPv6 : core::Family::IPv4;
  instance.interface = from.text("interface");
  instance.priority = from.small("priority");
  instance.policy = valueOf(from.text("policy"), core::PolicyKind::Reinstate);
  instance.understood = from.yes("understood", true);
  instance.role = valueOf(from.text("role"), core::Role::Unknown);
  instance.source = valueOf(from.text("role_source"), core::RoleSource::Nothing);
  instance.roleSince = from.date("role_since_usec");
  instance.roleKnownAt = from.date("role_known_usec");
  instance.transitionDate = std::chrono::microseconds(from.number("transition_usec"));
  instance.transitions = from.count("transitions");
  instance.standing = valueOf(from.text("standing"), core::Standing::Unguarded);
  instance.nopreempt = from.yes("nopreempt");
  instance.mute = from.yes("mute");
  instance.unguarded = from.yes("unguarded");
  instance.waiting = from.text("waiting");
  instance.drift = from.text("drift");
  if (from.has("peer")) {
    const Members peer = from.object("peer");
    instance.peer =
        core::PeerOverview{peer.text("address"), peer.small("priority"), peer.date("since_usec"), peer.yes("heard")};
  }
  from.each("strangers", [&](const Members& stranger) { instance.strangers.push_back(stranger.text("text")); });
  from.each("vips", [&](const Members& vip) { instance.vips.push_back(readVip(vip)); });
  return instance;
}

core::IncidentOverview readIncident(const Members& from) {
  core::IncidentOverview incident;
  core::IncidentReport& report = incident.report;
  report.id = from.text("id");
  report.instance = from.text("instance");
  report.outcome = valueOf(from.text("outcome"), core::Outcome::Open);
  incident.over = from.yes("over", true);
  incident.toldAt = from.date("told_usec");
  from.each("vips", [&](const Members& vip) {
    core::LossRecord loss;
    readPrefix(vip.text("address"), loss.address, loss.prefixLength);
    loss.interface = vip.text("interface");
    loss.timesLost = vip.small("times_lost");
    loss.back = vip.yes("back");
    loss.held = vip.yes("held");
    loss.reinstated = vip.small("reinstated");
    loss.outage = vip.length("outage_usec");
    report.losses.push_back(std::move(loss));
  });
  from.each("routes", [&](const Members& route) {
    report.routes.push_back(
        {route.text("name"), route.length("outage_usec"), route.small("times_lost"), route.yes("back")});
  });
  report.remover = from.text("remover");
  report.removerInferred = from.yes("remover_inferred");
  report.trigger = from.text("trigger");
  report.evidence = from.text("evidence");
  report.waiting = from.text("waiting");
  const Members timeline = from.object("timeline");
  const core::Instant noticed = timeline.date("noticed_usec");
  report.timeline = {noticed, timeline.after(noticed, "decided_after_usec"),
                     timeline.after(noticed, "added_after_usec"), timeline.after(noticed, "announced_after_usec"),
                     timeline.after(noticed, "verified_after_usec")};
  return incident;
}

core::Counters readCounters(const Members& from, const json* outages) {
  core::Counters counters;
  const Members incidents = from.object("incidents");
  for (std::size_t i = 0; i < counters.incidents.size(); ++i)
    counters.incidents[i] = incidents.count(word(static_cast<core::Outcome>(i)));
  counters.losses = from.count("losses");
  counters.reinstated = from.count("reinstated");
  counters.additionsFailed = from.count("additions_failed");
  counters.announcements = from.count("announcements");
  counters.questions = from.count("questions");
  counters.unanswered = from.count("unanswered");
  counters.eventsLost = from.count("events_lost");
  counters.restarts = from.count("restarts");
  counters.rivals = from.count("rivals");
  counters.claims = from.count("claims");
  counters.outage = from.length("outage_usec");
  if (outages != nullptr && outages->is_array())
    for (std::size_t i = 0; i < std::min(outages->size(), counters.outages.size()); ++i)
      if ((*outages)[i].is_number_unsigned()) counters.outages[i] = (*outages)[i].get<std::uint64_t>();
  return counters;
}

}  // namespace

std::optional<Document> fromJson(const std::string& text, const WallClock& clock) {
  json root;
  try {
    root = json::parse(text);
  } catch (const std::exception&) {  // 2.1 throws no type of its own
    return std::nullopt;
  }
  if (!root.is_object()) return std::nullopt;
  const Members from(root, clock);
  Document document;
  document.version = from.text("version");
  document.guardian = readProcess(from.object("guardian"));
  const Members keepalived = from.object("keepalived");
  document.keepalived = readProcess(keepalived);
  core::Overview& picture = document.overview;
  picture.running = keepalived.yes("running");
  picture.silent = picture.running && !keepalived.yes("answering", true);
  picture.version = readVersion(keepalived.text("version"));
  picture.answersItself = keepalived.yes("answers_losses_itself");
  picture.policy = valueOf(from.text("policy"), core::PolicyKind::Reinstate);
  picture.busLost = !from.yes("bus", true);
  if (from.has("paused")) {
    const Members paused = from.object("paused");
    picture.paused = core::Pause{paused.optionalDate("until_usec"), paused.text("reason")};
  }
  from.each("instances", [&](const Members& one) { picture.instances.push_back(readInstance(one)); });
  from.each("incidents", [&](const Members& one) { picture.incidents.push_back(readIncident(one)); });
  const auto counters = root.find("counters");
  if (counters != root.end() && counters->is_object()) {
    const auto outages = counters->find("outages");
    picture.counters = readCounters(from.object("counters"), outages != counters->end() ? &*outages : nullptr);
  }
  return document;
}

}  // namespace guardian::status
