#include "cli/doctor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/terminal.hpp"
#include "cli/usage.hpp"
#include "doctor/fixes.hpp"
#include "doctor/gather.hpp"
#include "guardian/core/wording.hpp"

namespace guardian::cli {
namespace {

constexpr const char* kUsageText = "Usage: vip-guardian doctor [--json | --fix | --undo] [--yes] [--root DIR]\n";

struct Options {
  std::string root;
  bool json = false;
  bool fix = false;
  bool undo = false;
  bool yes = false;
  bool help = false;
  std::string complaint;
};

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--json"))
      options.json = true;
    else if (arguments.is("--fix"))
      options.fix = true;
    else if (arguments.is("--undo"))
      options.undo = true;
    else if (arguments.is("--yes", "-y"))
      options.yes = true;
    else if (arguments.is("--help"))
      options.help = true;
    else if (const auto root = arguments.valueOf({"--root"}))
      options.root = *root;
    else
      options.complaint = arguments.unexpected();
  }
  if (options.json + options.fix + options.undo > 1) options.complaint = "one of --json, --fix and --undo at a time";
  struct stat status {};
  if (!options.root.empty() && (::stat(options.root.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)))
    options.complaint = options.root + " is no directory";
  if (options.root == "/") options.root.clear();
  return options;
}

/// What to return if there is none.
int withoutConsent(Consent given) {
  if (given == Consent::Refused) return std::puts("Nothing was changed.") < 0 ? 1 : 0;
  std::fputs("vip-guardian doctor: nobody can be asked here, and nothing was changed; --yes consents\n", stderr);
  return kUsage;
}

int complain(const Error& error) {
  const char* more = error.code == EEXIST ? "; that file is not ours" : error.code == EACCES ? "; it takes root" : "";
  std::fprintf(stderr, "vip-guardian doctor: %s%s\n", error.text().c_str(), more);
  return 1;
}

std::string indented(const std::string& text) {
  std::string result = "    ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "    ";
  }
  result.resize(result.find_last_not_of(' ') + 1);
  return result;
}

int fix(const Options& options) {
  const std::vector<doctor::Fix> fixes = doctor::fixesOf(doctor::judge(doctor::gather(options.root)));
  if (fixes.empty()) return std::puts("There is nothing that --fix could do.") < 0 ? 1 : 0;
  for (const doctor::Fix& one : fixes)
    std::printf("%s\n%s  %s\n\n", one.path.c_str(), indented(one.text).c_str(), one.effect.c_str());
  const Consent given = consent(options.yes, fixes.size() == 1 ? "Write this file?" : "Write these files?");
  if (given != Consent::Given) return withoutConsent(given);
  for (const doctor::Fix& one : fixes) {
    const Result<Done> done = doctor::write(one, options.root);
    if (!done) return complain(done.error());
    std::printf("written: %s\n", one.path.c_str());
  }
  std::puts("vip-guardian doctor --undo removes what was written.");
  return 0;
}

int undo(const Options& options) {
  const std::vector<std::string> files = doctor::writtenFiles(options.root);
  if (files.empty()) return std::puts("There is nothing of ours to remove.") < 0 ? 1 : 0;
  for (const std::string& file : files) std::printf("%s\n", file.c_str());
  const Consent given = consent(options.yes, files.size() == 1 ? "Remove this file?" : "Remove these files?");
  if (given != Consent::Given) return withoutConsent(given);
  for (const std::string& file : files) {
    const Result<Done> done = doctor::remove(file, options.root);
    if (!done) return complain(done.error());
    std::printf("removed: %s\n", file.c_str());
  }
  return 0;
}

/// Whoever waits at a terminal is told for what.
void tellListening(core::Duration length) {
  if (::isatty(STDERR_FILENO) == 1)
    std::fprintf(stderr, "Listening for other nodes, for %s ...\n", core::describe(length).c_str());
}

int report(const Options& options) {
  const doctor::Report report = doctor::judge(doctor::gather(options.root, tellListening));
  std::fputs((options.json ? doctorJson(report) : doctorText(report, Screen::ofOutput())).c_str(), stdout);
  return static_cast<int>(report.verdict);
}

}  // namespace

int doctor(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian doctor: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  if (options.help) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  return options.fix ? fix(options) : options.undo ? undo(options) : report(options);
}

}  // namespace guardian::cli
