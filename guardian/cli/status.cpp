#include "cli/status.hpp"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <optional>

#include <nlohmann/json.hpp>

#include "cli/usage.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/proc.hpp"
#include "status/status_file.hpp"

namespace guardian::cli {
namespace {

using nlohmann::json;

struct Options {
  std::string file = status::kStatusFile;
  bool json = false;
  bool watch = false;
  bool help = false;
  std::string complaint;
};

constexpr const char* kUsageText = "Usage: vip-guardian status [--json] [--watch] [--file FILE]\n";

Options readOptions(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--json")
      options.json = true;
    else if (argument == "--watch" || argument == "-w")
      options.watch = true;
    else if (argument == "--help")
      options.help = true;
    else if (argument == "--file" && i + 1 < argc)
      options.file = argv[++i];
    else if (argument.compare(0, 7, "--file=") == 0)
      options.file = argument.substr(7);
    else
      options.complaint = "unexpected \"" + argument + "\"";
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

Look lookAt(const std::string& file) {
  Look look;
  look.raw = readWhole(file);
  look.document = status::fromJson(look.raw, status::WallClock::now());
  look.alive = look.document && status::isAlive(*look.document);
  look.verdict = status::judge(look.document.value_or(status::Document{}), look.alive);
  return look;
}

/// The state file as it stands, with what only the reader knows.
std::string asJson(const Look& look, bool pretty) {
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

std::string show(const Look& look, const Options& options, bool pretty) {
  return options.json ? asJson(look, pretty) : asText(look, options.file);
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
  const std::size_t slash = options.file.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : options.file.substr(0, slash + 1);
  std::string former;
  for (;;) {
    // Anew each time: the folder comes and goes with the daemon. Watching it twice is watching it once.
    ::inotify_add_watch(news.get(), folder.c_str(), IN_MOVED_TO | IN_DELETE);
    const Look look = lookAt(options.file);
    const std::string state = look.raw + (look.alive ? "+" : "-");
    if (terminal) std::fputs("\x1b[H\x1b[2J", stdout);
    if (terminal || state != former) std::fputs(show(look, options, false).c_str(), stdout);
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
  const Look look = lookAt(options.file);
  std::fputs(show(look, options, true).c_str(), stdout);
  return static_cast<int>(look.verdict.level);
}

}  // namespace guardian::cli
