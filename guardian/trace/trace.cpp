#include "trace/trace.hpp"

#include <algorithm>
#include <exception>

#include <nlohmann/json.hpp>

#include "guardian/util/json.hpp"
#include "trace/codec.hpp"

namespace guardian::trace {
namespace {

using nlohmann::json;

constexpr int kDeepest = 24;                           // ours nest twelve deep
constexpr std::size_t kLongestLine = 4 * 1024 * 1024;  // the recorder writes far shorter ones

json parsed(const std::string& line) {
  if (line.size() > kLongestLine || !isShallow(line, kDeepest)) throw Unreadable("it is too long or too deep");
  json object;
  try {
    object = json::parse(line);
  } catch (const std::exception&) {
    throw Unreadable("it is not valid JSON");
  }
  if (!object.is_object()) throw Unreadable("it is no JSON object");
  return object;
}

/// Takes a member out of the line; what is left in the end is known to nobody.
template <class T> bool take(json& line, const char* name, T& into) {
  const auto found = line.find(name);
  if (found == line.end()) return false;
  Reader::read(*found, into, name);
  line.erase(found);
  return true;
}

void readHeader(json line, Trace& trace) {
  int format = 0;
  if (!take(line, "trace", format)) throw Unreadable("it is not the beginning of a trace");
  if (format != kFormat)
    throw Unreadable("this is a trace of format " + std::to_string(format) + ", and this version reads " +
                     std::to_string(kFormat));
  take(line, "version", trace.version);
  take(line, "at", trace.at);
  take(line, "date", trace.date);
  take(line, "port", trace.port);
  take(line, "whole", trace.whole);
  const auto settings = line.find("settings");
  if (settings == line.end()) throw Unreadable("the settings are missing");
  trace.settings = readSettings(*settings);
  line.erase(settings);
  if (!line.empty()) throw Unreadable("this version does not know \"" + line.begin().key() + "\"");
}

Entry readEntry(json line) {
  Entry entry;
  if (!take(line, "at", entry.at)) throw Unreadable("\"at\" is missing");
  take(line, "standing", entry.standing);
  take(line, "did", entry.did);
  if (take(line, "left_out", entry.leftOut)) {
    take(line, "why", entry.why);
    if (!line.empty()) throw Unreadable("this version does not know \"" + line.begin().key() + "\"");
    return entry;
  }
  if (line.size() != 1) throw Unreadable("it must hold exactly one event");
  entry.event = readEvent(line.begin().key(), line.begin().value());
  return entry;
}

bool isCompared(const std::string& name) { return name != "ArmTimer" && name != "SetStatus"; }

}  // namespace

Trace readTrace(std::string_view text) {
  Trace trace;
  int number = 0;
  bool begun = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line(text.substr(at, end - at));
    at = end + 1;
    ++number;
    try {
      if (!begun) {
        readHeader(parsed(line), trace);
        begun = true;
        continue;
      }
      Entry entry = readEntry(parsed(line));
      entry.line = number;
      if (!trace.entries.empty() && entry.at < trace.entries.back().at) throw Unreadable("time goes back");
      trace.entries.push_back(std::move(entry));
    } catch (const Unreadable& error) {
      throw BadTrace("line " + std::to_string(number) + ": " + error.what());
    }
  }
  if (!begun) throw BadTrace("there is nothing in it");
  return trace;
}

void Player::play(const Entry& entry, core::Actions& out) {
  if (!entry.event) return;
  core::Event event = *entry.event;
  if (auto* answered = std::get_if<core::Answered>(&event)) answered->request = asked_;
  if (auto* failed = std::get_if<core::AskFailed>(&event)) failed->request = asked_;
  const std::size_t before = out.size();
  decider_.handle(event, entry.at, out);
  for (std::size_t i = before; i < out.size(); ++i)
    if (const auto* question = std::get_if<core::AskKeepalived>(&out[i])) asked_ = question->request;
}

bool sameNames(const std::vector<std::string>& names, const core::Actions& actions) {
  std::vector<std::string> then;
  std::vector<std::string> now;
  std::copy_if(names.begin(), names.end(), std::back_inserter(then), isCompared);
  for (const core::Action& action : actions)
    if (isCompared(nameOf(action))) now.push_back(nameOf(action));
  return then == now;
}

}  // namespace guardian::trace
