// Every event as text, and back.
#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include <catch2/catch.hpp>

#include "trace/codec.hpp"
#include "trace/filler.hpp"
#include "trace/writer.hpp"

using namespace guardian;
using nlohmann::json;

namespace {

std::string written(const core::Event& event) {
  JsonWriter writer;
  writer.beginObject();
  trace::put(writer, event);
  return writer.endObject().take();
}

core::Event read(const std::string& text) {
  const json object = json::parse(text);
  return trace::readEvent(object.begin().key(), object.begin().value());
}

template <std::size_t... I> std::vector<core::Event> oneOfEach(std::index_sequence<I...> /*all*/, bool full) {
  std::vector<core::Event> events;
  trace::Filler filler;
  (
      [&] {
        core::Event event;
        auto& fact = event.emplace<I>();
        if (full) filler.any(fact);
        events.push_back(event);
      }(),
      ...);
  return events;
}

const auto kAll = std::make_index_sequence<std::variant_size<core::Event>::value>();

/// How many members there are, on all levels.
std::size_t countOf(const json& value) {
  std::size_t count = value.is_object() ? value.size() : 0;
  if (value.is_structured())
    for (const json& one : value) count += countOf(one);
  return count;
}

void expectUnreadable(const std::string& name, const std::string& holds, const std::string& complaint) {
  INFO(name << " " << holds);
  std::string said;
  try {
    trace::readEvent(name, json::parse(holds));
  } catch (const trace::Unreadable& error) {
    said = error.what();
  }
  CHECK(said == complaint);
}

}  // namespace

TEST_CASE("every event comes back as it was, with all of its members") {
  for (const bool full : {false, true})
    for (const core::Event& event : oneOfEach(kAll, full)) {
      const std::string text = written(event);
      INFO(text);
      const core::Event back = read(text);
      CHECK(back.index() == event.index());
      CHECK(written(back) == text);
    }
}

TEST_CASE("an event with something in every member is longer than an empty one") {
  const auto empty = oneOfEach(kAll, false);
  const auto full = oneOfEach(kAll, true);
  int longer = 0;
  for (std::size_t i = 0; i < full.size(); ++i) {
    INFO(written(full[i]));
    const bool holds = !json::parse(written(full[i])).begin()->empty();
    CHECK((!holds || countOf(json::parse(written(full[i]))) > countOf(json::parse(written(empty[i])))));
    longer += holds ? 1 : 0;
  }
  CHECK(longer >= 30);
}

TEST_CASE("an event has the name that the code gives it") {
  CHECK(trace::nameOf(core::Event(core::AddressVanished{})) == "AddressVanished");
  CHECK(trace::nameOf(core::Event(core::Stopping{})) == "Stopping");
  CHECK(trace::nameOf(core::Action(core::AddAddress{})) == "AddAddress");
  CHECK(trace::nameOfAction(core::Action(core::SetStatus{}).index()) == "SetStatus");
  std::set<std::string> names;
  for (const core::Event& event : oneOfEach(kAll, false)) names.insert(trace::nameOf(event));
  CHECK(names.size() == std::variant_size<core::Event>::value);
}

TEST_CASE("an address reads as people write it") {
  core::AddressVanished fact;
  fact.record.key = {2, *core::parseAddress("192.0.2.100"), 24};
  fact.record.label = "eth0:vip";
  fact.record.flags = 128;
  fact.origin.portId = 4711;
  CHECK(written(fact) == R"({"AddressVanished":{"record":{"key":"192.0.2.100/24%2","label":"eth0:vip","flags":128},)"
                         R"("origin":{"portId":4711}}})");
}

TEST_CASE("bytes that are no text come back as they were") {
  core::RouteAddDone fact;
  for (int i = 255; i >= 0; --i) fact.form.bytes += static_cast<char>(i);
  const core::Event back = read(written(fact));
  CHECK(std::get<core::RouteAddDone>(back).form.bytes == fact.form.bytes);
}

TEST_CASE("a password is never told, and equal ones stay equal") {
  const auto advertOf = [](const char* password) {
    core::ForeignAdvert fact;
    fact.advert.authentication.kind = core::Authentication::Kind::Password;
    std::copy_n(password, 8, fact.advert.authentication.password.begin());
    return written(fact);
  };
  const std::string one = advertOf("s3cretly");
  CHECK(one.find("s3cret") == std::string::npos);
  CHECK(one == advertOf("s3cretly"));
  CHECK(one != advertOf("another1"));
  CHECK(written(read(one)) == one);
}

TEST_CASE("the largest and smallest numbers come back as they were") {
  core::Settings settings;
  settings.luck = std::numeric_limits<std::uint64_t>::max();
  const core::Event back = read(written(core::SettingsChanged{settings}));
  CHECK(std::get<core::SettingsChanged>(back).settings.luck == settings.luck);
  const core::Event gone = read(written(core::LinkVanished{-5}));
  CHECK(std::get<core::LinkVanished>(gone).ifindex == -5);
}

TEST_CASE("what makes no sense is refused, with the member that is wrong") {
  expectUnreadable("AddressFled", "{}", "this version knows no event \"AddressFled\"");
  expectUnreadable("LinkVanished", "[]", "LinkVanished must be an object");
  expectUnreadable("LinkVanished", R"({"ifindex": "2"})", "LinkVanished.ifindex must be a whole number");
  expectUnreadable("LinkVanished", R"({"ifindex": 2.5})", "LinkVanished.ifindex must be a whole number");
  expectUnreadable("LinkVanished", R"({"ifindex": 4294967296})", "LinkVanished.ifindex is too large or too small");
  expectUnreadable("LinkVanished", R"({"ifindx": 2})", "LinkVanished has a member that this version does not know");
  expectUnreadable("NetworkdName", R"({"present": 1})", "NetworkdName.present must be true or false");
  expectUnreadable("SocketIdentified", R"({"portId": -1})", "SocketIdentified.portId is too large or too small");
  expectUnreadable("SocketIdentified", R"({"unit": 1})", "SocketIdentified.unit must be a text");
  expectUnreadable("SocketIdentified", R"({"unit": {"hex": "0g"}})", "SocketIdentified.unit must be a text");
  expectUnreadable("JobQueued", R"({"unit": "Networkz"})", "JobQueued.unit makes no sense");
  expectUnreadable("Snapshot", R"({"links": {}})", "Snapshot.links must be a list");
  for (const char* key : {"192.0.2.1", "192.0.2.1/24", "192.0.2.1/33%2", "192.0.2.1/-1%2", "192.0.2.1/24%", "/24%2",
                          "192.0.2.1/24%99999999999999999999", "::1/129%2", "x/24%2", ""})
    expectUnreadable("AddDone", R"({"key": ")" + std::string(key) + "\"}", "AddDone.key makes no sense");
  for (const char* version : {"1", "1.2", "1.2.", "1..3", "1.2.x", "-1.2.3", "1.2.3.4", "99999999999.1.1"})
    expectUnreadable("KeepalivedStarted", R"({"version": ")" + std::string(version) + "\"}",
                     "KeepalivedStarted.version makes no sense");
  for (const char* mac : {"", "02:00:00:00:00", "02:00:00:00:00:0g", "02-00-00-00-00-01", "02:00:00:00:00:01:"})
    expectUnreadable("LinkChanged", R"({"link": {"mac": ")" + std::string(mac) + "\"}}",
                     "LinkChanged.link.mac makes no sense");
  for (const char* length : {"5", "5 s", "s", "5ms", "-", "9999999999999999999999s"})
    expectUnreadable("SettingsChanged", R"({"settings": {"stale": {"patience": ")" + std::string(length) + "\"}}}",
                     "SettingsChanged.settings.stale.patience makes no sense");
  expectUnreadable("ConfigurationRead",
                   R"({"configuration": {"staticAddresses": [{"address": "192.0.2.1", "prefixLength": 64}]}})",
                   "ConfigurationRead.configuration.staticAddresses contradicts itself");
}
