#include "cli/drill_report.hpp"

#include <algorithm>
#include <array>

#include "guardian/core/wording.hpp"
#include "guardian/util/json.hpp"
#include "guardian/util/utf8.hpp"
#include "status/words.hpp"

namespace guardian::cli {
namespace {

using core::Duration;
using Step = std::optional<Duration> DrillSteps::*;

struct Named {
  const char* name;
  const char* member;  ///< of a round, in JSON
  const char* row;     ///< of the summary, likewise
  Step step;
};
constexpr std::array<Named, 5> kSteps{Named{"noticed", "noticed_after_usec", "noticed", &DrillSteps::noticed},
                                      Named{"back", "back_after_usec", "back", &DrillSteps::back},
                                      Named{"verified", "verified_after_usec", "verified", &DrillSteps::verified},
                                      Named{"announced", "announced_after_usec", "announced", &DrillSteps::announced},
                                      Named{"client's gap", "client_gap_usec", "client_gap", &DrillSteps::clientGap}};

bool isRepaired(const DrillRound& round) {
  if (!round.back || !round.saved.empty() || !round.incident) return false;
  return round.incident->over && round.incident->report.outcome == core::Outcome::Repaired;
}

std::int64_t micros(Duration length) { return std::chrono::duration_cast<std::chrono::microseconds>(length).count(); }

std::vector<Duration> sorted(const std::vector<DrillRound>& rounds, Step step) {
  std::vector<Duration> all;
  for (const DrillRound& round : rounds)
    if (const DrillSteps steps = stepsOf(round); steps.*step) all.push_back(*(steps.*step));
  std::sort(all.begin(), all.end());
  return all;
}

/// The smallest that is not exceeded by so many of a hundred.
Duration percentile(const std::vector<Duration>& all, std::size_t percent) {
  return all[std::max<std::size_t>((all.size() * percent + 99) / 100, 1) - 1];
}

std::string verdict(const std::vector<DrillRound>& rounds, const Screen& screen) {
  const auto good = static_cast<std::size_t>(std::count_if(rounds.begin(), rounds.end(), isRepaired));
  const std::string count =
      rounds.size() == 1 ? "" : std::to_string(good) + " of " + std::to_string(rounds.size()) + " times ";
  switch (statusOf(rounds)) {
    case 0:
      return screen.paint(Colour::Good, "Passed") + ": " + count +
             "vip-guardian put it back, and keepalived confirmed it.\n";
    case 1:
      return screen.paint(Colour::Warning, "Not quite") + ": it is back, but " + count +
             "not by vip-guardian's own account; see vip-guardian events.\n";
    default:
      return screen.paint(Colour::Bad, "Failed") +
             ": vip-guardian did not put it back in time; see vip-guardian status, and journalctl -u vip-guardian.\n";
  }
}

}  // namespace

DrillSteps stepsOf(const DrillRound& round) {
  DrillSteps steps;
  steps.back = round.back;
  if (round.client) steps.clientGap = round.client->gap;
  if (!isRepaired(round) || !round.incident->report.timeline.added) return steps;
  const core::Timeline& timeline = round.incident->report.timeline;
  // Removed again within one incident: its last addition is not the one that we saw first.
  const Duration noticed = std::max(*round.back - (*timeline.added - timeline.noticed), Duration::zero());
  steps.noticed = noticed;
  if (timeline.verified) steps.verified = noticed + (*timeline.verified - timeline.noticed);
  if (timeline.announced) steps.announced = noticed + (*timeline.announced - timeline.noticed);
  return steps;
}

int statusOf(const std::vector<DrillRound>& rounds) {
  if (std::any_of(rounds.begin(), rounds.end(), [](const auto& one) { return !one.back || !one.saved.empty(); }))
    return 2;
  return std::all_of(rounds.begin(), rounds.end(), isRepaired) ? 0 : 1;
}

std::string planText(const DrillPlan& plan, const Screen& screen) {
  const std::string address = plan.address.substr(0, plan.address.find('/'));
  std::string text = plan.address + " of " + printable(plan.instance) + " is taken off " + printable(plan.interface) +
                     (plan.repeat == 1 ? "" : ", " + std::to_string(plan.repeat) + " times") +
                     ", as systemd-networkd would do it. vip-guardian is to put it back. If it is still away after " +
                     core::describe(plan.deadline) + ", this command does, while keepalived says that it is master. ";
  text += plan.probe ? "What clients see of it is asked of " + core::toString(*plan.probe) + ", from " + address +
                           ", every 2 ms."
                     : "What clients see of it, another host can tell:";
  std::string page;
  for (const std::string& line : wrapped(text, screen.room(0))) page += line + "\n";
  return plan.probe ? page : page + "  ping -i 0.01 " + address + "\n";
}

std::string roundText(const DrillRound& round, std::size_t number, std::size_t of, const Screen& screen) {
  const std::string head = of == 1 ? "  " : "  " + std::to_string(number) + " of " + std::to_string(of) + "   ";
  const DrillSteps steps = stepsOf(round);
  std::string text = steps.back ? "back after " + core::describe(*steps.back) : "NOT BACK";
  for (const Named& one : kSteps)
    if (one.step != &DrillSteps::back && steps.*one.step)
      text += std::string(", ") + one.name + " " + core::describe(*(steps.*one.step));
  if (round.client)
    text += round.client->gap ? " (" + std::to_string(round.client->lost) + " of " +
                                    std::to_string(round.client->sent) + " echo requests lost)"
                              : "; who was asked has not answered since";
  if (isRepaired(round))
    for (const core::LossRecord& loss : round.incident->report.losses)
      if (loss.held) text += "; served by a /32 meanwhile, and away for " + core::describe(loss.outage);
  if (!round.saved.empty()) text += "; " + printable(round.saved);
  if (round.back && round.saved.empty() && !round.incident) text += "; vip-guardian has not told of it";
  if (round.incident && !isRepaired(round)) text += std::string("; ") + status::word(round.incident->report.outcome);
  std::string out;
  for (const std::string& line : wrapped(text, screen.room(head.size())))
    out += (out.empty() ? head : std::string(head.size(), ' ')) + line + "\n";
  return out;
}

std::string drillText(const std::vector<DrillRound>& rounds, const Screen& screen) {
  std::string text = "\n";
  if (rounds.size() > 1) {
    text += "  after the removal   least       median      95 %        most\n";
    for (const Named& one : kSteps) {
      const std::vector<Duration> all = sorted(rounds, one.step);
      if (all.empty()) continue;
      text += "  " + padded(one.name, 20);
      std::string row;
      for (const std::size_t percent : {0U, 50U, 95U, 100U})
        row += padded(core::describe(percentile(all, percent)), 12);
      text += row.substr(0, row.find_last_not_of(' ') + 1) + "\n";
    }
    text += "\n";
  }
  return text + verdict(rounds, screen);
}

std::string drillJson(const std::string& instance, const std::string& address, const std::string& interface,
                      const std::vector<DrillRound>& rounds) {
  JsonWriter json;
  json.beginObject().member("instance", instance).member("address", address).member("interface", interface);
  json.member("passed", statusOf(rounds) == 0).key("rounds").beginArray();
  for (const DrillRound& round : rounds) {
    const DrillSteps steps = stepsOf(round);
    json.beginObject();
    for (const Named& one : kSteps)
      if (steps.*one.step) json.member(one.member, micros(*(steps.*one.step)));
    if (round.client)
      json.member("client_lost", std::int64_t(round.client->lost))
          .member("client_asked", std::int64_t(round.client->sent));
    if (round.incident)
      json.member("incident", round.incident->report.id)
          .member("outcome", status::word(round.incident->report.outcome));
    json.memberIf("dead_man", round.saved).endObject();
  }
  json.endArray().key("summary").beginObject();
  for (const Named& one : kSteps) {
    const std::vector<Duration> all = sorted(rounds, one.step);
    if (all.empty()) continue;
    json.key(one.row).beginObject().member("least_usec", micros(all.front()));
    json.member("median_usec", micros(percentile(all, 50))).member("p95_usec", micros(percentile(all, 95)));
    json.member("most_usec", micros(all.back())).endObject();
  }
  return json.endObject().endObject().take() + "\n";
}

}  // namespace guardian::cli
