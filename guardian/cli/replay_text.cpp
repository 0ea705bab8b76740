#include "cli/replay_text.hpp"

#include <algorithm>
#include <cstdio>

#include "guardian/core/wording.hpp"
#include "guardian/util/json.hpp"
#include "guardian/util/overloaded.hpp"
#include "guardian/util/utf8.hpp"
#include "trace/codec.hpp"

namespace guardian::cli {
namespace {

constexpr std::size_t kMostLines = 6;  // of one event: a configuration is long, and --json has all of it

template <class Held> std::string jsonOf(const Held& held) {
  JsonWriter json;
  json.beginObject();
  trace::put(json, held);
  return json.endObject().take();
}

/// Sentences where there are any.
std::string textOf(const core::Action& action) {
  return std::visit(Overloaded{[](const core::IncidentReport& report) { return "says: " + core::describe(report); },
                               [](const core::Notice& notice) { return "says: " + notice.text; },
                               [](const core::SetStatus& status) { return "status: " + status.text; },
                               [&action](const auto&) { return plain(jsonOf(action)); }},
                    action);
}

}  // namespace

std::string plain(const std::string& json) {
  std::string out;
  for (std::size_t i = 1; i + 1 < json.size(); ++i) {  // without the outermost braces
    const char c = json[i];
    if (c == '"') {
      std::size_t end = i + 1;
      while (end < json.size() && json[end] != '"') end += json[end] == '\\' ? 2 : 1;
      const std::string word = json.substr(i + 1, end - i - 1);
      const bool isKey = end + 1 < json.size() && json[end + 1] == ':';
      const bool isBare = !word.empty() && word.find_first_of(" \\()") == std::string::npos;
      out += isKey || isBare ? word : '"' + word + '"';
      i = end;
    } else if (c == ':') {
      if (json[i + 1] != '{') out += '=';
    } else if (c == ',') {
      out += ' ';
    } else {
      out += c == '{' ? '(' : c == '}' ? ')' : c;
    }
  }
  // The event's own brackets.
  const std::size_t open = out.find_first_of("(=");
  if (open != std::string::npos && out[open] == '(' && out.back() == ')') {
    out.pop_back();
    out[open] = ' ';
    if (open + 1 == out.size()) out.pop_back();
  }
  return out;
}

std::string ReplayText::timeOf(core::Instant at) const {
  using std::chrono::microseconds;
  const std::int64_t date = trace_.date + std::chrono::duration_cast<microseconds>(at - trace_.at).count();
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%06lld", static_cast<long long>(((date % 1000000) + 1000000) % 1000000));
  return shortTime(date, date) + fraction;
}

std::string ReplayText::block(const std::string& head, const std::string& text, Colour colour) const {
  std::string out;
  const auto lines = wrapped(printable(text), screen_.width == 0 ? 1000 : screen_.room(head.size()));
  for (std::size_t i = 0; i < lines.size() && i < kMostLines; ++i) {
    const bool cut = i + 1 == kMostLines && lines.size() > kMostLines;
    out += (i == 0 ? head : std::string(head.size(), ' ')) + screen_.paint(colour, cut ? "..." : lines[i]) + "\n";
  }
  return out;
}

std::string ReplayText::head() const {
  std::string text = "Trace of vip-guardian " + printable(trace_.version) + " of " + longTime(trace_.date) + "\n";
  if (!trace_.whole)
    text +=
        "Its beginning is lost: it begins with what was known then (*), as a new life of\n"
        "the daemon would. Its first decisions may be others than those of the daemon.\n";
  return text + "\n";
}

std::string ReplayText::tell(const trace::Entry& entry, const core::Actions& actions, bool same) {
  const std::string time = timeOf(entry.at);
  if (!entry.event) {
    leftOut_ += entry.leftOut;
    return block(time + "   ", "(" + std::to_string(entry.leftOut) + " left out: " + entry.why + ")", Colour::Warning);
  }
  if (!entry.standing) ++events_;
  if (!same) ++different_;
  const std::string mark = entry.standing ? " * " : same ? "   " : " ! ";
  std::string text = block(time + mark, plain(jsonOf(*entry.event)), entry.standing ? Colour::Dim : Colour::None);
  for (const core::Action& action : actions) {
    const auto* timer = std::get_if<core::ArmTimer>(&action);
    text += timer != nullptr ? block("    -> ", "ArmTimer at " + timeOf(timer->at), Colour::Dim)
                             : block("    -> ", textOf(action), Colour::Strong);
  }
  if (same) return text;
  std::string then;
  for (const std::string& name : entry.did) then += (then.empty() ? "" : ", ") + name;
  return text + block("    then: ", then.empty() ? "nothing" : then, Colour::Bad);
}

std::string ReplayText::end() const {
  std::string text = "\n";
  if (leftOut_ > 0)
    text += std::to_string(leftOut_) + " events were not recorded. What follows from them is missing here.\n";
  if (different_ == 0)
    return text + screen_.paint(Colour::Good, "The same decisions") + " as in the daemon, after each of " +
           std::to_string(events_) + " events.\n";
  return text + screen_.paint(Colour::Warning, "Other decisions") + " than in the daemon after " +
         std::to_string(different_) + " of " + std::to_string(events_) + " events, marked with !\n";
}

}  // namespace guardian::cli
