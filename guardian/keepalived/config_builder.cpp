#include "keepalived/config_builder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

constexpr std::size_t kLongestInterfaceName = 15;
constexpr std::size_t kMostProblems = 2000;

struct ParentRefused {};

bool same(const core::Problem& a, const core::Problem& b) {
  return a.line == b.line && a.file == b.file && a.text == b.text;
}

}  // namespace

Builder::Builder(const ReadOptions& options, FileSource& files)
    : options_(options), files_(files), parser_(options, files, *this) {
  const FileContent scopes = files.readFile("/etc/iproute2/rt_scopes");
  if (scopes.status == FileContent::Status::Read) scopes_ = ScopeNames(scopes.text);
  routeNames_ =
      RouteNames(files.readFile("/etc/iproute2/rt_tables").text, files.readFile("/etc/iproute2/rt_protos").text);
  result_.globals.defaultInterface = "eth0";
}

core::Configuration Builder::build(const std::string& path) {
  try {
    const int left = readAsParent(path);
    const int inherited = parser_.grammar().inheritsSkipping() ? left : 0;
    parser_.readCopy();
    parser_.parse(path, rootBlock(parser_.grammar()), inherited);
    complete();
    if (inherited > 0) {
      problem(Severity::Error,
              "The braces do not balance: after a start this keepalived skips lines until they do, after a reload "
              "it reads them.");
      for (Draft& draft : drafts_) doubt(draft);
    }
    if (!vrrpConfigured_ && !drafts_.empty()) {
      problem(Severity::Error,
              "The process that starts the others skips all instances, since braces do not balance: no VRRP process "
              "runs.");
      allUncertain_ = true;
    }
  } catch (const ParentRefused&) {
    result_.accepted = false;
  } catch (const Refused& refused) {
    result_.accepted = false;
    if (completing_ != nullptr) {
      addProblem(Severity::Error, completing_->file, completing_->line, refused.text);
    } else {
      parser_.report(Severity::Error, refused.text);
    }
  }
  for (Draft& draft : drafts_) {
    core::Instance& instance = draft.instance;
    if (!result_.accepted || allUncertain_) instance.understood = false;
    for (DraftVip& vip : draft.excluded) vip.vip.excluded = true;
    for (std::vector<DraftVip>* list : {&draft.vips, &draft.excluded}) {
      for (DraftVip& vip : *list) {
        if (vip.possible) instance.vips.push_back(std::move(vip.vip));
      }
    }
    result_.instances.push_back(std::move(instance));
  }
  for (core::Problem& problem : parentProblems_) {
    const auto known = [&](const core::Problem& other) { return same(problem, other); };
    if (std::none_of(result_.problems.begin(), result_.problems.end(), known))
      result_.problems.push_back(std::move(problem));
  }
  return std::move(result_);
}

/// The parent reads the file first and skips every block that is not its own by counting braces. What it is
/// left with when they do not balance, the forked VRRP process inherits.
int Builder::readAsParent(const std::string& path) {
  Builder parent(options_, files_);
  int left = 0;
  try {
    left = parent.parser_.parse(path, parentBlock(parser_.grammar()), 0);
  } catch (const Refused& refused) {
    parent.parser_.report(Severity::Error, refused.text);
    result_.problems = std::move(parent.result_.problems);
    throw ParentRefused();
  }
  takeGlobals(parent);
  return left;
}

void Builder::takeGlobals(Builder& parent) {
  if (!parser_.grammar().globalsByParent()) {
    result_.globals.netNamespace = parent.result_.globals.netNamespace;
    result_.globals.instanceName = parent.result_.globals.instanceName;
    result_.globals.usePidDirectory = parent.result_.globals.usePidDirectory;
    vrrpConfigured_ = true;  // its VRRP process always runs
    return;
  }
  // What both processes would complain about is said once, below, by the VRRP process's reading.
  for (core::Problem& problem : parent.result_.problems) parentProblems_.push_back(std::move(problem));
  result_.globals = parent.result_.globals;
  vrrpConfigured_ = parent.vrrpConfigured_;
  announce_ = parent.announce_;
  globalIntervals_ = parent.globalIntervals_;
  dynamicInterfaces_ = parent.dynamicInterfaces_;
  globalVersion_ = parent.globalVersion_;
  globalStrict_ = parent.globalStrict_;
  hasVmacPrefix_ = parent.hasVmacPrefix_;
  vmacPrefix_ = parent.vmacPrefix_;
  vmacAddressPrefix_ = parent.vmacAddressPrefix_;
}

void Builder::addProblem(Severity severity, const std::string& file, int line, const std::string& text) {
  if (result_.problems.size() > kMostProblems) return;
  if (result_.problems.size() == kMostProblems) {
    result_.problems.push_back({Severity::Error, file, line, "There are more problems than are listed here."});
    return;
  }
  result_.problems.push_back({severity, file, line, text});
}

void Builder::problem(Severity severity, const std::string& text) { parser_.report(severity, text); }

void Builder::refuse(const std::string& text) const { throw Refused{text}; }

void Builder::unknownKeyword(const Words& words, bool insideBlock) {
  std::string text = "keepalived does not know '" + words[0] + "' here and ignores the line.";
  if (words.back() == "{" && insideBlock)
    text = "keepalived does not know '" + words[0] +
           "' here and does not skip its block: the block's '}' ends the one around it.";
  problem(Severity::Warning, text);
}

Builder::Draft& Builder::draft() {
  // keepalived takes the last element of its list of instances without looking whether there is one.
  if (drafts_.empty()) refuse("An instance keyword stands where no instance is; keepalived crashes on it.");
  if (parser_.inForeignText()) doubt(drafts_.back());
  return drafts_.back();
}

void Builder::doubt(Draft& draft) { draft.instance.understood = false; }

bool Builder::exists(const std::string& interface) const {
  if (interface.empty() || interface.size() > kLongestInterfaceName) return false;
  return interface == "lo" || !options_.interfaces || options_.interfaces->count(interface) > 0;
}

std::optional<unsigned long> readUnsigned(const Grammar& grammar, const std::string& word, unsigned long least,
                                          unsigned long most, bool tolerant) {
  char* end = nullptr;
  errno = 0;
  const unsigned long number = std::strtoul(word.c_str(), &end, 10);
  const bool inside = number >= least && number <= most;
  if (!grammar.since(2, 0, 7)) return inside && (tolerant || *end == '\0') ? std::make_optional(number) : std::nullopt;
  const std::size_t start = word.find_first_not_of(" \t\n\v\f\r");
  const bool negative = start != std::string::npos && word[start] == '-';
  const bool clean = !negative && *end == '\0' && errno != ERANGE && number <= std::numeric_limits<unsigned>::max();
  return inside && (clean || tolerant) ? std::make_optional(number) : std::nullopt;
}

core::Configuration readConfiguration(const std::string& path, const ReadOptions& options, FileSource& files) {
  return Builder(options, files).build(path);
}

std::string configIdOf(const std::string& nodeName) { return nodeName.substr(0, nodeName.find('.')); }

}  // namespace guardian::keepalived
