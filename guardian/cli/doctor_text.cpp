// The doctor's report, for people and for programs. The worst comes first; what is in order takes one line.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "cli/doctor.hpp"
#include "doctor/fixes.hpp"
#include "guardian/util/utf8.hpp"

namespace guardian::cli {
namespace {

using doctor::Finding;
using doctor::Report;
using doctor::Severity;
using nlohmann::json;

constexpr std::size_t kLabel = 9;  // "warning  "

Colour colourOf(Severity severity) {
  switch (severity) {
    case Severity::Bad: return Colour::Bad;
    case Severity::Warning: return Colour::Warning;
    case Severity::Note: return Colour::Strong;
    case Severity::Ok: break;
  }
  return Colour::Good;
}

const char* labelOf(Severity severity) { return severity == Severity::Bad ? "BAD" : doctor::word(severity); }

const char* word(doctor::Verdict verdict) {
  switch (verdict) {
    case doctor::Verdict::Fine: return "fine";
    case doctor::Verdict::Degraded: return "degraded";
    case doctor::Verdict::Critical: return "critical";
    case doctor::Verdict::Unknown: break;
  }
  return "unknown";
}

Colour colourOf(doctor::Verdict verdict) {
  return verdict == doctor::Verdict::Fine       ? Colour::Good
         : verdict == doctor::Verdict::Critical ? Colour::Bad
                                                : Colour::Warning;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

std::string countOf(const Report& report) {
  std::string text;
  for (const Severity severity : {Severity::Bad, Severity::Warning, Severity::Note, Severity::Ok}) {
    const auto many = std::count_if(report.findings.begin(), report.findings.end(),
                                    [&](const Finding& finding) { return finding.severity == severity; });
    if (many == 0) continue;
    const bool plural = many > 1 && (severity == Severity::Warning || severity == Severity::Note);
    text += (text.empty() ? "" : ", ") + std::to_string(many) + " " + doctor::word(severity) + (plural ? "s" : "");
  }
  return text;
}

class Page {
 public:
  explicit Page(const Screen& screen) : screen_(screen) {}

  std::string write(const Report& report) {
    text_ = screen_.paint(Colour::Strong, "vip-guardian doctor") + "  " +
            screen_.paint(colourOf(report.verdict), upper(word(report.verdict))) + "  " + countOf(report) + "\n";
    paragraph("", report.summary, Colour::None);
    for (const Finding& finding : report.findings)
      if (finding.severity != Severity::Ok) add(finding);
    addOk(report.findings);
    addUnseen(report.unseen);
    addFixes(report);
    return std::move(text_);
  }

 private:
  /// Later lines are indented as the first one is.
  void paragraph(const std::string& lead, const std::string& text, Colour colour) {
    std::string indent = lead;
    for (const std::string& line : wrapped(printable(text), screen_.room(lead.size()))) {
      text_ += indent + screen_.paint(colour, line) + "\n";
      indent.assign(lead.size(), ' ');
    }
  }

  void add(const Finding& finding) {
    text_ += "\n" + screen_.paint(colourOf(finding.severity), padded(labelOf(finding.severity), kLabel));
    const std::vector<std::string> lines = wrapped(printable(finding.statement), screen_.room(kLabel));
    for (std::size_t i = 0; i < lines.size(); ++i)
      text_ += (i == 0 ? "" : std::string(kLabel, ' ')) + screen_.paint(Colour::Strong, lines[i]) + "\n";
    const std::string indent(kLabel, ' ');
    if (!finding.reason.empty()) paragraph(indent, finding.reason, Colour::None);
    for (std::size_t at = 0; at < finding.remedy.size();) {
      const std::size_t end = std::min(finding.remedy.find('\n', at), finding.remedy.size());
      addRemedy(indent + "  ", printable(finding.remedy.substr(at, end - at)));
      at = end + 1;
    }
    text_ +=
        indent + screen_.paint(Colour::Dim, finding.id + (finding.fixes.empty() ? "" : ", --fix can do it")) + "\n";
  }

  /// To be copied: never wrapped, but for a comment, which remains one.
  void addRemedy(const std::string& indent, const std::string& line) {
    const std::string mark = "# ";
    if (line.compare(0, mark.size(), mark) != 0) {
      text_ += indent;
      text_ += line + "\n";
      return;
    }
    for (const std::string& part : wrapped(line.substr(mark.size()), screen_.room(indent.size() + mark.size())))
      text_.append(indent).append(mark).append(part).append("\n");
  }

  void addOk(const std::vector<Finding>& findings) {
    bool first = true;
    for (const Finding& finding : findings) {
      if (finding.severity != Severity::Ok) continue;
      if (first) text_ += "\n";
      first = false;
      paragraph(padded("ok", kLabel), finding.statement, Colour::Dim);
    }
  }

  void addUnseen(const std::vector<doctor::Unseen>& unseen) {
    if (unseen.empty()) return;
    text_ += "\n";
    for (const doctor::Unseen& one : unseen)
      paragraph(padded("unseen", kLabel), one.what + ": " + one.why, Colour::None);
  }

  void addFixes(const Report& report) {
    const std::size_t many = doctor::fixesOf(report).size();
    if (many == 0) return;
    text_ += "\n";
    paragraph("",
              "vip-guardian doctor --fix writes " +
                  (many == 1 ? std::string("that file") : std::to_string(many) + " files") +
                  ", after showing and asking; --undo takes what it wrote away.",
              Colour::None);
  }

  const Screen& screen_;
  std::string text_;
};

json fixJson(const doctor::Fix& fix) {
  return {{"path", cleanUtf8(fix.path)}, {"text", cleanUtf8(fix.text)}, {"effect", fix.effect}};
}

json findingJson(const Finding& finding) {
  json result = {{"id", finding.id},
                 {"severity", doctor::word(finding.severity)},
                 {"about", json::array()},
                 {"statement", cleanUtf8(finding.statement)},
                 {"reason", cleanUtf8(finding.reason)},
                 {"remedy", cleanUtf8(finding.remedy)},
                 {"fixes", json::array()}};
  for (const std::string& name : finding.about) result["about"].push_back(cleanUtf8(name));
  for (const doctor::Fix& fix : finding.fixes) result["fixes"].push_back(fixJson(fix));
  return result;
}

}  // namespace

std::string doctorText(const Report& report, const Screen& screen) { return Page(screen).write(report); }

std::string doctorJson(const Report& report) {
  json root = {{"version", VIP_GUARDIAN_VERSION},
               {"verdict", {{"level", word(report.verdict)}, {"text", cleanUtf8(report.summary)}}},
               {"findings", json::array()},
               {"unseen", json::array()}};
  for (const Finding& finding : report.findings) root["findings"].push_back(findingJson(finding));
  for (const doctor::Unseen& one : report.unseen)
    root["unseen"].push_back({{"what", cleanUtf8(one.what)}, {"why", cleanUtf8(one.why)}});
  return root.dump(2) + "\n";
}

}  // namespace guardian::cli
