// keepalived has no command for it. A restart does it: keepalived says farewell with priority 0, the peer takes over
// within a second, and the new keepalived begins as BACKUP. systemd does it as one job, so that nothing is left half
// done when this command is killed; and without a peer keepalived takes its addresses back by itself.
#include "cli/handover.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/usage.hpp"
#include "guardian/core/wording.hpp"
#include "packet/wire_watch.hpp"
#include "status/status_file.hpp"
#include "systemd/bus_watch.hpp"

namespace guardian::cli {
namespace {

using core::InstanceOverview;
using core::Role;

constexpr core::Duration kTakeOver =
    std::chrono::seconds(15);                              ///< three lost adverts of any usual interval, and a restart
constexpr core::Duration kStay = std::chrono::seconds(6);  ///< a keepalived that preempts is back by then
constexpr core::Duration kTick = std::chrono::milliseconds(100);

constexpr const char* kUsageText = "Usage: vip-guardian handover INSTANCE [--yes] [--force] [--file FILE]\n";

struct Options {
  std::string instance;
  std::string file = status::kStatusFile;
  bool yes = false;
  bool force = false;
  bool help = false;
  std::string complaint;
};

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--yes", "-y"))
      options.yes = true;
    else if (arguments.is("--force"))
      options.force = true;
    else if (arguments.is("--help"))
      options.help = true;
    else if (const auto file = arguments.valueOf({"--file"}))
      options.file = *file;
    else if (arguments.isPlain() && options.instance.empty())
      options.instance = arguments.text();
    else
      options.complaint = arguments.unexpected();
  }
  if (options.instance.empty() && options.complaint.empty()) options.complaint = "which instance?";
  return options;
}

int refuse(const std::string& why) {
  std::fprintf(stderr, "vip-guardian handover: %s\n", why.c_str());
  return 3;
}

/// Empty: nothing speaks against it.
std::string objection(const std::optional<status::Document>& document, const Options& options) {
  if (!document || !status::isAlive(*document)) return "vip-guardian does not run here; systemctl start vip-guardian";
  const auto& picture = document->overview;
  if (!picture.running) return "keepalived does not run here";
  if (picture.silent) return "keepalived does not answer, so nobody knows its roles; systemctl status keepalived";
  const auto known = std::find_if(picture.instances.begin(), picture.instances.end(),
                                  [&](const InstanceOverview& one) { return one.name == options.instance; });
  if (known == picture.instances.end()) return "keepalived has no instance \"" + options.instance + "\"";
  if (known->role != Role::Master) return options.instance + " is not MASTER here; there is nothing to hand over";
  if (options.force) return {};
  for (const InstanceOverview& one : picture.instances) {
    if (one.role != Role::Master || one.nopreempt) continue;
    if (one.peer && one.peer->priority > one.priority) continue;
    return one.name + " would come right back, for it has no nopreempt and no peer of higher priority is known: stop " +
           "keepalived for as long as the peer is to have it (systemctl stop keepalived), or --force";
  }
  return {};
}

bool consents(const std::vector<InstanceOverview>& leaving) {
  std::string names;
  for (const InstanceOverview& one : leaving) names += (names.empty() ? "" : ", ") + one.name;
  std::printf("keepalived is restarted, so that a peer takes over all that it is master of: %s.\nGo on? [y/N] ",
              names.c_str());
  std::fflush(stdout);
  char answer[16] = "";
  return std::fgets(answer, sizeof answer, stdin) != nullptr && (answer[0] == 'y' || answer[0] == 'Y');
}

/// Waits until others advertise what this node was master of, and whether they still do some seconds later.
class Move {
 public:
  Move(std::vector<InstanceOverview> leaving, std::string asked)
      : leaving_(std::move(leaving)), asked_(std::move(asked)) {
    for (const int fd : adverts_.fds())
      loop_.addReadable(fd, systemd::EventLoop::kNormal, [this, fd] { adverts_.drain(fd); });
    loop_.onTimer([this] { tick(); });
    loop_.armTimer(loop_.now() + kTick);
  }
  int run() { return loop_.run(); }

 private:
  struct Taken {
    std::string by;
    core::Instant first{};
    core::Instant last{};
    core::Duration interval{};
  };

  void heard(const core::Event& event) {
    const auto* fact = std::get_if<core::ForeignAdvert>(&event);
    if (fact == nullptr || !began_ || fact->advert.priority == 0) return;
    for (const InstanceOverview& one : leaving_) {
      if (one.vrid != fact->advert.vrid || one.family != fact->advert.family) continue;
      Taken& taken = taken_[one.name];
      if (taken.by.empty()) {
        taken = {core::toString(fact->advert.source), loop_.now(), {}, {}};
        std::printf("%s: %s has taken it over, %s after the restart began\n", one.name.c_str(), taken.by.c_str(),
                    core::describe(taken.first - *began_).c_str());
        std::fflush(stdout);
      }
      taken.last = loop_.now();
      taken.interval = fact->advert.interval;
    }
  }

  void done(const core::Event& event) {
    const auto* fact = std::get_if<core::RestartDone>(&event);
    if (fact == nullptr) return;
    restarted_ = fact->why.empty();
    if (!restarted_) finish(3, "keepalived could not be restarted: " + fact->why);
  }

  void tick() {
    loop_.armTimer(loop_.now() + kTick);
    if (!began_) {
      if (!bus_.connected()) return;
      began_ = loop_.now();
      bus_.orderKeepalived(systemd::UnitJob::Restart);
      return;
    }
    const bool all = taken_.size() == leaving_.size();
    const core::Instant now = loop_.now();
    if (!all || !restarted_) {
      if (now < *began_ + kTakeOver) return;
      std::string kept;
      for (const InstanceOverview& one : leaving_)
        if (taken_.count(one.name) == 0) kept += (kept.empty() ? "" : ", ") + one.name;
      return finish(2, "no other node has taken over " + kept + "; see vip-guardian status here and there");
    }
    core::Instant last{};
    for (const auto& [name, taken] : taken_) last = std::max(last, taken.first);
    if (now < std::max(last, *began_) + kStay) return;
    for (const auto& [name, taken] : taken_)
      if (now > taken.last + 3 * taken.interval)
        return finish(1, name + " did not stay at " + taken.by + ": is it back here? See vip-guardian status");
    finish(0, asked_ + " is with " + taken_[asked_].by + ", and stays there");
  }

  void finish(int code, const std::string& text) {
    std::fprintf(code == 0 ? stdout : stderr, "%s%s\n", code == 0 ? "" : "vip-guardian handover: ", text.c_str());
    loop_.quit(code);
  }

  std::vector<InstanceOverview> leaving_;
  std::string asked_;
  systemd::EventLoop loop_;
  packet::ForeignAdverts adverts_{[this](const core::Event& event) { heard(event); }};
  systemd::BusWatch bus_{loop_, [this](const core::Event& event) { done(event); }, [](const char*, std::uint32_t) {}};
  std::optional<core::Instant> began_;
  bool restarted_ = false;
  std::map<std::string, Taken> taken_;
};

}  // namespace

int handover(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (options.help) return std::fputs(kUsageText, stdout), 0;
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian handover: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  const auto document = status::readStatus(options.file);
  if (const std::string why = objection(document, options); !why.empty()) return refuse(why);
  std::vector<InstanceOverview> leaving;
  for (const InstanceOverview& one : document->overview.instances)
    if (one.role == Role::Master) leaving.push_back(one);
  if (::geteuid() != 0) return refuse("only root may restart keepalived");
  if (!options.yes) {
    if (::isatty(STDIN_FILENO) != 1) return refuse("there is nobody to ask; --yes does it without asking");
    if (!consents(leaving)) return refuse("nothing was done");
  }
  return Move(std::move(leaving), options.instance).run();
}

}  // namespace guardian::cli
