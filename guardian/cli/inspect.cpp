#include "cli/inspect.hpp"

#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <set>

#include "cli/arguments.hpp"
#include "cli/usage.hpp"
#include "keepalived/command_line.hpp"
#include "keepalived/config_reader.hpp"
#include "keepalived/dump_reader.hpp"
#include "keepalived/installed.hpp"
#include "keepalived/json_reader.hpp"

namespace guardian::cli {
namespace {

constexpr int kUnknown = 3;

constexpr const char* kUsageText =
    "Usage: vip-guardian inspect FILE [--json] [--keepalived-version VERSION] [--config-id ID]\n"
    "                            [--interfaces NAME,...]\n"
    "       What a keepalived configuration or dump file says\n";

struct Options {
  std::string file;
  bool json = false;
  bool help = false;
  std::optional<core::Version> version;
  std::optional<std::string> configId;
  std::optional<std::set<std::string>> interfaces;
  std::string complaint;
};

std::set<std::string> splitList(const std::string& text) {
  std::set<std::string> words;
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    if (end > start) words.insert(text.substr(start, end - start));
    start = end + 1;
  }
  return words;
}

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--json")) {
      options.json = true;
    } else if (arguments.is("--help")) {
      options.help = true;
    } else if (const auto version = arguments.valueOf({"--keepalived-version"})) {
      options.version = keepalived::parseVersion(*version);
      if (!options.version) options.complaint = "\"" + *version + "\" is no version";
    } else if (const auto id = arguments.valueOf({"--config-id"})) {
      options.configId = *id;
    } else if (const auto names = arguments.valueOf({"--interfaces"})) {
      options.interfaces = splitList(*names);
    } else if (!arguments.isPlain() && arguments.text() != "-") {
      options.complaint = arguments.unexpected();
    } else if (!options.file.empty()) {
      options.complaint = "one file at a time";
    } else {
      options.file = arguments.text();
    }
  }
  if (options.file.empty() && options.complaint.empty() && !options.help) options.complaint = "a file is missing";
  return options;
}

std::string nodeName() {
  utsname names{};
  return ::uname(&names) == 0 ? names.nodename : "";
}

bool startsAsJson(const std::string& text) {
  const std::size_t start = text.find_first_not_of(" \t\r\n");
  return start != std::string::npos && (text[start] == '[' || text.compare(start, 2, "{\"") == 0);
}

Inspection inspectDump(core::Answer answer) {
  Inspection inspection;
  inspection.kind = "dump";
  inspection.claims = std::move(answer.instances);
  inspection.content.problems = std::move(answer.problems);
  return inspection;
}

Inspection inspectConfiguration(const Options& options) {
  Inspection inspection;
  inspection.kind = "config";
  keepalived::ReadOptions rules;
  std::optional<core::Version> version = options.version;
  if (!version) version = keepalived::installedVersion();
  if (version) rules.version = *version;
  rules.configId = options.configId.value_or(keepalived::configIdOf(nodeName()));
  rules.interfaces = options.interfaces;
  inspection.version = rules.version;
  inspection.content = keepalived::readConfiguration(options.file, rules, keepalived::realFiles());
  if (!version)
    inspection.content.problems.push_back(
        {core::Problem::Severity::Note, options.file, 0, "There is no keepalived here: read by the rules of 1.3.9."});
  return inspection;
}

int exitCode(const Inspection& inspection) {
  auto worst = core::Problem::Severity::Note;
  for (const core::Problem& problem : inspection.content.problems) worst = std::max(worst, problem.severity);
  return static_cast<int>(worst);
}

}  // namespace

int inspect(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian inspect: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  if (options.help) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  // A configuration may be named by a pattern, as for keepalived: only a plain name can be a dump.
  const keepalived::FileContent file = keepalived::realFiles().readFile(options.file);
  const bool readable = file.status == keepalived::FileContent::Status::Read;
  if (!readable && keepalived::realFiles().glob(options.file, "").empty()) {
    std::fprintf(stderr, "vip-guardian inspect: %s cannot be read\n", options.file.c_str());
    return kUnknown;
  }
  Inspection inspection;
  if (readable && keepalived::looksLikeDump(file.text)) {
    inspection = inspectDump(keepalived::readDump(file.text));
  } else if (readable && startsAsJson(file.text)) {
    inspection = inspectDump(keepalived::readJsonDump(file.text));
  } else {
    inspection = inspectConfiguration(options);
  }
  const std::string output = options.json ? toJson(inspection) : toText(inspection);
  std::fputs(output.c_str(), stdout);
  return exitCode(inspection);
}

}  // namespace guardian::cli
