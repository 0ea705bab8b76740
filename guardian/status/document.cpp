#include "status/document.hpp"

#include <algorithm>

#include "guardian/util/json.hpp"
#include "status/verdict.hpp"
#include "status/words.hpp"

namespace guardian::status {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;

std::int64_t count(core::Duration length) { return duration_cast<microseconds>(length).count(); }

class DocumentWriter {
 public:
  explicit DocumentWriter(const WallClock& clock) : clock_(clock) {}

  std::string write(const Document& document) {
    const core::Overview& picture = document.overview;
    json_.beginObject().member("version", document.version);
    json_.key("guardian");
    process(document.guardian);
    json_.endObject();
    json_.member("policy", word(picture.policy)).member("bus", !picture.busLost);
    if (picture.paused) {
      json_.key("paused").beginObject();
      if (picture.paused->until) date("until_usec", *picture.paused->until);
      json_.memberIf("reason", picture.paused->reason).endObject();
    }
    json_.key("keepalived");
    process(document.keepalived);
    json_.member("running", picture.running);
    if (picture.version.major != 0 || picture.version.minor != 0) json_.member("version", text(picture.version));
    json_.member("answering", picture.running && !picture.silent)
        .member("answers_losses_itself", picture.answersItself);
    json_.endObject();
    json_.key("instances").beginArray();
    for (const core::InstanceOverview& one : picture.instances) instance(one);
    json_.endArray().key("incidents").beginArray();
    for (const core::IncidentOverview& one : picture.incidents) incident(one);
    json_.endArray();
    counters(picture.counters);
    return json_.endObject().take();
  }

  std::string write(const core::IncidentOverview& one) {
    incident(one);
    return json_.take();
  }

 private:
  static std::string text(const core::Version& version) {
    return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
  }

  void date(const char* key, core::Instant at) {
    if (at != core::Instant{}) json_.member(key, clock_.date(at));
  }

  void process(const Process& of) {
    json_.beginObject();
    if (of.pid == 0) return;
    json_.member("pid", of.pid).member("start_ticks", of.start);
    date("since_usec", of.since);
  }

  void instance(const core::InstanceOverview& one) {
    json_.beginObject().member("name", one.name).member("vrid", static_cast<int>(one.vrid));
    json_.member("family", one.family == core::Family::IPv4 ? "ipv4" : "ipv6").member("interface", one.interface);
    json_.member("priority", one.priority).member("policy", word(one.policy)).member("understood", one.understood);
    json_.member("role", word(one.role)).member("role_source", word(one.source));
    date("role_since_usec", one.roleSince);
    date("role_known_usec", one.roleKnownAt);
    if (one.transitionDate.count() > 0) json_.member("transition_usec", std::int64_t{one.transitionDate.count()});
    json_.member("transitions", one.transitions).member("standing", word(one.standing)).member("owner", ownerOf(one));
    json_.memberIf("nopreempt", one.nopreempt).memberIf("mute", one.mute).memberIf("unguarded", one.unguarded);
    json_.memberIf("waiting", one.waiting).memberIf("drift", one.drift);
    if (one.peer) {
      json_.key("peer").beginObject().member("address", one.peer->address).member("priority", one.peer->priority);
      date("since_usec", one.peer->since);
      json_.member("heard", one.peer->heard).endObject();
    }
    if (!one.strangers.empty()) {
      json_.key("strangers").beginArray();
      for (const std::string& text : one.strangers) json_.beginObject().member("text", text).endObject();
      json_.endArray();
    }
    json_.key("vips").beginArray();
    for (const core::VipOverview& address : one.vips) vip(address);
    json_.endArray().endObject();
  }

  void vip(const core::VipOverview& one) {
    json_.beginObject().member("address", core::toString(one.address) + "/" + std::to_string(one.prefixLength));
    json_.member("interface", one.interface).member("present", one.present);
    json_.memberIf("held", one.held).memberIf("host_owned", one.hostOwned);
    if (one.goneAt) date("gone_usec", *one.goneAt);
    json_.member("losses", one.past.losses).member("reinstated", one.past.reinstated);
    json_.member("outage_usec", count(one.past.outage));
    if (one.past.last) {
      json_.key("last_loss").beginObject();
      date("at_usec", one.past.last->at);
      if (one.past.last->outage) json_.member("outage_usec", count(*one.past.last->outage));
      json_.memberIf("remover", one.past.last->remover).memberIf("trigger", one.past.last->trigger);
      json_.member("incident", one.past.last->incident).endObject();
    }
    json_.endObject();
  }

  void incident(const core::IncidentOverview& one) {
    const core::IncidentReport& report = one.report;
    json_.beginObject().member("id", report.id).member("instance", report.instance);
    json_.member("outcome", word(report.outcome)).member("over", one.over);
    date("told_usec", one.toldAt);
    core::Duration longest{};
    json_.key("vips").beginArray();
    for (const core::LossRecord& loss : report.losses) {
      json_.beginObject().member("address", core::toString(loss.address) + "/" + std::to_string(loss.prefixLength));
      part(loss.timesLost, loss.back, loss.outage, longest);
      json_.member("interface", loss.interface).member("reinstated", loss.reinstated).memberIf("held", loss.held);
      json_.endObject();
    }
    json_.endArray().key("routes").beginArray();
    for (const core::RouteLossRecord& loss : report.routes) {
      json_.beginObject().member("name", loss.name);
      part(loss.timesLost, loss.back, loss.outage, longest);
      json_.endObject();
    }
    json_.endArray().member("outage_usec", count(longest));
    json_.memberIf("remover", report.remover).memberIf("remover_inferred", report.removerInferred);
    json_.memberIf("trigger", report.trigger).memberIf("evidence", report.evidence).memberIf("waiting", report.waiting);
    timeline(report.timeline);
    json_.endObject();
  }

  void part(int times, bool back, core::Duration outage, core::Duration& longest) {
    json_.member("times_lost", times).member("back", back).member("outage_usec", count(outage));
    longest = std::max(longest, outage);
  }

  void timeline(const core::Timeline& of) {
    json_.key("timeline").beginObject();
    date("noticed_usec", of.noticed);
    const auto after = [&](const char* key, const std::optional<core::Instant>& at) {
      if (at) json_.member(key, count(*at - of.noticed));
    };
    after("decided_after_usec", of.decided);
    after("added_after_usec", of.added);
    after("announced_after_usec", of.announced);
    after("verified_after_usec", of.verified);
    json_.endObject();
  }

  void counters(const core::Counters& of) {
    json_.key("counters").beginObject().key("incidents").beginObject();
    for (std::size_t i = 0; i < of.incidents.size(); ++i)
      json_.member(word(static_cast<core::Outcome>(i)), of.incidents[i]);
    json_.endObject().member("losses", of.losses).member("reinstated", of.reinstated);
    json_.member("additions_failed", of.additionsFailed).member("announcements", of.announcements);
    json_.member("questions", of.questions).member("unanswered", of.unanswered).member("events_lost", of.eventsLost);
    json_.member("restarts", of.restarts).member("rivals", of.rivals).member("claims", of.claims);
    json_.member("outage_usec", count(of.outage)).key("outages").beginArray();
    for (const std::uint64_t outages : of.outages) json_.value(outages);
    json_.endArray().endObject();
  }

  const WallClock& clock_;
  JsonWriter json_;
};

}  // namespace

std::int64_t sensibleDate(std::int64_t date) {
  constexpr std::int64_t kLast = 3'000'000'000'000'000;
  return std::min(std::max(date, std::int64_t{0}), kLast);
}

microseconds sensibleLength(std::int64_t length) {
  constexpr std::int64_t kLongest = 300'000'000'000'000;
  return microseconds(std::min(std::max(length, std::int64_t{0}), kLongest));
}

WallClock WallClock::now() {
  const auto wall = std::chrono::system_clock::now().time_since_epoch();
  const auto steady = std::chrono::steady_clock::now().time_since_epoch();
  return WallClock(duration_cast<microseconds>(wall) - duration_cast<microseconds>(steady));
}

std::int64_t WallClock::date(core::Instant at) const {
  return (duration_cast<microseconds>(at.time_since_epoch()) + ahead_).count();
}

core::Instant WallClock::instant(std::int64_t date) const { return core::Instant(microseconds(date) - ahead_); }

bool WallClock::agrees(const WallClock& other) const {
  const microseconds apart = ahead_ - other.ahead_;
  return apart < std::chrono::seconds(1) && apart > -std::chrono::seconds(1);
}

std::string toJson(const core::IncidentOverview& incident, const WallClock& clock) {
  return DocumentWriter(clock).write(incident);
}

std::string toJson(const Document& document, const WallClock& clock) { return DocumentWriter(clock).write(document); }

}  // namespace guardian::status
