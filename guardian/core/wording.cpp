#include "guardian/core/wording.hpp"

#include <algorithm>
#include <cstdio>
#include <set>

#include "core/root_blocks.hpp"

namespace guardian::core {
namespace {

/// Beyond this many, a sentence lists no more addresses; the journal's fields have them all.
constexpr std::size_t kNamed = 6;

std::string named(const LossRecord& loss) { return toString(loss.address) + "/" + std::to_string(loss.prefixLength); }

template <class Loss, class Name> std::string list(const std::vector<Loss>& losses, const Name& name) {
  std::string text;
  const std::size_t shown = losses.size() > kNamed ? kNamed - 1 : losses.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i > 0) text += losses.size() == shown && i + 1 == shown ? " and " : ", ";
    text += name(losses[i]);
  }
  if (shown < losses.size()) text += " and " + std::to_string(losses.size() - shown) + " more";
  return text;
}

std::string interfaces(const IncidentReport& report) {
  std::string text;
  for (const LossRecord& loss : report.losses)
    if (text.find(loss.interface) == std::string::npos) text += (text.empty() ? "" : ", ") + loss.interface;
  return text;
}

std::string addresses(const IncidentReport& report) { return list(report.losses, named) + " on " + interfaces(report); }

std::string routes(const IncidentReport& report) {
  return list(report.routes, [](const RouteLossRecord& loss) { return loss.name; });
}

bool isOne(const IncidentReport& report) { return report.losses.size() + report.routes.size() == 1; }

std::string remover(const IncidentReport& report) {
  std::string text = report.remover.empty() ? "an unknown hand" : report.remover;
  if (report.removerInferred) text += " (inferred)";
  if (!report.trigger.empty()) text += " (" + report.trigger + ")";
  return text;
}

/// What a /32 has served meanwhile is no outage; but that it was not there all the time is to be known.
std::string meanwhile(const IncidentReport& report) {
  const bool held =
      std::any_of(report.losses.begin(), report.losses.end(), [](const LossRecord& loss) { return loss.held; });
  if (!held) return {};
  return report.outcome == Outcome::Open ? ", held as /32 since" : ", held as /32 until the base address was back";
}

/// "ip" of "ip[254]", "(gone meanwhile)" of "process 254 (gone meanwhile)"; of anything else, nothing.
std::string programOf(const std::string& hand) {
  constexpr const char* kProcess = "process ";
  const std::size_t bracket = hand.find('[');
  if (!hand.empty() && hand.back() == ']' && bracket != std::string::npos) return "of " + hand.substr(0, bracket);
  const std::size_t gone = hand.find(" (");
  return hand.rfind(kProcess, 0) == 0 && gone != std::string::npos ? hand.substr(gone + 1) : "";
}

Duration longest(const IncidentReport& report) {
  Duration most{};
  for (const LossRecord& loss : report.losses) most = std::max(most, loss.outage);
  for (const RouteLossRecord& loss : report.routes) most = std::max(most, loss.outage);
  return most;
}

int timesLost(const IncidentReport& report) {
  int most = 1;
  for (const LossRecord& loss : report.losses) most = std::max(most, loss.timesLost);
  for (const RouteLossRecord& loss : report.routes) most = std::max(most, loss.timesLost);
  return most;
}

std::string ending(const IncidentReport& report) {
  const bool one = isOne(report);
  const std::string after = describe(longest(report));
  switch (report.outcome) {
    case Outcome::Open:
      return (one ? " and is not back after " : " and are not all back after ") + after + meanwhile(report) +
             (report.waiting.empty() ? "" : "; " + report.waiting);
    case Outcome::Repaired:
      return (one ? " and is back after " : " and are all back after ") + after + meanwhile(report) +
             (report.losses.empty() || report.instance == kRootName ? "; " : "; announced; ") + report.evidence;
    case Outcome::Returned:
      return (one ? " and is back after " : " and are all back after ") + after + "; put back by another hand";
    case Outcome::Withdrawn:
      return std::string(one ? "; it was put back and taken away again" : "; they were put back and taken away again") +
             ", because " + report.evidence;
    case Outcome::HandedOver: return std::string(one ? " and was" : " and were") + " not put back: " + report.evidence;
    case Outcome::Observed: return "; nothing was done: " + report.evidence;
  }
  return {};
}

}  // namespace

std::string listOfHands(const std::vector<std::string>& hands) {
  constexpr std::size_t kEach = 3;
  struct Group {
    std::string name;
    std::string program;
    int count = 0;
  };
  std::vector<Group> groups;
  std::set<std::string> known;
  for (const std::string& hand : hands) known.insert(hand);
  const bool counted = known.size() > kEach;
  for (const std::string& hand : hands) {
    if (known.erase(hand) == 0) continue;
    const std::string program = counted ? programOf(hand) : "";
    const auto same = std::find_if(groups.begin(), groups.end(),
                                   [&](const Group& group) { return !program.empty() && group.program == program; });
    if (same == groups.end())
      groups.push_back({hand, program, 1});
    else
      ++same->count;
  }
  std::stable_sort(groups.begin(), groups.end(), [](const Group& a, const Group& b) { return a.count > b.count; });
  std::string text;
  const std::size_t shown = std::min(groups.size(), kEach);
  for (std::size_t i = 0; i < shown; ++i) {
    const Group& group = groups[i];
    text += i == 0 ? "" : ", ";
    text += group.count == 1 ? group.name : std::to_string(group.count) + " processes " + group.program;
  }
  if (shown < groups.size()) text += " and " + std::to_string(groups.size() - shown) + " more";
  return text;
}

std::string describe(const IncidentReport& report) {
  std::string text = report.instance + ": " + (report.losses.empty() ? routes(report) : addresses(report)) +
                     (isOne(report) ? " was" : " were") + " removed";
  if (timesLost(report) > 1) text += " " + std::to_string(timesLost(report)) + " times";
  return text + " by " + remover(report) + ending(report);
}

std::string describe(Duration duration) {
  const double us = std::chrono::duration<double, std::micro>(duration).count();
  char text[32];
  if (us < 9950)
    std::snprintf(text, sizeof text, "%.2g ms", us / 1e3);
  else if (us < 999500)
    std::snprintf(text, sizeof text, "%.0f ms", us / 1e3);
  else if (us < 119.5e6)
    std::snprintf(text, sizeof text, "%.1f s", us / 1e6);
  else
    std::snprintf(text, sizeof text, "%.0f min", us / 60e6);
  return text;
}

}  // namespace guardian::core
