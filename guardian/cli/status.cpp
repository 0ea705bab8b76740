#include "cli/status.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include <nlohmann/json.hpp>

#include "cli/arguments.hpp"
#include "cli/usage.hpp"
#include "doctor/finding.hpp"
#include "doctor/gather.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/proc.hpp"
#include "status/status_file.hpp"
#include "systemd/bus_client.hpp"

namespace guardian::cli {
namespace {

using nlohmann::json;

struct Options {
  std::optional<std::string> file;  ///< this one, and not whoever is on the bus
  bool json = false;
  bool watch = false;
  bool help = false;
  std::string complaint;
};

constexpr std::chrono::seconds kForAnAnswer{3};
constexpr const char* kUsageText = "Usage: vip-guardian status [--json] [--watch] [--file FILE]\n";

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--json"))
      options.json = true;
    else if (arguments.is("--watch", "-w"))
      options.watch = true;
    else if (arguments.is("--help"))
      options.help = true;
    else if (const auto file = arguments.valueOf({"--file"}))
      options.file = *file;
    else
      options.complaint = arguments.unexpected();
  }
  return options;
}

/// What there is to know just now.
struct Look {
  std::string raw;
  std::optional<status::Document> document;
  bool alive = false;
  status::Verdict verdict;
};

std::string fileOf(const Options& options) { return options.file.value_or(status::kStatusFile); }

/// From the daemon itself, over the bus. Where there is none, or nobody answers: what it wrote, which is the same.
std::string read(const Options& options, systemd::BusClient& bus) {
  auto said = options.file ? std::nullopt : bus.status();
  return said ? std::move(*said) : readWhole(fileOf(options));
}

Look lookAt(const Options& options, systemd::BusClient& bus) {
  Look look;
  look.raw = read(options, bus);
  look.document = status::fromJson(look.raw, status::WallClock::now());
  look.alive = look.document && status::isAlive(*look.document);
  look.verdict = status::judge(look.document.value_or(status::Document{}), look.alive);
  return look;
}

/// The state file as it stands, with what only the reader knows.
std::string asJson(const Look& look, const std::string& protection, bool pretty) {
  json root = look.document ? json::parse(look.raw)
                            : json{{"version", VIP_GUARDIAN_VERSION},
                                   {"guardian", json::object()},
                                   {"keepalived", json::object()},
                                   {"instances", json::array()},
                                   {"incidents", json::array()}};
  root["guardian"]["running"] = look.alive;
  json findings = json::array();
  for (const status::Finding& finding : look.verdict.findings)
    findings.push_back({{"level", status::word(finding.level)}, {"text", finding.text}});
  if (!protection.empty()) root["protection"] = protection;
  root["verdict"] = {{"level", status::word(look.verdict.level)}, {"findings", findings}};
  return root.dump(pretty ? 2 : -1) + "\n";
}

std::string asText(const Look& look, const std::string& file) {
  const Screen screen = Screen::ofOutput();
  const Moment moment{std::chrono::steady_clock::now(), status::WallClock::now()};
  if (look.document && look.alive) return statusText(*look.document, look.verdict, screen, moment);
  std::string text = screen.paint(Colour::Bad, "vip-guardian is not running") +
                     ": nobody puts back what is lost.\n"
                     "  start it       systemctl start vip-guardian\n"
                     "  why it ended   journalctl -u vip-guardian -n 20\n";
  if (!look.document) return text + (look.raw.empty() ? "" : file + " makes no sense, and is not shown.\n");
  return text + "\nWhat it knew last:\n\n" + statusText(*look.document, look.verdict, screen, moment);
}

/// What protects this host and what does not, in a sentence. Of a file nobody knows which host it is about.
std::string protectionOf(const Options& options) {
  return options.file ? "" : doctor::judge(doctor::gather("")).summary;
}

std::string show(const Look& look, const Options& options, const std::string& protection, bool pretty) {
  if (options.json) return asJson(look, protection, pretty);
  std::string text = asText(look, fileOf(options));
  if (protection.empty()) return text;
  text += "\n";
  for (const std::string& line : wrapped(protection + " More: vip-guardian doctor", Screen::ofOutput().room(0)))
    text += line + "\n";
  return text;
}

/// Whether keepalived has spoken of every instance since then. Who is silent, or gone, will not.
bool isNewer(const Look& look, core::Instant since) {
  if (!look.document || !look.alive || !look.document->overview.running || look.document->overview.silent) return true;
  const auto& instances = look.document->overview.instances;
  return std::all_of(instances.begin(), instances.end(),
                     [since](const core::InstanceOverview& one) { return one.roleKnownAt >= since; });
}

/// Until the file is written anew, or a second has gone by.
void waitForNews(const Fd& watch) {
  pollfd waiting{watch.get(), POLLIN, 0};
  if (::poll(&waiting, watch ? 1 : 0, 1000) <= 0) return;
  char events[4096];
  while (::read(watch.get(), events, sizeof events) > 0) {}
}

/// On a terminal one screen that is painted anew, for ages grow; elsewhere one more text each time it changes.
int watch(const Options& options) {
  const bool terminal = ::isatty(STDOUT_FILENO) == 1 && !options.json;
  const Fd news(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  const std::string file = fileOf(options);
  const std::size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  const std::string protection = protectionOf(options);
  systemd::BusClient bus;
  std::string former;
  for (;;) {
    // Anew each time: the folder comes and goes with the daemon. Watching it twice is watching it once.
    ::inotify_add_watch(news.get(), folder.c_str(), IN_MOVED_TO | IN_DELETE);
    const Look look = lookAt(options, bus);
    const std::string state = look.raw + (look.alive ? "+" : "-");
    if (terminal) std::fputs("\x1b[H\x1b[2J", stdout);
    if (terminal || state != former) std::fputs(show(look, options, protection, false).c_str(), stdout);
    if (std::fflush(stdout) != 0) return static_cast<int>(look.verdict.level);  // nobody reads any more
    former = state;
    waitForNews(news);
  }
}

}  // namespace

int status(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian status: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  if (options.help) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  if (options.watch) return watch(options);
  systemd::BusClient bus;
  const Look look = lookAt(options, bus);
  std::fputs(show(look, options, protectionOf(options), true).c_str(), stdout);
  return static_cast<int>(look.verdict.level);
}

int verify(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (!arguments.is("--json")) {
      std::fprintf(stderr, "vip-guardian verify: %s; see vip-guardian --help\n", arguments.unexpected().c_str());
      return kUsage;
    }
    options.json = true;
  }
  const core::Instant began = std::chrono::steady_clock::now();
  systemd::BusClient bus;
  if (!bus.verify()) {
    std::fprintf(stderr, "vip-guardian verify: %s\n", bus.problem().c_str());
    return static_cast<int>(status::Level::Unknown);
  }
  Look look = lookAt(options, bus);
  while (!isNewer(look, began) && std::chrono::steady_clock::now() < began + kForAnAnswer) {
    ::poll(nullptr, 0, 20);
    look = lookAt(options, bus);
  }
  std::fputs(show(look, options, "", true).c_str(), stdout);
  return static_cast<int>(look.verdict.level);
}

}  // namespace guardian::cli
