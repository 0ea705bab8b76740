#include "cli/replay.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/arguments.hpp"
#include "cli/replay_text.hpp"
#include "cli/usage.hpp"
#include "guardian/util/json.hpp"
#include "trace/codec.hpp"

namespace guardian::cli {
namespace {

constexpr int kDiffers = 1;
constexpr int kUnreadable = 3;
constexpr std::size_t kLargest = 16 * 1024 * 1024;
constexpr const char* kUsageText = "Usage: vip-guardian replay TRACE [--json]\n";

struct Options {
  std::string file;
  bool json = false;
  bool help = false;
  std::string complaint;
};

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--json"))
      options.json = true;
    else if (arguments.is("--help"))
      options.help = true;
    else if (!arguments.isPlain())
      options.complaint = arguments.unexpected();
    else if (options.file.empty())
      options.file = arguments.text();
    else
      options.complaint = "one trace at a time";
  }
  if (options.file.empty() && !options.help && options.complaint.empty()) options.complaint = "a trace is missing";
  return options;
}

/// One object a line: the event as it stands in the trace, and all that followed.
std::string asJson(const trace::Entry& entry, const core::Actions& actions, bool same) {
  JsonWriter json;
  json.beginObject().member("line", entry.line);
  json.member("at", std::int64_t{std::chrono::nanoseconds(entry.at.time_since_epoch()).count()});
  if (entry.event) {
    json.memberIf("standing", entry.standing).key("event").beginObject();
    trace::put(json, *entry.event);
    json.endObject();
  } else {
    json.member("left_out", entry.leftOut).memberIf("why", entry.why);
  }
  json.key("actions").beginArray();
  for (const core::Action& action : actions) {
    json.beginObject();
    trace::put(json, action);
    json.endObject();
  }
  return json.endArray().member("same", same).endObject().take() + "\n";
}

int play(const trace::Trace& trace, bool json) {
  ReplayText text(trace, Screen::ofOutput());
  if (!json) std::fputs(text.head().c_str(), stdout);
  trace::Player player(trace);
  core::Actions actions;
  bool same = true;
  for (const trace::Entry& entry : trace.entries) {
    actions.clear();
    player.play(entry, actions);
    const bool asThen = entry.standing || !entry.event || trace::sameNames(entry.did, actions);
    same = same && asThen;
    std::fputs((json ? asJson(entry, actions, asThen) : text.tell(entry, actions, asThen)).c_str(), stdout);
  }
  if (!json) std::fputs(text.end().c_str(), stdout);
  return same ? 0 : kDiffers;
}

int complain(const std::string& file, const std::string& what) {
  std::fprintf(stderr, "vip-guardian replay: %s: %s\n", file.c_str(), what.c_str());
  return kUnreadable;
}

}  // namespace

int replay(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian replay: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  if (options.help) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  errno = 0;
  std::ifstream stream(options.file, std::ios::binary);
  if (!stream) return complain(options.file, errno != 0 ? std::strerror(errno) : "it cannot be read");
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (text.size() > kLargest) return complain(options.file, "it is too large to be a trace");
  try {
    return play(trace::readTrace(text), options.json);
  } catch (const trace::BadTrace& error) {
    return complain(options.file, error.what());
  }
}

}  // namespace guardian::cli
