// One screen. What is wrong comes first, then where each address is, then what happened lately.
#include <algorithm>

#include "cli/status.hpp"
#include "guardian/core/wording.hpp"
#include "guardian/util/utf8.hpp"
#include "status/words.hpp"

namespace guardian::cli {
namespace {

using core::InstanceOverview;
using core::Role;
using core::VipOverview;
using status::Level;

constexpr std::size_t kManyVips = 16;  // more than that, and only the remarkable ones are shown
constexpr std::size_t kIncidentsShown = 5;

Colour colourOf(Level level) {
  switch (level) {
    case Level::Fine: return Colour::Good;
    case Level::Critical: return Colour::Bad;
    default: return Colour::Warning;
  }
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

/// "systemd-networkd.service" -> "systemd-networkd"
std::string shortRemover(const std::string& remover) {
  std::string text = remover.empty() ? "unknown hand" : remover;
  for (std::size_t at; (at = text.find(".service")) != std::string::npos;) text.erase(at, 8);
  return text;
}

const char* reasonOf(const InstanceOverview& instance) {
  switch (instance.source) {
    case core::RoleSource::Answer: return "keepalived said so when asked";
    case core::RoleSource::Installed: return "keepalived was seen installing its addresses";
    case core::RoleSource::Removed: return "keepalived was seen removing its addresses";
    case core::RoleSource::Farewell: return "its last advert was seen leaving";
    case core::RoleSource::Gone: return "its process has ended";
    case core::RoleSource::Interface: return "its interface was removed or replaced";
    case core::RoleSource::Nothing: break;
  }
  return "keepalived has not said it yet";
}

struct State {
  const char* word;
  Colour colour;
};

State stateOf(const VipOverview& vip, const InstanceOverview& instance) {
  const bool master = instance.role == Role::Master || instance.standing == core::Standing::Guarded;
  if (vip.present && vip.hostOwned) return {"host's own", Colour::Warning};
  if (vip.present) return master ? State{"here", Colour::Good} : State{"STRAY", Colour::Bad};
  if (vip.held) return {"held /32", Colour::Warning};
  return master ? State{"MISSING", Colour::Bad} : State{"not here", Colour::Dim};
}

class StatusPage {
 public:
  StatusPage(const Screen& screen, const Moment& moment) : screen_(screen), moment_(moment) {}

  std::string write(const status::Document& document, const status::Verdict& verdict) {
    head(document, verdict);
    for (const InstanceOverview& instance : document.overview.instances) add(instance);
    add(document.overview.incidents);
    return std::move(text_);
  }

 private:
  std::string ago(core::Instant at) const { return age(moment_.now - at); }
  std::string time(core::Instant at) const {
    return shortTime(moment_.clock.date(at), moment_.clock.date(moment_.now));
  }

  void head(const status::Document& document, const status::Verdict& verdict) {
    const core::Overview& picture = document.overview;
    text_ += screen_.paint(Colour::Strong, "vip-guardian " + document.version) + "  " +
             screen_.paint(colourOf(verdict.level), upper(status::word(verdict.level))) + "  " +
             summary(picture, verdict) + "\n";
    std::string line = "keepalived";
    if (picture.version.major != 0)
      line += " " + std::to_string(picture.version.major) + "." + std::to_string(picture.version.minor) + "." +
              std::to_string(picture.version.patch);
    if (picture.running && document.keepalived.pid != 0)
      line += ", running for " + ago(document.keepalived.since) + " (process " +
              std::to_string(document.keepalived.pid) + ")";
    else
      line += picture.running ? ", running" : ": not running";
    text_ += line + "\n";
    for (const status::Finding& finding : verdict.findings)
      mark(finding.level == Level::Critical ? "!! " : "! ", printable(finding.text), colourOf(finding.level));
  }

  static std::string summary(const core::Overview& picture, const status::Verdict& verdict) {
    if (!verdict.findings.empty()) {
      const std::size_t many = verdict.findings.size();
      return many == 1 ? "1 finding" : std::to_string(many) + " findings";
    }
    if (picture.policy == core::PolicyKind::Observe) return "observing only, by its configuration";
    if (picture.answersItself) return "watching; this keepalived answers a loss itself";
    std::size_t guarded = 0;
    for (const InstanceOverview& instance : picture.instances)
      if (instance.standing == core::Standing::Guarded) guarded += instance.vips.size();
    if (guarded == 0) return "standing by; no instance is master here";
    return guarded == 1 ? "guarding 1 address" : "guarding " + std::to_string(guarded) + " addresses";
  }

  /// Later lines are indented.
  void mark(const std::string& mark, const std::string& text, Colour colour) {
    std::string lead = mark;
    for (const std::string& line : wrapped(text, screen_.room(mark.size()))) {
      text_ += screen_.paint(colour, lead + line) + "\n";
      lead.assign(mark.size(), ' ');
    }
  }

  void add(const InstanceOverview& instance) {
    const Colour colour = instance.role == Role::Master   ? Colour::Good
                          : instance.role == Role::Backup ? Colour::None
                                                          : Colour::Warning;
    text_ += "\n" + screen_.paint(Colour::Strong, printable(instance.name)) + "  " +
             screen_.paint(colour, status::word(instance.role));
    // keepalived's own date where it gave one: we may have come later.
    const core::Instant since = instance.transitionDate.count() > 0
                                    ? moment_.clock.instant(instance.transitionDate.count())
                                    : instance.roleSince;
    if (since != core::Instant{}) text_ += " for " + ago(since);
    text_ +=
        "  " +
        screen_.paint(Colour::Dim, "VRID " + std::to_string(instance.vrid) + " on " + printable(instance.interface) +
                                       ", priority " + std::to_string(instance.priority)) +
        "\n";
    text_ += "  owner now  " + owner(instance) + "\n";
    std::string evidence = reasonOf(instance);
    if (instance.source != core::RoleSource::Nothing) evidence += ", " + ago(instance.roleKnownAt) + " ago";
    text_ += "  evidence   " + evidence + "\n";
    addresses(instance);
  }

  std::string owner(const InstanceOverview& instance) const {
    const std::string where = status::ownerOf(instance);
    const bool heard = instance.peer && instance.peer->heard;
    const auto peer = [&] {
      return instance.peer->address + " (priority " + std::to_string(instance.peer->priority) + ")";
    };
    if (where == "this host")
      return where + (heard ? "; " + peer() + " claims it as well" : instance.peer ? "; last heard: " + peer() : "");
    if (heard) return peer() + ", heard since " + time(instance.peer->since);
    if (instance.peer) return "unknown; " + peer() + " was heard last and is silent now";
    return "unknown; no other node has been heard";
  }

  void addresses(const InstanceOverview& instance) {
    std::vector<const VipOverview*> shown;
    for (const VipOverview& vip : instance.vips)
      if (instance.vips.size() <= kManyVips || remarkable(vip, instance)) shown.push_back(&vip);
    if (instance.vips.size() > kManyVips && shown.size() > kManyVips) shown.resize(kManyVips);
    std::size_t wide = 14;
    for (const VipOverview* vip : shown) wide = std::max(wide, nameOf(*vip, instance).size());
    if (!shown.empty())
      text_ += screen_.paint(Colour::Dim, "  " + padded("ADDRESS", wide + 2) + padded("STATE", 12) +
                                              padded("REPAIRED", 10) + "LAST LOSS") +
               "\n";
    for (const VipOverview* vip : shown) add(*vip, instance, wide);
    if (shown.size() < instance.vips.size())
      text_ += "  " + std::to_string(instance.vips.size() - shown.size()) + (shown.empty() ? "" : " more") +
               " addresses, " + rest(instance) + "\n";
  }

  static bool remarkable(const VipOverview& vip, const InstanceOverview& instance) {
    const Colour colour = stateOf(vip, instance).colour;
    return colour == Colour::Bad || colour == Colour::Warning || vip.past.losses > 0;
  }

  static std::string rest(const InstanceOverview& instance) {
    const auto here =
        std::count_if(instance.vips.begin(), instance.vips.end(), [](const auto& vip) { return vip.present; });
    return std::to_string(here) + " of all " + std::to_string(instance.vips.size()) + " are here";
  }

  static std::string nameOf(const VipOverview& vip, const InstanceOverview& instance) {
    std::string name = core::toString(vip.address) + "/" + std::to_string(vip.prefixLength);
    if (vip.interface != instance.interface) name += " " + printable(vip.interface);
    return name;
  }

  void add(const VipOverview& vip, const InstanceOverview& instance, std::size_t wide) {
    const State state = stateOf(vip, instance);
    const std::string name = padded(nameOf(vip, instance), wide + 2);
    const std::string repaired =
        vip.past.losses == 0 ? "-" : std::to_string(vip.past.reinstated) + " of " + std::to_string(vip.past.losses);
    std::string last;
    if (vip.goneAt && !vip.present) {
      last = "gone since " + time(*vip.goneAt) + " (" + ago(*vip.goneAt) + ")";
    } else if (vip.past.last) {
      const core::VipPast::Last& loss = *vip.past.last;
      last = time(loss.at) + "  " + (loss.outage ? core::describe(*loss.outage) : "not back") + "  " +
             shortRemover(printable(loss.remover));
    } else {
      last = "-";
    }
    const std::size_t used = 2 + name.size() + 12 + 10;
    text_ += "  " + name + screen_.paint(state.colour, state.word) +
             std::string(12 - std::min<std::size_t>(std::string(state.word).size(), 12), ' ') + padded(repaired, 10) +
             screen_.fit(last, used) + "\n";
  }

  void add(const std::deque<core::IncidentOverview>& incidents) {
    if (incidents.empty()) return;
    text_ += "\n" + screen_.paint(Colour::Strong, "Last incidents") +
             screen_.paint(Colour::Dim, "  (vip-guardian explain ID)") + "\n";
    std::size_t shown = 0;
    for (auto one = incidents.rbegin(); one != incidents.rend() && shown < kIncidentsShown; ++one, ++shown) add(*one);
    if (shown < incidents.size())
      text_ += "  and " + std::to_string(incidents.size() - shown) + " older (vip-guardian events)\n";
  }

  void add(const core::IncidentOverview& incident) {
    const core::IncidentReport& report = incident.report;
    core::Duration longest{};
    for (const auto& loss : report.losses) longest = std::max(longest, loss.outage);
    for (const auto& loss : report.routes) longest = std::max(longest, loss.outage);
    const std::size_t many = report.losses.empty() ? report.routes.size() : report.losses.size();
    const std::string what = std::to_string(many) + (report.losses.empty() ? " route" : " address") +
                             (many == 1               ? ""
                              : report.losses.empty() ? "s"
                                                      : "es");
    const std::string lead = "  " + time(report.timeline.noticed) + "  " + report.id + "  ";
    const std::string middle = padded(printable(report.instance) + ": " + what, 17) + "  ";
    std::string tail = shortRemover(printable(report.remover));
    if (!report.trigger.empty()) tail += " (" + printable(report.trigger) + ")";
    const bool good = report.outcome == core::Outcome::Repaired || report.outcome == core::Outcome::Returned;
    text_ += lead + middle +
             screen_.paint(good ? Colour::Good : Colour::Warning, padded(result(incident, longest), 10)) + "  " +
             screen_.fit(tail, lead.size() + middle.size() + 12) + "\n";
  }

  /// How long it was gone where it is back; else what became of it.
  static std::string result(const core::IncidentOverview& incident, core::Duration outage) {
    if (!incident.over) return "goes on";
    switch (incident.report.outcome) {
      case core::Outcome::Repaired:
      case core::Outcome::Returned: return core::describe(outage);
      case core::Outcome::HandedOver: return "given up";
      default: return status::word(incident.report.outcome);
    }
  }

  const Screen& screen_;
  const Moment& moment_;
  std::string text_;
};

}  // namespace

std::string statusText(const status::Document& document, const status::Verdict& verdict, const Screen& screen,
                       const Moment& moment) {
  return StatusPage(screen, moment).write(document, verdict);
}

}  // namespace guardian::cli
