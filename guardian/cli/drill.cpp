#include "cli/drill.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/dead_man.hpp"
#include "cli/drill_choice.hpp"
#include "cli/drill_report.hpp"
#include "cli/terminal.hpp"
#include "cli/usage.hpp"
#include "config/durations.hpp"
#include "guardian/core/wording.hpp"
#include "netlink/monitor.hpp"
#include "netlink/requests.hpp"
#include "probe/echo_train.hpp"
#include "status/status_file.hpp"

namespace guardian::cli {
namespace {

using Clock = DeadMan::Clock;

constexpr int kUnknown = 3;
constexpr int kMostRounds = 1000;
constexpr std::chrono::seconds kTold{15};  ///< for the guardian's account, which ends with the last proof
constexpr std::chrono::milliseconds kLook{20};
constexpr std::chrono::seconds kAnswers{3};  ///< for an answer from who is asked
// Removed anew within five seconds, an address is being fought about, and the guardian waits longer each time.
constexpr std::chrono::seconds kBetween{6};

constexpr const char* kUsageText =
    "Usage: vip-guardian drill INSTANCE [--address ADDRESS] [--probe ADDRESS] [--repeat N] [--deadline SPAN]\n"
    "                          [--yes] [--json] [--file FILE]\n";

struct Options {
  std::string instance;
  std::string address;
  std::optional<core::IpAddress> probe;  ///< who answers echo requests
  int repeat = 1;
  core::Duration deadline = std::chrono::seconds(5);
  std::string file = status::kStatusFile;
  bool yes = false;
  bool json = false;
  bool help = false;
  std::string complaint;
};

bool readValue(const std::string& name, const std::string& value, Options& options) {
  if (name == "--file") {
    options.file = value;
  } else if (name == "--address") {
    options.address = value;
  } else if (name == "--probe") {
    options.probe = core::parseAddress(value);
    return options.probe.has_value();
  } else if (name == "--repeat") {
    if (value.empty() || value.size() > 4 || value.find_first_not_of("0123456789") != std::string::npos) return false;
    options.repeat = std::stoi(value);
    return options.repeat >= 1 && options.repeat <= kMostRounds;
  } else {
    const auto span = config::parseDuration(value);
    if (!span || *span < std::chrono::milliseconds(100) || *span > std::chrono::minutes(1)) return false;
    options.deadline = *span;
  }
  return true;
}

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--yes", "-y")) {
      options.yes = true;
    } else if (arguments.is("--json")) {
      options.json = true;
    } else if (arguments.is("--help")) {
      options.help = true;
    } else if (const auto value = arguments.valueOf({"--file", "--address", "--probe", "--repeat", "--deadline"})) {
      if (!readValue(arguments.option(), *value, options)) options.complaint = arguments.refused(*value);
    } else if (arguments.isPlain() && options.instance.empty()) {
      options.instance = arguments.text();
    } else {
      options.complaint = arguments.unexpected();
    }
  }
  if (options.instance.empty() && options.complaint.empty() && !options.help)
    options.complaint = "an instance is missing; vip-guardian status names them";
  return options;
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "vip-guardian drill: %s\n", why.c_str());
  return kUnknown;
}

/// What there is to know before a round.
struct Ground {
  status::Document document;
  core::InstanceOverview instance;
  core::AddressRecord record;
  Mastership mastership;
};

class Drill {
 public:
  explicit Drill(const Options& options)
      : options_(options), terminal_(!options.json && ::isatty(STDOUT_FILENO) == 1) {}

  /// Why not; empty: everything is as it has to be. Asks keepalived as well, as late as can be.
  std::string survey(bool withKeepalived) {
    auto document = status::readStatus(options_.file);
    const bool alive = document && status::isAlive(*document);
    std::string why = objection(document.value_or(status::Document{}), alive, options_.instance);
    if (!why.empty()) return why;
    ground_.document = std::move(*document);
    const auto& all = ground_.document.overview.instances;
    ground_.instance =
        *std::find_if(all.begin(), all.end(), [this](const auto& one) { return one.name == options_.instance; });
    if (::geteuid() != 0) return "it takes root";
    const auto host = requests_.snapshot();
    if (!host) return host.error().text();
    const Choice choice = choose(ground_.instance, host.value(), options_.address);
    if (!choice.record) return choice.complaint;
    ground_.record = *choice.record;
    options_.address = core::toString(ground_.record.key.address);  // the same one in each round
    for (const auto& link : host.value().links)
      if (link.ifindex == ground_.record.key.ifindex) interface_ = link.name;
    if (options_.probe && options_.probe->family != ground_.record.key.address.family)
      return core::toString(*options_.probe) + " cannot be asked from " + options_.address + "; see --address";
    if (!withKeepalived) return "";
    auto mastership = askMastership(options_.instance);
    if (!mastership) return mastership.error().doing;
    ground_.mastership = std::move(mastership.value());
    return "";
  }

  std::string address() const {
    return core::toString(ground_.record.key.address) + "/" + std::to_string(ground_.record.key.prefixLength);
  }
  const std::string& interface() const { return interface_; }

  /// Removes it, and waits for what comes. An error: nothing was removed.
  Result<DrillRound> play() {
    std::optional<Clock::time_point> back;
    netlink::Monitor monitor([&](core::Event&& event) {
      const auto* appeared = std::get_if<core::AddressAppeared>(&event);
      if (appeared != nullptr && appeared->record.key == ground_.record.key && !back) back = Clock::now();
    });
    if (options_.probe)
      if (auto asked = beginAsking(); !asked) return asked.error();
    const auto start = Clock::now();
    const auto deadline = start + options_.deadline;
    auto man = DeadMan::start(ground_.record, ground_.mastership, deadline, options_.file);
    if (!man) return man.error();
    monitor.drain();
    back.reset();  // what came before the removal
    const auto removal = Clock::now();
    const core::RemoveDone removed = requests_.remove(ground_.record.key);
    if (removed.error != 0 || !removed.existed) {
      man.value().release();
      man.value().end();
      return Error{removed.error != 0 ? removed.error : EADDRNOTAVAIL, "removing " + address()};
    }
    DrillRound round;
    progress("removed, waiting for its return");
    while (!back) {
      const bool manIsDone = wait(monitor.fd(), man.value().fd());
      monitor.drain();
      if (!back && manIsDone) break;
    }
    man.value().release();
    round.saved = man.value().end();
    monitor.drain();
    if (back) round.back = *back - removal;
    if (train_) round.client = endAsking(back.value_or(Clock::now()));
    round.incident = account(back.has_value());
    return round;
  }

  /// On a terminal, in place.
  void progress(const std::string& what) {
    if (!terminal_) return;
    std::printf("\r\x1b[K  %s ...", what.c_str());
    std::fflush(stdout);
  }
  void clearProgress() {
    if (!terminal_) return;
    std::fputs("\r\x1b[K", stdout);
    std::fflush(stdout);
  }

 private:
  /// From the address that is to go, to somebody who answers now: else it would prove nothing.
  Result<Done> beginAsking() {
    const int ifindex = ground_.record.key.ifindex;
    auto train = probe::EchoTrain::start({ground_.record.key.address, ifindex}, {*options_.probe, ifindex});
    if (!train) return train.error();
    train_ = std::move(train.value());
    const auto deadline = Clock::now() + kAnswers;
    while (!train_->lastAnswered() && Clock::now() < deadline) wait();
    if (train_->lastAnswered()) return Done{};
    return Error{ETIMEDOUT, core::toString(*options_.probe) + " does not answer echo requests from " +
                                options_.address + "; nothing was removed"};
  }

  /// Until it has answered what was sent after the address was back.
  ClientView endAsking(Clock::time_point back) {
    const auto deadline = Clock::now() + kAnswers;
    while (*train_->lastAnswered() < back && Clock::now() < deadline) wait();
    ClientView view;
    if (*train_->lastAnswered() >= back) view.gap = train_->longestGap();
    view.lost = train_->lost();
    view.sent = train_->counted();
    train_.reset();
    return view;
  }

  /// For news, or for what is due of the echo requests; not for ever. Whether there is some of the second kind.
  bool wait(int news = -1, int otherNews = -1) {
    const auto at = [](int fd) { return pollfd{fd, POLLIN, 0}; };
    std::array<pollfd, 4> watched{at(news), at(otherNews), at(train_ ? train_->timer() : -1),
                                  at(train_ ? train_->answers() : -1)};
    if (::poll(watched.data(), watched.size(), 1000) <= 0) return false;
    if (train_ && watched[2].revents != 0) train_->send();
    if (train_) train_->drain();
    return watched[1].revents != 0;
  }

  /// The incident that was not known before, once it is over.
  std::optional<core::IncidentOverview> account(bool patient) {
    std::set<std::string> known;
    for (const auto& one : ground_.document.overview.incidents) known.insert(one.report.id);
    const auto deadline = Clock::now() + (patient ? std::chrono::milliseconds(kTold) : std::chrono::seconds(1));
    for (;;) {
      if (const auto document = status::readStatus(options_.file))
        for (const auto& one : document->overview.incidents)
          if (known.count(one.report.id) == 0 && one.over && isOurs(one.report)) return one;
      if (Clock::now() > deadline) return std::nullopt;
      progress("it is back, waiting for the proof");
      ::poll(nullptr, 0, static_cast<int>(kLook.count()));
    }
  }

  bool isOurs(const core::IncidentReport& report) const {
    return report.instance == options_.instance &&
           std::any_of(report.losses.begin(), report.losses.end(), [this](const auto& loss) {
             return loss.address == ground_.record.key.address && loss.prefixLength == ground_.record.key.prefixLength;
           });
  }

  Options options_;
  bool terminal_;
  netlink::Requests requests_;
  std::optional<probe::EchoTrain> train_;
  Ground ground_;
  std::string interface_;
};

/// 0: go on.
int withoutConsent(const Options& options) {
  // A question has no place in what a program reads.
  const Consent given = options.json && !options.yes ? Consent::NobodyToAsk : consent(options.yes, "Go ahead?");
  if (given == Consent::Given) return 0;
  if (given == Consent::Refused) return std::puts("Nothing was removed.") < 0 ? 1 : -1;
  std::fputs("vip-guardian drill: nobody can be asked here, and nothing was removed; --yes consents\n", stderr);
  return kUsage;
}

int run(const Options& options) {
  Drill drill(options);
  if (const std::string why = drill.survey(false); !why.empty()) return refuse(why);
  const DrillPlan plan{options.instance, drill.address(),  drill.interface(),
                       options.repeat,   options.deadline, options.probe};
  if (!options.json) std::fputs(planText(plan, Screen::ofOutput()).c_str(), stdout);
  if (const int exit = withoutConsent(options); exit != 0) return exit < 0 ? 0 : exit;
  const Screen screen = Screen::ofOutput();
  if (!options.json) std::puts("");
  std::vector<DrillRound> rounds;
  std::string complaint;
  for (int i = 1; i <= options.repeat && complaint.empty(); ++i) {
    if (i > 1) {
      drill.progress("a moment, so that it does not look like a fight");
      ::poll(nullptr, 0, static_cast<int>(std::chrono::milliseconds(kBetween).count()));
    }
    complaint = drill.survey(true);
    if (!complaint.empty()) break;
    auto played = drill.play();
    drill.clearProgress();
    if (!played) {
      complaint = played.error().text();
      break;
    }
    rounds.push_back(std::move(played.value()));
    if (!options.json) {
      std::fputs(roundText(rounds.back(), rounds.size(), static_cast<std::size_t>(options.repeat), screen).c_str(),
                 stdout);
      std::fflush(stdout);
    }
    if (statusOf(rounds) == 2) break;  // no more of that
  }
  drill.clearProgress();
  if (rounds.empty()) return refuse(complaint);
  std::fputs((options.json ? drillJson(options.instance, drill.address(), drill.interface(), rounds)
                           : drillText(rounds, screen))
                 .c_str(),
             stdout);
  if (complaint.empty()) return statusOf(rounds);
  refuse("stopped after " + std::to_string(rounds.size()) + ": " + complaint);
  return std::max(statusOf(rounds), 1);
}

}  // namespace

int drill(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian drill: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  if (options.help) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  ::signal(SIGPIPE, SIG_IGN);
  return run(options);
}

}  // namespace guardian::cli
