// What happened once is decided the same way again.
#include <functional>

#include <catch2/catch.hpp>

#include "core/route_world.hpp"
#include "trace/codec.hpp"
#include "trace/recorder.hpp"
#include "trace/trace.hpp"

using namespace guardian;
using namespace guardian::core;
using namespace guardian::test;
using namespace std::chrono_literals;

namespace {

std::string jsonOf(const Actions& actions) {
  JsonWriter json;
  json.beginArray();
  for (const Action& action : actions) {
    json.beginObject();
    trace::put(json, action);
    json.endObject();
  }
  return json.endArray().take();
}

/// A scene of which everything is recorded, and told in full besides.
struct Recorded {
  explicit Recorded(std::vector<VirtualRoute> routes = {}, const Settings& settings = {})
      : scene(std::move(routes), settings), recorder("0.0.0", settings, kOwn) {
    scene.listener = [this](const Event& event, Instant now, const Actions& actions) {
      decided.push_back(jsonOf(actions));
      recorder.record(Event(event), now, actions);
    };
  }
  Scene scene;
  trace::Recorder recorder;
  std::vector<std::string> decided;
};

std::vector<std::string> replayed(const trace::Trace& trace) {
  trace::Player player(trace);
  std::vector<std::string> out;
  for (const trace::Entry& entry : trace.entries) {
    REQUIRE(entry.event);
    Actions actions;
    player.play(entry, actions);
    CHECK(trace::sameNames(entry.did, actions));
    out.push_back(jsonOf(actions));
  }
  return out;
}

void badTrace(const std::string& text, const std::string& complaint) {
  INFO(text);
  std::string said;
  try {
    trace::readTrace(text);
  } catch (const trace::BadTrace& error) {
    said = error.what();
  }
  CHECK(said == complaint);
}

const std::string kHead = R"({"trace":1,"at":1000,"port":9,"settings":{}})"
                          "\n";

}  // namespace

TEST_CASE("a recorded history is decided the same way again, to the last member") {
  Recorded history({viaGateway(), bySource(), rule()});
  Scene& scene = history.scene;
  scene.startAsMaster();
  SECTION("a loss that is repaired") {
    scene.vanish(kVip, kNetworkd);
    scene.pass(3s);
  }
  SECTION("the base address goes as well, and comes back") {
    scene.vanish(kVip, kNetworkd);
    scene.vanish(kBase, kNetworkd);
    scene.pass(1s);
    scene.appear(kBase, kNetworkd);
    scene.pass(3s);
  }
  SECTION("a pause, and keepalived lets go") {
    scene.happens(PauseChanged{Pause{scene.now + 2s, "moving rack 4"}});
    scene.vanish(kVip6, 0);
    scene.pass(5s);
    scene.becomeBackup();
    scene.pass(2s);
    scene.happens(Stopping{});
  }
  const trace::Trace trace = trace::readTrace(history.recorder.text(0s));
  REQUIRE(trace.whole);
  CHECK(trace.entries.size() > 20);
  CHECK(replayed(trace) == history.decided);
}

TEST_CASE("a trace that begins in the midst decides the same once it knows what the daemon knew") {
  Recorded history;
  Scene& scene = history.scene;
  scene.startAsMaster();
  for (int i = 0; i < 200; ++i) {
    scene.vanish(kVip, kNetworkd);
    scene.pass(65s);
    history.recorder.digest();
  }
  const trace::Trace trace = trace::readTrace(history.recorder.text(0s));
  REQUIRE_FALSE(trace.whole);
  trace::Player player(trace);
  int losses = 0;
  for (const trace::Entry& entry : trace.entries) {
    Actions actions;
    player.play(entry, actions);
    if (!entry.event || !std::holds_alternative<AddressVanished>(*entry.event)) continue;
    INFO("line " << entry.line << ": " << jsonOf(actions));
    CHECK(trace::sameNames(entry.did, actions));
    losses += std::count(entry.did.begin(), entry.did.end(), "AddAddress") == 1 ? 1 : 0;
  }
  CHECK(losses > 10);
}

TEST_CASE("an answer is to the question that was asked last, whatever its number was") {
  Recorded history;
  history.scene.startAsMaster();
  std::string text = history.recorder.text(0s);
  const std::string number = R"("request":1,)";
  const std::size_t at = text.find(number);
  REQUIRE(at != std::string::npos);
  text.replace(at, number.size(), R"("request":99,)");
  CHECK(replayed(trace::readTrace(text)) == history.decided);
}

TEST_CASE("what is no trace is refused, with the line") {
  badTrace("", "there is nothing in it");
  badTrace("\n", "line 1: it is not valid JSON");
  badTrace("{}\n", "line 1: it is not the beginning of a trace");
  badTrace(R"({"trace":2})", "line 1: this is a trace of format 2, and this version reads 1");
  badTrace(R"({"trace":1})", "line 1: the settings are missing");
  badTrace(R"({"trace":1,"settings":{},"colour":1})", "line 1: this version does not know \"colour\"");
  badTrace(kHead + "x", "line 2: it is not valid JSON");
  badTrace(kHead + "[]", "line 2: it is no JSON object");
  badTrace(kHead + "{}", "line 2: \"at\" is missing");
  badTrace(kHead + R"({"at":1})", "line 2: it must hold exactly one event");
  badTrace(kHead + R"({"at":1,"TimerFired":{},"Stopping":{}})", "line 2: it must hold exactly one event");
  badTrace(kHead + R"({"at":1,"TimerFire":{}})", "line 2: this version knows no event \"TimerFire\"");
  badTrace(kHead + "{\"at\":2,\"TimerFired\":{}}\n{\"at\":1,\"TimerFired\":{}}\n", "line 3: time goes back");
  badTrace(kHead + R"({"at":9223372036854775807,"TimerFired":{}})", "line 2: at is no time");
  badTrace(kHead + std::string(5000, '['), "line 2: it is too long or too deep");
  CHECK(trace::readTrace(kHead + R"({"at":1,"left_out":5,"why":"so"})").entries.at(0).leftOut == 5);
}
