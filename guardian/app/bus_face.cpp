#include "app/bus_face.hpp"

#include <utility>

#include "guardian/util/utf8.hpp"
#include "status/verdict.hpp"
#include "status/words.hpp"

namespace guardian::app {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using systemd::BusProperty;
using systemd::BusWriter;

std::uint64_t count(core::Duration length) {
  return static_cast<std::uint64_t>(duration_cast<microseconds>(length).count());
}

/// As the file leaves out what is not known; D-Bus has no such thing, so that 0 stands for it.
std::uint64_t dateOf(core::Instant at, const status::WallClock& clock) {
  return at == core::Instant{} ? 0 : static_cast<std::uint64_t>(clock.date(at));
}

void text(BusWriter& out, const std::string& value) { out.text(cleanUtf8(value)); }

void texts(BusWriter& out, const std::vector<std::string>& values) {
  out.open('a', "s");
  for (const std::string& value : values) text(out, value);
  out.close();
}

/// The members of one a{sv}.
class Dictionary {
 public:
  explicit Dictionary(BusWriter& out) : out_(out) { out_.open('a', "{sv}"); }
  ~Dictionary() { out_.close(); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;

  void add(const char* key, const std::string& value) {
    if (value.empty()) return;
    enter(key, "s");
    text(out_, value);
    leave();
  }
  void add(const char* key, std::uint64_t value) {
    enter(key, "t");
    out_.large(value);
    leave();
  }
  void addFlag(const char* key, bool value) {
    enter(key, "b");
    out_.flag(value);
    leave();
  }

 private:
  void enter(const char* key, const char* type) {
    out_.open('e', "sv");
    out_.text(key);
    out_.open('v', type);
  }
  void leave() {
    out_.close();
    out_.close();
  }
  BusWriter& out_;
};

/// Of one address, by the names that the state file has for it.
void vip(BusWriter& out, const core::VipOverview& one, const status::WallClock& clock) {
  Dictionary members(out);
  members.add("address", core::toString(one.address) + "/" + std::to_string(one.prefixLength));
  members.add("interface", one.interface);
  members.addFlag("present", one.present);
  if (one.held) members.addFlag("held", true);
  if (one.hostOwned) members.addFlag("host_owned", true);
  if (one.goneAt) members.add("gone_usec", dateOf(*one.goneAt, clock));
  members.add("losses", one.past.losses);
  members.add("reinstated", one.past.reinstated);
  members.add("outage_usec", count(one.past.outage));
  if (!one.past.last) return;
  members.add("last_loss_usec", dateOf(one.past.last->at, clock));
  if (one.past.last->outage) members.add("last_outage_usec", count(*one.past.last->outage));
  members.add("last_remover", one.past.last->remover);
  members.add("last_trigger", one.past.last->trigger);
  members.add("last_incident", one.past.last->incident);
}

void counters(BusWriter& out, const core::Counters& of) {
  Dictionary members(out);
  for (std::size_t i = 0; i < of.incidents.size(); ++i)
    members.add((std::string("incidents_") + status::word(static_cast<core::Outcome>(i))).c_str(), of.incidents[i]);
  members.add("losses", of.losses);
  members.add("reinstated", of.reinstated);
  members.add("additions_failed", of.additionsFailed);
  members.add("announcements", of.announcements);
  members.add("questions", of.questions);
  members.add("unanswered", of.unanswered);
  members.add("events_lost", of.eventsLost);
  members.add("restarts", of.restarts);
  members.add("rivals", of.rivals);
  members.add("claims", of.claims);
  members.add("outage_usec", count(of.outage));
}

std::string versionOf(const core::Version& version) {
  if (version.major == 0 && version.minor == 0) return {};
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

using OfManager = std::function<void(BusWriter&, const core::Overview&, const Shown&)>;
using OfInstance = std::function<void(BusWriter&, const core::InstanceOverview&, const status::WallClock&)>;

}  // namespace

std::vector<BusProperty> managerProperties(Look look) {
  const auto property = [look = std::move(look)](const char* name, const char* type, OfManager tell) {
    return BusProperty{name, type, [look, tell = std::move(tell)](BusWriter& out, std::size_t) {
                         const Shown shown = look();
                         tell(out, shown.document.overview, shown);
                       }};
  };
  using Picture = const core::Overview&;
  const auto verdict = [](const Shown& shown) { return status::judge(shown.document, true); };
  return {
      property("Version", "s", [](BusWriter& out, Picture, const Shown& in) { text(out, in.document.version); }),
      property("Verdict", "s",
               [verdict](BusWriter& out, Picture, const Shown& in) { text(out, status::word(verdict(in).level)); }),
      property("Findings", "as",
               [verdict](BusWriter& out, Picture, const Shown& in) {
                 std::vector<std::string> findings;
                 for (const status::Finding& one : verdict(in).findings) findings.push_back(one.text);
                 texts(out, findings);
               }),
      property("Policy", "s", [](BusWriter& out, Picture of, const Shown&) { text(out, status::word(of.policy)); }),
      property("Paused", "b", [](BusWriter& out, Picture of, const Shown&) { out.flag(of.paused.has_value()); }),
      property("PausedUntilUSec", "t",
               [](BusWriter& out, Picture of, const Shown& in) {
                 out.large(of.paused && of.paused->until ? dateOf(*of.paused->until, in.clock) : 0);
               }),
      property("PauseReason", "s",
               [](BusWriter& out, Picture of, const Shown&) { text(out, of.paused ? of.paused->reason : ""); }),
      property("KeepalivedRunning", "b", [](BusWriter& out, Picture of, const Shown&) { out.flag(of.running); }),
      property("KeepalivedVersion", "s",
               [](BusWriter& out, Picture of, const Shown&) { text(out, versionOf(of.version)); }),
      property("KeepalivedPID", "u",
               [](BusWriter& out, Picture, const Shown& in) {
                 out.number(static_cast<std::uint32_t>(in.document.keepalived.pid));
               }),
      property("KeepalivedAnswering", "b",
               [](BusWriter& out, Picture of, const Shown&) { out.flag(of.running && !of.silent); }),
      property("Counters", "a{sv}", [](BusWriter& out, Picture of, const Shown&) { counters(out, of.counters); }),
  };
}

std::vector<BusProperty> instanceProperties(Look look) {
  const auto property = [look = std::move(look)](const char* name, const char* type, OfInstance tell) {
    return BusProperty{name, type, [look, tell = std::move(tell)](BusWriter& out, std::size_t index) {
                         const Shown shown = look();
                         tell(out, shown.document.overview.instances.at(index), shown.clock);
                       }};
  };
  using Of = const core::InstanceOverview&;
  using Clock = const status::WallClock&;
  return {
      property("Name", "s", [](BusWriter& out, Of of, Clock) { text(out, of.name); }),
      property("VRID", "u", [](BusWriter& out, Of of, Clock) { out.number(of.vrid); }),
      property("Family", "s",
               [](BusWriter& out, Of of, Clock) { text(out, of.family == core::Family::IPv4 ? "ipv4" : "ipv6"); }),
      property("Interface", "s", [](BusWriter& out, Of of, Clock) { text(out, of.interface); }),
      property("Priority", "u",
               [](BusWriter& out, Of of, Clock) { out.number(static_cast<std::uint32_t>(of.priority)); }),
      property("Policy", "s", [](BusWriter& out, Of of, Clock) { text(out, status::word(of.policy)); }),
      property("Understood", "b", [](BusWriter& out, Of of, Clock) { out.flag(of.understood); }),
      property("Role", "s", [](BusWriter& out, Of of, Clock) { text(out, status::word(of.role)); }),
      property("RoleSource", "s", [](BusWriter& out, Of of, Clock) { text(out, status::word(of.source)); }),
      property("RoleSinceUSec", "t",
               [](BusWriter& out, Of of, Clock clock) { out.large(dateOf(of.roleSince, clock)); }),
      property("RoleKnownUSec", "t",
               [](BusWriter& out, Of of, Clock clock) { out.large(dateOf(of.roleKnownAt, clock)); }),
      property("Transitions", "t", [](BusWriter& out, Of of, Clock) { out.large(of.transitions); }),
      property("Standing", "s", [](BusWriter& out, Of of, Clock) { text(out, status::word(of.standing)); }),
      property("Owner", "s", [](BusWriter& out, Of of, Clock) { text(out, status::ownerOf(of)); }),
      property("Mute", "b", [](BusWriter& out, Of of, Clock) { out.flag(of.mute); }),
      property("Unguarded", "b", [](BusWriter& out, Of of, Clock) { out.flag(of.unguarded); }),
      property("Waiting", "s", [](BusWriter& out, Of of, Clock) { text(out, of.waiting); }),
      property("Drift", "s", [](BusWriter& out, Of of, Clock) { text(out, of.drift); }),
      property("Strangers", "as", [](BusWriter& out, Of of, Clock) { texts(out, of.strangers); }),
      property("VIPs", "aa{sv}",
               [](BusWriter& out, Of of, Clock clock) {
                 out.open('a', "a{sv}");
                 for (const core::VipOverview& one : of.vips) vip(out, one, clock);
                 out.close();
               }),
  };
}

std::vector<std::string> instanceNames(const status::Document& document) {
  std::vector<std::string> names;
  for (const core::InstanceOverview& one : document.overview.instances) names.push_back(cleanUtf8(one.name));
  return names;
}

}  // namespace guardian::app
