#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "config/settings.hpp"
#include "guardian/core/wording.hpp"

using namespace guardian;

namespace {

const char* word(core::PolicyKind policy) {
  static const char* const words[] = {"reinstate", "restart", "observe"};
  return words[static_cast<int>(policy)];
}

std::string describe(const config::Settings& settings) {
  std::string text = word(settings.policy);
  for (const auto& [name, policy] : settings.policies) text += ", " + name + " " + word(policy);
  const core::RestartSettings& restart = settings.restart;
  const core::RestartSettings usual;
  if (restart.whenNeeded) text += ", restart when needed";
  if (restart.withoutPeer) text += ", without a peer";
  if (restart.leastInterval != usual.leastInterval) text += ", every " + core::describe(restart.leastInterval);
  if (restart.jitter != usual.jitter) text += ", jitter " + core::describe(restart.jitter);
  if (restart.mostPerHour != usual.mostPerHour) text += ", " + std::to_string(restart.mostPerHour) + " an hour";
  if (settings.stale.remove) text += ", removes what is stale after " + core::describe(settings.stale.patience);
  constexpr const char* kFights[] = {"", ", restarts on a fight", ", hands over a fight", ", gives a fight up"};
  text += kFights[static_cast<std::size_t>(settings.fight)];
  if (settings.peerProbe > core::Duration::zero())
    text += ", asks for peers every " + core::describe(settings.peerProbe);
  for (const auto& [name, path] : settings.stateFiles) text.append(", ").append(name).append(" in ").append(path);
  if (settings.askFirst) text += ", asks first";
  if (settings.keepalivedWatches) text += *settings.keepalivedWatches ? ", watches" : ", watches not";
  if (!settings.metricsFile.empty()) text += ", figures to " + settings.metricsFile;
  if (settings.traceIncidents) text += ", traces incidents";
  return text;
}

/// The settings in words, or the complaint.
std::string parsed(const std::string& text) {
  try {
    return describe(config::parseSettings(text, "v.json"));
  } catch (const config::BadConfiguration& error) {
    return error.what();
  }
}

std::string read(const std::string& path, bool optional) {
  try {
    return describe(config::readSettings(path, optional));
  } catch (const config::BadConfiguration& error) {
    return error.what();
  }
}

/// A directory with one configuration file in it.
class File {
 public:
  explicit File(const std::string& text = {}, mode_t mode = 0644) {
    REQUIRE(::mkdtemp(directory_) != nullptr);
    path = std::string(directory_) + "/v.json";
    std::ofstream(path) << text;
    REQUIRE(::chmod(path.c_str(), mode) == 0);
  }
  ~File() {
    ::unlink(path.c_str());
    ::rmdir(directory_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  std::string directory() const { return directory_; }
  std::string path;

 private:
  char directory_[32] = "/tmp/vip-guardian-test-XXXXXX";
};

const char* const kSyntax =
    ": this is not valid JSON; look at this line and the one before it for a missing comma, quote or brace";

}  // namespace

TEST_CASE("good configurations mean what they say") {
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"{}", "reinstate"},
      {" \n\t{ }\n\n", "reinstate"},
      {R"({"policy": "reinstate"})", "reinstate"},
      {R"({"policy": "observe"})", "observe"},
      {R"({"policy": "restart"})", "restart"},
      {"// all\n{ /* of\nit */ \"policy\": \"observe\" // is\n}", "observe"},
      {R"({"instances": {"//": {"policy": "observe"}}})", "reinstate, // observe"},
      {R"({"instances": {"VI_1": {"policy": "observe"}, "VI_2": {}}})", "reinstate, VI_1 observe, VI_2 reinstate"},
      {R"({"instances": {"VI_2": {}}, "policy": "observe"})", "observe, VI_2 observe"},
      {R"({"restart": {}})", "reinstate"},
      {R"({"restart": {"when_needed": true, "without_peer": true, "min_interval": "1h 30min", "jitter": 0}})",
       "reinstate, restart when needed, without a peer, every 90 min, jitter 0 ms"},
      {R"({"restart": {"most_per_hour": 12, "jitter": "500ms"}})", "reinstate, jitter 500 ms, 12 an hour"},
      {R"({"keepalived": {"ask_first": true}})", "reinstate, asks first"},
      {R"({"keepalived": {}})", "reinstate"},
      {R"({"keepalived": {"watches_addresses": true}})", "reinstate, watches"},
      {R"({"policy": "observe", "keepalived": {"watches_addresses": false}})", "observe, watches not"},
      {R"({"stale": {"action": "report"}})", "reinstate"},
      {R"({"fight": {"action": "report"}})", "reinstate"},
      {R"({"fight": {"action": "restart"}})", "reinstate, restarts on a fight"},
      {R"({"fight": {"action": "hand_over"}})", "reinstate, hands over a fight"},
      {R"({"fight": {"action": "give_up"}})", "reinstate, gives a fight up"},
      {R"({"peer": {"probe": "10s"}})", "reinstate, asks for peers every 10.0 s"},
      {R"({"instances": {"VI_1": {"state_file": "/run/VI_1"}}})", "reinstate, VI_1 reinstate, VI_1 in /run/VI_1"},
      {R"({"stale": {"action": "remove", "patience": "2s"}})", "reinstate, removes what is stale after 2.0 s"},
      {R"({"metrics": {}})", "reinstate"},
      {R"({"metrics": {"textfile": "/var/lib/x.prom"}})", "reinstate, figures to /var/lib/x.prom"},
      {R"({"trace": {}})", "reinstate"},
      {R"({"trace": {"on_incident": true}})", "reinstate, traces incidents"},
      {"{\"policy\": \"ob\\u0073erve\"}", "observe"},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(parsed(c.text) == c.expected);
  }
}

TEST_CASE("what a bad configuration says is named with its line") {
  const char* const kNoTextfile = "v.json:1: \"textfile\" must be a path from / on that ends in \".prom\"";
  const struct {
    const char* text;
    const char* expected;
  } cases[] = {
      {"[]", "v.json: the configuration must be one JSON object"},
      {"\"observe\"", "v.json: the configuration must be one JSON object"},
      {"null", "v.json: the configuration must be one JSON object"},
      {"{\n\"polcy\": \"observe\"\n}",
       "v.json:2: unknown key \"polcy\"; did you mean \"policy\"?; known here: policy, instances, restart, stale, "
       "fight, peer, "
       "keepalived, "
       "metrics, trace"},
      {"{\"\": 1}",
       "v.json:1: unknown key \"\"; known here: policy, instances, restart, stale, fight, peer, keepalived, metrics, "
       "trace"},
      {"{\n\n\"policy\": \"watch\"}",
       "v.json:3: \"policy\" is \"watch\"; it must be \"reinstate\", \"restart\" or \"observe\""},
      {"{\"policy\": \"Observe\"}",
       "v.json:1: \"policy\" is \"Observe\"; it must be \"reinstate\", \"restart\" or \"observe\"; did you mean "
       "\"observe\"?"},
      {"{\"stale\": {\n\"action\": \"removed\"}}",
       "v.json:2: \"action\" is \"removed\"; it must be \"report\" or \"remove\"; did you mean \"remove\"?"},
      {"{\"fight\": {\"action\": \"stop\"}}",
       "v.json:1: \"action\" is \"stop\"; it must be \"report\", \"restart\", \"hand_over\" or \"give_up\""},
      {"{\"peer\": {\"probe\": \"9s\"}}", "v.json:1: \"probe\" must be at least 10.0 s"},
      {"{\"instances\": {\"VI_1\": {\n\"state_file\": \"roles\"}}}",
       "v.json:2: \"state_file\" must be the path of a file, from / on"},
      {"{\"stale\": {\"patience\": \"10ms\"}}", "v.json:1: \"patience\" must be at least 1.0 s"},
      {"{\"policy\": true}", "v.json:1: \"policy\" must be \"reinstate\", \"restart\" or \"observe\""},
      {"{\"policy\": null}", "v.json:1: \"policy\" must be \"reinstate\", \"restart\" or \"observe\""},
      {"{\"policy\": [\"observe\"]}", "v.json:1: \"policy\" must be \"reinstate\", \"restart\" or \"observe\""},
      {"{\n\"keepalived\": true}", "v.json:2: \"keepalived\" must be an object"},
      {"{\"keepalived\": []}", "v.json:1: \"keepalived\" must be an object"},
      {"{\"keepalived\": {\n\"watches_addresses\": \"yes\"}}", "v.json:2: \"watches_addresses\" must be true or false"},
      {"{\"keepalived\": {\"watches_addresses\": 1}}", "v.json:1: \"watches_addresses\" must be true or false"},
      {"{\"keepalived\": {\"watches_addresses\": null}}", "v.json:1: \"watches_addresses\" must be true or false"},
      {"{\"policy\": \"observe\",\n\"instances\": {\n\"VI_1\": {\n\"policy\": \"ignore\"}}}",
       "v.json:4: \"policy\" is \"ignore\"; it must be \"reinstate\", \"restart\" or \"observe\""},
      {"{\"instances\": {\"VI_1\": \"observe\"}}", "v.json:1: \"VI_1\" must be an object"},
      {"{\"restart\":\n{\"min_interval\": \"5 apples\"}}",
       "v.json:2: \"min_interval\" must be a span of time, such as \"500ms\", \"10min\" or \"1h 30min\""},
      {"{\"restart\": {\"jitter\": -1}}",
       "v.json:1: \"jitter\" must be a span of time, such as \"500ms\", \"10min\" or \"1h 30min\""},
      {"{\"restart\": {\"min_interval\": \"59s\"}}", "v.json:1: \"min_interval\" must be at least 60.0 s"},
      {"{\"restart\": {\"most_per_hour\": 13}}", "v.json:1: \"most_per_hour\" must be a whole number from 0 to 12"},
      {"{\"restart\": {\"most_per_hour\": 1.5}}", "v.json:1: \"most_per_hour\" must be a whole number from 0 to 12"},
      {"{\"restart\": {\"when_neded\": true}}",
       "v.json:1: unknown key \"when_neded\"; did you mean \"when_needed\"?; known here: when_needed, without_peer, "
       "peer_heard_within, patience, jitter, min_interval, most_per_hour"},
      {R"({"metrics": "/x.prom"})", "v.json:1: \"metrics\" must be an object"},
      {R"({"metrics": {"textfile": true}})", kNoTextfile},
      {R"({"metrics": {"textfile": ""}})", kNoTextfile},
      {R"({"metrics": {"textfile": "x.prom"}})", kNoTextfile},
      {R"({"metrics": {"textfile": "/x.txt"}})", kNoTextfile},
      {R"({"metrics": {"textfile": "/x\u0000.prom"}})", kNoTextfile},
      {"{\"keepalived\": {\n\"policy\": \"observe\"}}",
       "v.json:2: unknown key \"policy\"; known here: ask_first, watches_addresses"},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    CHECK(parsed(c.text) == c.expected);
  }
}

TEST_CASE("a line is that of the key, not that of a value which reads the same") {
  CHECK(parsed("{\"keepalived\":\n{\"watches_addresses\": true},\n\"policy\":\n\"policy\"}") ==
        "v.json:3: \"policy\" is \"policy\"; it must be \"reinstate\", \"restart\" or \"observe\"");
  CHECK(parsed("{\"policy\": \"keepalived\",\n \"keepalived\": 7}") ==
        "v.json:1: \"policy\" is \"keepalived\"; it must be \"reinstate\", \"restart\" or \"observe\"");
  CHECK(parsed("{\"policy\": \"observe\",\n \"observe\" : 7}") ==
        "v.json:2: unknown key \"observe\"; known here: policy, instances, restart, stale, fight, peer, keepalived, "
        "metrics, trace");
}

TEST_CASE("a syntax error is named with its line") {
  const struct {
    const char* text;
    int line;
  } cases[] = {
      {"", 1},
      {"\n\n", 3},
      {"{", 1},
      {"{\"policy\": \"observe\"", 1},
      {"{\n\"policy\": \"observe\"\n\"keepalived\": {}\n}", 3},
      {"{\n\"policy\": \"observe\",\n}", 3},
      {"{\n\"policy\": observe\n}", 2},
      {"{\n'policy': \"observe\"\n}", 2},
      {"{}\n{}", 2},
      {"{\"policy\": \"obs\nerve\"}", 2},
      {"{ /* a comment\n}", 1},
      {"{\n// a comment\n\"policy\"}", 3},
  };
  for (const auto& c : cases) {
    INFO(c.text);
    const std::string complaint = parsed(c.text);
    CHECK(complaint == "v.json:" + std::to_string(c.line) + kSyntax);
  }
}

TEST_CASE("no text makes the reader fail in another way than by saying so") {
  const std::string good = "{\"policy\": \"observe\", \"keepalived\": {\"watches_addresses\": true}}";
  for (std::size_t length = 0; length < good.size(); ++length)
    CHECK(parsed(good.substr(0, length)).compare(0, 8, "v.json:1") == 0);
  for (std::size_t at = 0; at < good.size(); ++at)
    for (const char c : {'\0', '\xff', '{', '"', '9'}) {
      std::string damaged = good;
      damaged[at] = c;
      CHECK_NOTHROW(parsed(damaged));
    }
}

TEST_CASE("a file that is not there is the defaults only where nobody named it") {
  const File file;
  const std::string absent = file.directory() + "/absent.json";
  CHECK(read(absent, true) == "reinstate");
  CHECK(read(absent, false) == absent + ": No such file or directory");
  CHECK(read(file.path + "/v.json", true) == file.path + "/v.json: Not a directory");
}

TEST_CASE("a file that others may write to is refused with the remedy") {
  for (const mode_t mode : {0664U, 0646U, 0666U, 0622U, 0777U}) {
    const File file("{\"policy\": \"observe\"}", mode);
    for (const bool optional : {false, true})
      CHECK(read(file.path, optional) ==
            file.path + ": others than its owner may write to it; run chmod go-w " + file.path);
  }
  for (const mode_t mode : {0644U, 0640U, 0600U, 0755U}) {
    const File file("{\"policy\": \"observe\"}", mode);
    CHECK(read(file.path, true) == "observe");
  }
}

TEST_CASE("a file is complained about by its own name") {
  const File file("{\n\"policy\": 7}");
  CHECK(read(file.path, true) == file.path + ":2: \"policy\" must be \"reinstate\", \"restart\" or \"observe\"");
}

TEST_CASE("what is no file is not read") {
  const File file;
  const std::string pipe = file.directory() + "/pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  for (const std::string& path : {file.directory(), pipe, std::string("/dev/null")})  // never waits for a writer
    CHECK(read(path, false) == path + ": not a regular file");
  ::unlink(pipe.c_str());
}
