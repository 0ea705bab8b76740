#include "config/settings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include <nlohmann/json.hpp>

#include "config/durations.hpp"
#include "config/json_text.hpp"
#include "guardian/core/wording.hpp"

namespace guardian::config {
namespace {

using nlohmann::json;

/// The parser says where in its text, and only newer ones do: "parse error at line 3, column 7: ...". 2.1 throws no
/// type of its own.
std::string syntaxError(const std::string& file, const std::string& what) {
  const std::size_t at = what.find("line ");
  const std::string line =
      at == std::string::npos ? "" : what.substr(at + 5, what.find_first_not_of("0123456789", at + 5) - at - 5);
  return file + (line.empty() ? "" : ":" + line) +
         ": this is not valid JSON; look at this line and the one before it for a missing comma, quote or brace";
}

/// One object of the file. It knows where it stands, so that what it refuses can be found.
class Section {
 public:
  Section(const json& object, std::string name, std::string_view text, const std::string& file)
      : object_(object), name_(std::move(name)), text_(text), file_(file) {
    if (!object_.is_object())
      refuse(name_, name_.empty() ? "the configuration must be one JSON object" : quoted(name_) + " must be an object");
  }

  void onlyKeys(const std::vector<std::string>& known) const {
    for (auto it = object_.begin(); it != object_.end(); ++it) {
      if (std::find(known.begin(), known.end(), it.key()) != known.end()) continue;
      const std::string meant = nearest(it.key(), known);
      std::string list;
      for (const std::string& key : known) list += (list.empty() ? "" : ", ") + key;
      refuse(it.key(), "unknown key " + quoted(it.key()) +
                           (meant.empty() ? "" : "; did you mean " + quoted(meant) + "?") + "; known here: " + list);
    }
  }
  template <class Use> void section(const std::string& key, Use use) const {
    if (const json* value = find(key)) use(Section(*value, key, text_, file_));
  }
  template <class Use> void each(Use use) const {
    for (auto it = object_.begin(); it != object_.end(); ++it) use(it.key(), Section(*it, it.key(), text_, file_));
  }
  bool has(const std::string& key) const { return find(key) != nullptr; }
  void read(const std::string& key, bool& into) const {
    const json* value = find(key);
    if (value == nullptr) return;
    if (!value->is_boolean()) refuse(key, quoted(key) + " must be true or false");
    into = value->get<bool>();
  }
  void read(const std::string& key, std::optional<bool>& into) const {
    bool value = false;
    if (find(key) == nullptr) return;
    read(key, value);
    into = value;
  }
  void read(const std::string& key, int& into, int least, int most) const {
    const json* value = find(key);
    if (value == nullptr) return;
    const bool whole = value->is_number_integer();
    if (!whole || value->get<double>() < least || value->get<double>() > most)
      refuse(key,
             quoted(key) + " must be a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    into = value->get<int>();
  }
  void read(const std::string& key, core::Duration& into, core::Duration least) const {
    const json* value = find(key);
    if (value == nullptr) return;
    std::optional<core::Duration> length;
    if (value->is_string()) length = parseDuration(value->get<std::string>());
    if (value->is_number_unsigned()) length = parseDuration(std::to_string(value->get<std::uint64_t>()));
    if (!length) refuse(key, quoted(key) + R"( must be a span of time, such as "500ms", "10min" or "1h 30min")");
    if (*length < least) refuse(key, quoted(key) + " must be at least " + core::describe(least));
    into = *length;
  }
  void read(const std::string& key, core::PolicyKind& into) const {
    auto index = static_cast<std::size_t>(into);
    readWord(key, {"reinstate", "restart", "observe"}, index);
    into = static_cast<core::PolicyKind>(index);
  }
  /// One of these, by its place among them.
  void readWord(const std::string& key, const std::vector<std::string>& known, std::size_t& into) const {
    const json* value = find(key);
    if (value == nullptr) return;
    std::string choice;
    for (std::size_t i = 0; i < known.size(); ++i)
      choice += (i == 0 ? "" : i + 1 == known.size() ? " or " : ", ") + quoted(known[i]);
    if (!value->is_string()) refuse(key, quoted(key) + " must be " + choice);
    const std::string word = value->get<std::string>();
    const auto at = std::find(known.begin(), known.end(), word);
    if (at == known.end()) {
      const std::string meant = nearest(word, known);
      refuse(key, quoted(key) + " is " + quoted(word) + "; it must be " + choice +
                      (meant.empty() ? "" : "; did you mean " + quoted(meant) + "?"));
    }
    into = static_cast<std::size_t>(at - known.begin());
  }

  void readPath(const std::string& key, std::string& into) const {
    const json* value = find(key);
    if (value == nullptr) return;
    const std::string path = value->is_string() ? value->get<std::string>() : "";
    if (path.size() < 2 || path.front() != '/' || path.back() == '/' || path.find('\0') != std::string::npos)
      refuse(key, quoted(key) + " must be the path of a file, from / on");
    into = path;
  }

  /// The node exporter reads no other names.
  void readTextfile(const std::string& key, std::string& into) const {
    const json* value = find(key);
    if (value == nullptr) return;
    const std::string path = value->is_string() ? value->get<std::string>() : "";
    if (path.empty() || path.front() != '/' || path.find('\0') != std::string::npos || path.size() < 6 ||
        path.compare(path.size() - 5, 5, ".prom") != 0)
      refuse(key, quoted(key) + R"( must be a path from / on that ends in ".prom")");
    into = path;
  }

 private:
  static std::string quoted(const std::string& word) { return '"' + word + '"'; }
  const json* find(const std::string& key) const {
    const auto at = object_.find(key);
    return at == object_.end() ? nullptr : &*at;
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const {
    const int line = lineOf(text_, key, key == name_ ? "" : name_);
    throw BadConfiguration(file_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
  }

  const json& object_;
  std::string name_;
  std::string_view text_;
  const std::string& file_;
};

void readRestart(const Section& section, core::RestartSettings& restart) {
  using namespace std::chrono_literals;
  section.onlyKeys(
      {"when_needed", "without_peer", "peer_heard_within", "patience", "jitter", "min_interval", "most_per_hour"});
  section.read("when_needed", restart.whenNeeded);
  section.read("without_peer", restart.withoutPeer);
  section.read("peer_heard_within", restart.peerWithin, 1s);
  section.read("patience", restart.patience, 1s);
  section.read("jitter", restart.jitter, 0s);
  // Less would be a loop of failovers.
  section.read("min_interval", restart.leastInterval, 1min);
  section.read("most_per_hour", restart.mostPerHour, 0, 12);
}

}  // namespace

Settings parseSettings(std::string_view text, const std::string& file) {
  const std::string plain = withoutComments(text);
  Settings settings;
  json document;
  try {
    document = json::parse(plain);
  } catch (const std::exception& error) {
    throw BadConfiguration(syntaxError(file, error.what()));
  }
  const Section root(document, "", plain, file);
  root.onlyKeys({"policy", "instances", "restart", "stale", "fight", "peer", "keepalived", "metrics", "trace"});
  root.read("policy", settings.policy);
  root.section("instances", [&](const Section& instances) {
    instances.each([&](const std::string& name, const Section& instance) {
      instance.onlyKeys({"policy", "state_file"});
      if (instance.has("state_file")) instance.readPath("state_file", settings.stateFiles[name]);
      core::PolicyKind policy = settings.policy;
      instance.read("policy", policy);
      settings.policies[name] = policy;
    });
  });
  root.section("restart", [&](const Section& restart) { readRestart(restart, settings.restart); });
  root.section("stale", [&](const Section& stale) {
    stale.onlyKeys({"action", "patience"});
    std::size_t action = settings.stale.remove ? 1 : 0;
    stale.readWord("action", {"report", "remove"}, action);
    settings.stale.remove = action == 1;
    stale.read("patience", settings.stale.patience, std::chrono::seconds(1));
  });
  root.section("fight", [&](const Section& fight) {
    fight.onlyKeys({"action"});
    auto action = static_cast<std::size_t>(settings.fight);
    fight.readWord("action", {"report", "restart", "hand_over", "give_up"}, action);
    settings.fight = static_cast<core::FightAction>(action);
  });
  root.section("peer", [&](const Section& peer) {
    peer.onlyKeys({"probe"});
    peer.read("probe", settings.peerProbe, std::chrono::seconds(10));
  });
  root.section("keepalived", [&](const Section& keepalived) {
    keepalived.onlyKeys({"ask_first", "watches_addresses"});
    keepalived.read("ask_first", settings.askFirst);
    keepalived.read("watches_addresses", settings.keepalivedWatches);
  });
  root.section("metrics", [&](const Section& metrics) {
    metrics.onlyKeys({"textfile"});
    metrics.readTextfile("textfile", settings.metricsFile);
  });
  root.section("trace", [&](const Section& trace) {
    trace.onlyKeys({"on_incident"});
    trace.read("on_incident", settings.traceIncidents);
  });
  return settings;
}

Settings readSettings(const std::string& file, bool optional) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) < 0) {
    if (errno == ENOENT && optional) return {};
    throw BadConfiguration(file + ": " + std::strerror(errno));
  }
  if (!S_ISREG(facts.st_mode)) throw BadConfiguration(file + ": not a regular file");
  if ((facts.st_mode & 0022) != 0)
    throw BadConfiguration(file + ": others than its owner may write to it; run chmod go-w " + file);
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open() || stream.bad()) throw BadConfiguration(file + ": cannot be read");
  return parseSettings(text, file);
}

}  // namespace guardian::config
