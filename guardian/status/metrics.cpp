#include "status/metrics.hpp"

#include <cstdio>
#include <utility>
#include <vector>

#include "guardian/util/utf8.hpp"
#include "status/verdict.hpp"
#include "status/words.hpp"

namespace guardian::status {
namespace {

using core::InstanceOverview;
using core::Overview;
using core::VipOverview;

using Labels = std::vector<std::pair<const char*, std::string>>;

std::string seconds(core::Duration length) {
  char text[32];
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(length).count();
  std::snprintf(text, sizeof text, "%lld.%06lld", static_cast<long long>(micros / 1000000),
                static_cast<long long>(micros % 1000000));
  return text;
}

class Exposition {
 public:
  void family(const char* name, const char* type, const char* help) {
    name_ = std::string("vip_guardian_") + name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void sample(const Labels& labels, const std::string& value, const char* suffix = "") {
    text_ += name_ + suffix;
    for (std::size_t i = 0; i < labels.size(); ++i)
      text_ += (i == 0 ? "{" : ",") + std::string(labels[i].first) + "=\"" + escaped(labels[i].second) + "\"";
    text_ += (labels.empty() ? " " : "} ") + value + "\n";
  }
  void sample(const Labels& labels, std::uint64_t value) { sample(labels, std::to_string(value)); }
  void single(const char* name, const char* type, const char* help, const std::string& value) {
    family(name, type, help);
    sample({}, value);
  }
  std::string take() { return std::move(text_); }

 private:
  static std::string escaped(const std::string& label) {
    std::string out;
    for (const char c : cleanUtf8(label)) {
      if (c == '\\' || c == '"') out += '\\';
      out += c == '\n' ? std::string("\\n") : std::string(1, c);
    }
    return out;
  }

  std::string name_;
  std::string text_;
};

Labels labelsOf(const InstanceOverview& instance) {
  // Not "instance": Prometheus itself uses that name, for the host.
  return {{"vrrp_instance", instance.name}, {"vrid", std::to_string(instance.vrid)}, {"interface", instance.interface}};
}

Labels labelsOf(const InstanceOverview& instance, const VipOverview& vip) {
  return {{"vrrp_instance", instance.name},
          {"address", core::toString(vip.address) + "/" + std::to_string(vip.prefixLength)},
          {"interface", vip.interface}};
}

template <class Value>
void eachInstance(Exposition& out, const Overview& picture, const char* name, const char* type, const char* help,
                  const Value& value) {
  out.family(name, type, help);
  for (const InstanceOverview& instance : picture.instances) out.sample(labelsOf(instance), value(instance));
}

template <class Value>
void eachVip(Exposition& out, const Overview& picture, const char* name, const char* type, const char* help,
             const Value& value) {
  out.family(name, type, help);
  for (const InstanceOverview& instance : picture.instances)
    for (const VipOverview& vip : instance.vips) out.sample(labelsOf(instance, vip), value(vip));
}

std::string flag(bool yes) { return yes ? "1" : "0"; }

void addInstances(Exposition& out, const Overview& picture) {
  out.family("instance_role", "gauge", "The role of the instance here: 1 for that one, 0 for the others.");
  for (const InstanceOverview& instance : picture.instances)
    for (const core::Role role : {core::Role::Master, core::Role::Backup, core::Role::Fault, core::Role::Unknown}) {
      Labels labels = labelsOf(instance);
      labels.emplace_back("role", word(role));
      const core::Role shown = instance.role == core::Role::Other ? core::Role::Unknown : instance.role;
      out.sample(labels, flag(shown == role));
    }
  eachInstance(out, picture, "instance_guarded", "gauge",
               "Whether a lost address of the instance would be put back now.",
               [](const InstanceOverview& instance) { return flag(instance.standing == core::Standing::Guarded); });
  eachInstance(out, picture, "instance_peer_heard", "gauge", "Whether another node claims the same virtual router.",
               [](const InstanceOverview& instance) { return flag(instance.peer && instance.peer->heard); });
  eachInstance(out, picture, "instance_transitions_total", "counter", "Changes of the role that were seen.",
               [](const InstanceOverview& instance) { return std::to_string(instance.transitions); });
}

void addVips(Exposition& out, const Overview& picture) {
  eachVip(out, picture, "vip_present", "gauge", "Whether the address stands on this host.",
          [](const VipOverview& vip) { return flag(vip.present); });
  eachVip(out, picture, "vip_missing", "gauge", "Whether the address is missing although this host is master.",
          [](const VipOverview& vip) { return flag(vip.goneAt && !vip.present && !vip.held); });
  eachVip(out, picture, "vip_losses_total", "counter", "Times that the address was lost, not by keepalived.",
          [](const VipOverview& vip) { return std::to_string(vip.past.losses); });
  eachVip(out, picture, "vip_reinstated_total", "counter", "Times that the address was put back by vip-guardian.",
          [](const VipOverview& vip) { return std::to_string(vip.past.reinstated); });
  eachVip(out, picture, "vip_outage_seconds_total", "counter", "Time for which the address was not served.",
          [](const VipOverview& vip) { return seconds(vip.past.outage); });
}

void addCounters(Exposition& out, const core::Counters& counters) {
  out.family("incidents_total", "counter", "Incidents that are over, by what became of them.");
  for (std::size_t i = 0; i < counters.incidents.size(); ++i)
    if (static_cast<core::Outcome>(i) != core::Outcome::Open)
      out.sample({{"outcome", word(static_cast<core::Outcome>(i))}}, counters.incidents[i]);

  out.family("outage_seconds", "histogram", "How long lost addresses were not served.");
  std::uint64_t upTo = 0;
  for (std::size_t i = 0; i < counters.outages.size(); ++i) {
    upTo += counters.outages[i];
    const bool last = i == core::Counters::kBounds.size();
    out.sample({{"le", last ? "+Inf" : seconds(core::Counters::kBounds[i])}}, std::to_string(upTo), "_bucket");
  }
  out.sample({}, seconds(counters.outage), "_sum");
  out.sample({}, std::to_string(upTo), "_count");

  const auto count = [&](const char* name, const char* help, std::uint64_t value) {
    out.single(name, "counter", help, std::to_string(value));
  };
  count("additions_failed_total", "Additions that the kernel refused.", counters.additionsFailed);
  count("announcements_total", "Gratuitous ARPs and neighbour advertisements sent.", counters.announcements);
  count("keepalived_questions_total", "Times that keepalived was asked for its state.", counters.questions);
  count("keepalived_unanswered_total", "Times that it did not answer.", counters.unanswered);
  count("keepalived_restarts_total", "Restarts of keepalived that vip-guardian has ordered.", counters.restarts);
  count("rivals_total", "Times that another master, or one that keepalived does not hear, was seen.", counters.rivals);
  count("foreign_claims_total", "Claims of other hosts to addresses of which this node is master.", counters.claims);
  count("events_lost_total", "Times that notifications of the kernel were lost in a flood.", counters.eventsLost);
}

}  // namespace

std::string metricsText(const Document& document, bool alive, const WallClock& clock) {
  const Overview& picture = document.overview;
  Exposition out;
  out.family("info", "gauge", "Versions; always 1.");
  const core::Version& version = picture.version;
  const std::string number =
      std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
  out.sample({{"version", document.version}, {"keepalived", version.major == 0 && version.minor == 0 ? "" : number}},
             "1");
  out.single("up", "gauge", "Whether the daemon runs.", flag(alive));
  out.single("status", "gauge", "As vip-guardian status exits: 0 fine, 1 degraded, 2 critical, 3 unknown.",
             std::to_string(static_cast<int>(judge(document, alive).level)));
  if (document.guardian.pid != 0)
    out.single("start_time_seconds", "gauge", "When the daemon was started, in seconds since 1970.",
               seconds(std::chrono::microseconds(clock.date(document.guardian.since))));
  out.single("keepalived_up", "gauge", "Whether keepalived runs.", flag(picture.running));
  out.single("keepalived_answers", "gauge", "Whether keepalived answered when it was last asked.",
             flag(picture.running && !picture.silent));
  addInstances(out, picture);
  addVips(out, picture);
  addCounters(out, picture.counters);
  return out.take();
}

}  // namespace guardian::status
