#include <algorithm>
#include <cstdio>

#include "cli/incidents.hpp"
#include "guardian/core/wording.hpp"
#include "guardian/util/utf8.hpp"
#include "status/words.hpp"

namespace guardian::cli {
namespace {

using core::IncidentReport;
using core::Outcome;

/// 1234567 -> "1,234,567"
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::size_t at = text.size(); at > 3 && text[at - 4] != '-'; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::int64_t micros(core::Duration length) {
  return std::chrono::duration_cast<std::chrono::microseconds>(length).count();
}

struct Step {
  std::int64_t after;
  const char* name;
  const char* story;
};

std::vector<Step> stepsOf(const core::Timeline& timeline) {
  std::vector<Step> steps;
  const auto add = [&](const std::optional<core::Instant>& at, const char* name, const char* story) {
    if (at) steps.push_back({micros(*at - timeline.noticed), name, story});
  };
  add(timeline.noticed, "noticed", "the kernel's word of the first loss was read");
  add(timeline.decided, "decided", "it was decided to put it back");
  add(timeline.added, "added", "the last of it stood again");
  add(timeline.verified, "verified", "keepalived, asked for it, had confirmed that this host is master");
  add(timeline.announced, "announced", "the neighbours were told");
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.after < b.after; });
  return steps;
}

std::vector<std::string> namesOf(const IncidentReport& report) {
  std::vector<std::string> names;
  for (const auto& loss : report.losses)
    names.push_back(core::toString(loss.address) + "/" + std::to_string(loss.prefixLength));
  for (const auto& loss : report.routes) names.push_back(printable(loss.name));
  return names;
}

std::string listed(const std::vector<std::string>& names, std::size_t most) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < most; ++i) text += (text.empty() ? "" : ", ") + names[i];
  return names.size() > most ? text + " and " + std::to_string(names.size() - most) + " more" : text;
}

std::string interfaceOf(const IncidentReport& report) {
  std::string text;
  for (const auto& loss : report.losses)
    if (text.find(loss.interface) == std::string::npos) text += (text.empty() ? "" : ", ") + loss.interface;
  return printable(text);
}

core::Duration longest(const IncidentReport& report) {
  core::Duration most{};
  for (const auto& loss : report.losses) most = std::max(most, loss.outage);
  for (const auto& loss : report.routes) most = std::max(most, loss.outage);
  return most;
}

bool isGood(const IncidentReport& report) {
  return report.outcome == Outcome::Repaired || report.outcome == Outcome::Returned;
}

std::string removerOf(const IncidentReport& report) {
  return report.remover.empty() ? "an unknown hand" : printable(report.remover);
}

/// With microseconds.
std::string exactTime(core::Instant at, const Moment& moment) {
  const std::int64_t date = moment.clock.date(at);
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06lld", static_cast<long long>(date % 1000000));
  return shortTime(date, moment.clock.date(moment.now)) + fraction;
}

class Story {
 public:
  Story(const Screen& screen, const Moment& moment) : screen_(screen), moment_(moment) {}

  std::string tell(const core::IncidentOverview& incident) {
    const IncidentReport& report = incident.report;
    text_ += screen_.paint(Colour::Strong, "Incident " + report.id + " of " + printable(report.instance)) + ": " +
             screen_.paint(isGood(report) ? Colour::Good : Colour::Warning, headline(incident)) + "\n\n";
    paragraph(whatHappened(report));
    for (const std::string& name : namesOf(report)) text_ += "    " + name + "\n";
    text_ += "\n";
    paragraph(whoDidIt(report));
    timeline(report);
    paragraph(howItEnded(report));
    paragraph(whatToDo(report));
    text_ += "  All that was written of it: journalctl -o verbose VIPG_INCIDENT=" + report.id + "\n";
    return std::move(text_);
  }

 private:
  void paragraph(const std::string& text) {
    // Sentences are read best in lines that are not too long.
    for (const std::string& line : wrapped(text, std::min<std::size_t>(screen_.room(2), 98)))
      text_ += "  " + line + "\n";
    text_ += "\n";
  }

  static std::string headline(const core::IncidentOverview& incident) {
    const IncidentReport& report = incident.report;
    switch (report.outcome) {
      case Outcome::Repaired: return "repaired, unserved for " + core::describe(longest(report));
      case Outcome::Returned: return "put back by another hand, unserved for " + core::describe(longest(report));
      case Outcome::Withdrawn: return "put back, and taken away again";
      case Outcome::HandedOver: return "not put back";
      case Outcome::Observed: return "only reported";
      case Outcome::Open: break;
    }
    return "not over yet";
  }

  std::string whatHappened(const IncidentReport& report) const {
    const std::size_t many = report.losses.size() + report.routes.size();
    const bool routes = report.losses.empty();
    const std::string what =
        many == 1 ? (routes ? "this virtual route or rule was" : "this virtual address was")
                  : std::to_string(many) + (routes ? " virtual routes and rules were" : " virtual addresses were");
    return "On " + longTime(moment_.clock.date(report.timeline.noticed)) + ", " + what + " removed" +
           (routes ? "" : " from " + interfaceOf(report)) + ", and not by keepalived, which was master here:";
  }

  static std::string whoDidIt(const IncidentReport& report) {
    std::string text = "Removed by: " + removerOf(report) + ".";
    if (!report.trigger.empty()) text += " What led to it: " + printable(report.trigger) + ".";
    if (report.removerInferred)
      text +=
          " (Who it was is a conclusion from what else happened at that moment: of IPv6 the kernel does not say it.)";
    int times = 1;
    for (const auto& loss : report.losses) times = std::max(times, loss.timesLost);
    for (const auto& loss : report.routes) times = std::max(times, loss.timesLost);
    if (times > 1) text += " It happened " + std::to_string(times) + " times within this incident.";
    return text;
  }

  void timeline(const IncidentReport& report) {
    text_ += "  From " + exactTime(report.timeline.noticed, moment_) + " on, in microseconds:\n\n";
    for (const Step& step : stepsOf(report.timeline)) {
      const std::string after = grouped(step.after);
      text_ += std::string(14 - std::min<std::size_t>(after.size(), 14), ' ') + after + "  " + step.story + "\n";
    }
    text_ += "\n";
  }

  static std::string howItEnded(const IncidentReport& report) {
    const std::string evidence = printable(report.evidence);
    const bool held =
        std::any_of(report.losses.begin(), report.losses.end(), [](const auto& loss) { return loss.held; });
    std::string text;
    if (held)
      text =
          "The host's own address of the subnet was away as well. Until it was back, the same address stood as a /32; "
          "that time does not count as unserved. ";
    switch (report.outcome) {
      case Outcome::Repaired:
      case Outcome::Returned:
        return text + "Unserved for " + core::describe(longest(report)) + " at most (" +
               grouped(micros(longest(report))) + " us). Evidence: " + evidence + ".";
      case Outcome::Withdrawn:
        return text + "What had been put back was taken away again, because " + evidence +
               ". An address on two hosts is worse than a short gap.";
      case Outcome::HandedOver: return text + "It was not put back: " + evidence + ".";
      case Outcome::Observed: return text + "Nothing was done about it: " + evidence + ".";
      case Outcome::Open: break;
    }
    return text + "It is not back yet" + (report.waiting.empty() ? "" : ": " + printable(report.waiting)) + ".";
  }

  static std::string whatToDo(const IncidentReport& report) {
    const bool networkd = report.remover.find("systemd-networkd") != std::string::npos;
    std::string text;
    switch (report.outcome) {
      case Outcome::Repaired:
      case Outcome::Returned: text = "Nothing has to be done."; break;
      case Outcome::Withdrawn:
      case Outcome::HandedOver:
        text = "Look who has the address now: vip-guardian status, here and on the other node.";
        break;
      case Outcome::Observed:
        text =
            "Look whether keepalived has brought it back: vip-guardian status. What may be done is said in "
            "vip-guardian.json(5).";
        break;
      case Outcome::Open:
        text = "vip-guardian status says how it stands; journalctl -u keepalived what keepalived says.";
        break;
    }
    if (networkd)
      text +=
          " To keep networkd from it: KeepConfiguration= in systemd.network(5) (systemd 243 and newer), or "
          "\"critical: true\" in netplan.";
    return text;
  }

  const Screen& screen_;
  const Moment& moment_;
  std::string text_;
};

}  // namespace

std::string eventText(const core::IncidentOverview& incident, const Screen& screen, const Moment& moment) {
  const IncidentReport& report = incident.report;
  const std::string time = exactTime(report.timeline.noticed, moment);
  std::string result = status::word(report.outcome);
  if (isGood(report)) result += " after " + core::describe(longest(report));
  std::string text = time + "  " + report.id + "  " + printable(report.instance) + "  " +
                     screen.paint(isGood(report) ? Colour::Good : Colour::Warning, result) + "\n";

  const std::string indent(time.size() + 2, ' ');
  const auto add = [&](const std::string& sentence, Colour colour) {
    for (const std::string& line : wrapped(sentence, screen.room(indent.size())))
      text += indent + screen.paint(colour, line) + "\n";
  };
  add(listed(namesOf(report), 6) + (report.losses.empty() ? "" : " on " + interfaceOf(report)), Colour::None);
  add("removed by " + removerOf(report) + (report.removerInferred ? " (inferred)" : "") +
          (report.trigger.empty() ? "" : " (" + printable(report.trigger) + ")"),
      Colour::None);
  std::string steps;
  for (const Step& step : stepsOf(report.timeline))
    steps +=
        (steps.empty() ? "" : ", ") + std::string(step.name) + (step.after == 0 ? " 0" : " +" + grouped(step.after));
  add(steps + " us", Colour::Dim);
  return text;
}

std::string storyOf(const core::IncidentOverview& incident, const Screen& screen, const Moment& moment) {
  return Story(screen, moment).tell(incident);
}

}  // namespace guardian::cli
