// How the service tells what changes, on a bus of the test's own. What the daemon puts behind it is seen in
// test/app/test_bus_service.cpp.
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "support/bus.hpp"
#include "systemd/bus_service.hpp"

using namespace guardian;
using namespace guardian::test;
using systemd::BusWriter;

namespace {

/// A service with one figure and any number of instances, and somebody who listens.
struct Stage {
  Stage() {
    systemd::BusOffer offer;
    offer.manager.push_back({"Figure", "t", [this](BusWriter& out, std::size_t) { out.large(figure); }});
    offer.manager.push_back({"Word", "s", [this](BusWriter& out, std::size_t) { out.text(word); }});
    offer.instance.push_back({"Role", "s", [this](BusWriter& out, std::size_t i) { out.text(roles.at(i)); }});
    offer.instances = [this] { return names; };
    offer.status = [] { return std::string("{}"); };
    offer.complain = [this](const std::string& why) { complaints.push_back(why); };
    service = std::make_unique<systemd::BusService>(loop, std::move(offer));
    Speaker other("");
    REQUIRE(until([&] { return other.sees(systemd::kBusName); }));
    // Who has it learns so a little later.
    REQUIRE(until([&] {
      ++figure;
      service->changed();
      return has("Manager Figure");
    }));
  }
  bool until(const std::function<bool()>& condition) {
    return eventually([&] {
      sd_event_run(loop.raw(), 1000);
      return condition();
    });
  }
  /// Nothing of what was told before is still to be heard.
  void settle() {
    word += "!";
    service->changed();
    REQUIRE(until([&] { return has("Manager Word"); }));
    properties.forget();
  }
  bool has(const std::string& news) {
    properties.listen();
    objects.listen();
    return properties.heard(news) || objects.heard(news);
  }
  Listener properties{"org.freedesktop.DBus.Properties"};
  Listener objects{"org.freedesktop.DBus.ObjectManager"};
  std::uint64_t figure = 1;
  std::string word;
  std::vector<std::string> names;
  std::vector<std::string> roles;
  std::vector<std::string> complaints;
  systemd::EventLoop loop;
  std::unique_ptr<systemd::BusService> service;
};

}  // namespace

TEST_CASE("only what has changed is told, and nothing while nothing does") {
  const Bus bus;
  Stage stage;
  stage.settle();
  for (int i = 0; i < 3; ++i) stage.service->changed();
  ++stage.figure;
  stage.service->changed();
  REQUIRE(stage.until([&] { return stage.has("Manager Figure"); }));
  CHECK(stage.properties.all() == "/org/vip_guardian1 org.vip_guardian1.Manager Figure\n");
}

TEST_CASE("instances that come, change and go are told of as such") {
  const Bus bus;
  Stage stage;
  stage.names = {"VI_1", "a b"};
  stage.roles = {"MASTER", "BACKUP"};
  stage.service->changed();
  const std::string added = "/org/vip_guardian1 InterfacesAdded /org/vip_guardian1/instance/";
  REQUIRE(stage.until([&] { return stage.has(added + "VI_5f1\n") && stage.has(added + "a_20b\n"); }));
  REQUIRE(stage.until([&] { return stage.has("Manager Instances"); }));
  stage.settle();
  stage.roles[1] = "FAULT";
  stage.service->changed();
  REQUIRE(stage.until([&] { return stage.has("Role"); }));
  CHECK(stage.properties.all() == "/org/vip_guardian1/instance/a_20b org.vip_guardian1.Instance Role\n");
  stage.properties.forget();
  stage.names = {"a b"};
  stage.roles = {"FAULT"};
  stage.service->changed();
  REQUIRE(stage.until([&] {
    return stage.has("/org/vip_guardian1 InterfacesRemoved /org/vip_guardian1/instance/VI_5f1\n") &&
           stage.has("Manager Instances");
  }));
  CHECK(stage.properties.all() == "/org/vip_guardian1 org.vip_guardian1.Manager Instances\n");
  CHECK(stage.complaints.empty());
}
