#include <functional>

#include <catch2/catch.hpp>

#include "core/known_model.hpp"

using namespace guardian::core;

namespace {

Vip vip(const char* address, int length, const char* interface = "eth0") {
  Vip out;
  out.address = *parseAddress(address);
  out.prefixLength = static_cast<std::uint8_t>(length);
  out.interface = interface;
  return out;
}

Instance instance(std::vector<Vip> vips) {
  Instance out;
  out.name = "VI_1";
  out.vrid = 51;
  out.interface = "eth0";
  out.vips = std::move(vips);
  return out;
}

Configuration written(std::vector<Vip> vips) {
  Configuration out;
  out.instances = {instance(std::move(vips))};
  return out;
}

}  // namespace

TEST_CASE("flags and rate limits come from the configuration, addresses from the dump") {
  Configuration configuration = written({vip("192.0.2.1", 24), vip("192.0.2.9", 24)});
  configuration.instances[0].vips[0].flags = 0x200;
  configuration.instances[0].announce.arpInterval = std::chrono::milliseconds(5);
  const Instance known = complete(instance({vip("192.0.2.1", 24), vip("192.0.2.2", 24)}), configuration);
  REQUIRE(known.vips.size() == 2);
  CHECK(known.vips[0].flags == 0x200);
  CHECK(known.vips[1].flags == 0);
  CHECK(known.announce.arpInterval == std::chrono::milliseconds(5));
}

TEST_CASE("an address on another interface or with another prefix length is another address") {
  Configuration configuration = written({vip("192.0.2.1", 32), vip("192.0.2.1", 24, "eth1")});
  for (Vip& each : configuration.instances[0].vips) each.flags = 0x200;
  CHECK(complete(instance({vip("192.0.2.1", 24)}), configuration).vips[0].flags == 0);
}

TEST_CASE("what the reader of the configuration is not sure of, the dump does not make sure") {
  Configuration configuration = written({});
  configuration.instances[0].understood = false;
  CHECK_FALSE(complete(instance({}), configuration).understood);
}

TEST_CASE("drift between the running keepalived and its file is told in one sentence") {
  CHECK(drift(instance({vip("192.0.2.1", 24)}), written({vip("192.0.2.1", 24)})).empty());
  CHECK(drift(instance({vip("192.0.2.1", 24)}), written({vip("192.0.2.1", 24), vip("192.0.2.2", 24)})) ==
        "VI_1: the running keepalived is followed, not its configuration file: it does not have 192.0.2.2/24 on eth0, "
        "which the file has");
  CHECK(drift(instance({vip("192.0.2.1", 24)}), written({})) ==
        "VI_1: the running keepalived is followed, not its configuration file: it has 192.0.2.1/24 on eth0, which the "
        "file has not");
}

TEST_CASE("a file that keepalived would refuse, or with an instance that it does not run, is told of") {
  const Instance only = instance({vip("192.0.2.1", 24)});
  const std::vector<const Instance*> running{&only};
  Configuration file = written({});  // what concerns the running instance itself is told with it
  CHECK(drift(running, file).empty());
  Instance more = file.instances[0];
  more.name = "VI_9";
  file.instances.push_back(more);
  CHECK(drift(running, file) == "keepalived does not run VI_9, which its configuration file has");
  file.instances[1].understood = false;
  CHECK(drift(running, file).empty());
  file.accepted = false;
  file.problems = {{Problem::Severity::Warning, "k.conf", 3, "Odd."},
                   {Problem::Severity::Error, "k.conf", 7, "No VRID."}};
  CHECK(drift(running, file) ==
        "keepalived runs, but would not start with its configuration file as it is now: k.conf:7: No VRID.");
}

TEST_CASE("no drift is claimed where one side is not understood or not in force") {
  Configuration refused = written({});
  refused.accepted = false;
  CHECK(drift(instance({vip("192.0.2.1", 24)}), refused).empty());
  Configuration unsure = written({});
  unsure.instances[0].understood = false;
  CHECK(drift(instance({vip("192.0.2.1", 24)}), unsure).empty());
}

TEST_CASE("priorities change from answer to answer and ask for no new watching, unless one is the owner's") {
  Instance a = instance({vip("192.0.2.1", 24)});
  Instance b = a;
  b.priority = 90;
  CHECK(sameWatching(a, b));
  b.priority = 255;
  CHECK_FALSE(sameWatching(a, b));
  b = a;
  b.vips[0].label = "eth0:1";
  CHECK_FALSE(sameWatching(a, b));
}

TEST_CASE("whether its peers are unicast, who authenticates and whether it preempts is taken from the configuration") {
  Instance written;
  written.name = "VI_1";
  written.vrid = 51;
  written.unicast = written.nopreempt = true;
  written.authentication.kind = Authentication::Kind::Password;
  Configuration configuration;
  configuration.instances = {written};
  Instance claimed;
  claimed.name = "VI_1";
  claimed.vrid = 51;
  const Instance known = complete(claimed, configuration);
  CHECK(known.unicast);
  CHECK(known.nopreempt);
  CHECK(known.authentication.kind == Authentication::Kind::Password);
}

TEST_CASE("every change that matters to the watching asks for it anew, and nothing else does") {
  Instance here = instance({vip("192.0.2.1", 24)});
  here.routes.resize(1);
  const struct {
    const char* what;
    std::function<void(Instance&)> change;
    bool same;
  } cases[] = {
      {"nothing", [](Instance&) {}, true},
      {"another priority", [](Instance& i) { i.priority = 90; }, true},
      {"the owner's priority", [](Instance& i) { i.priority = 255; }, false},
      {"another router", [](Instance& i) { i.vrid = 52; }, false},
      {"another family", [](Instance& i) { i.family = Family::IPv6; }, false},
      {"another interface", [](Instance& i) { i.interface = "eth1"; }, false},
      {"another name", [](Instance& i) { i.name = "VI_2"; }, false},
      {"not understood any more", [](Instance& i) { i.understood = false; }, false},
      {"another interval", [](Instance& i) { i.advertInterval *= 2; }, false},
      {"other announcements", [](Instance& i) { ++i.announce.repeat; }, false},
      {"another route", [](Instance& i) { i.routes[0].text = "default via 192.0.2.254"; }, false},
      {"one address more", [](Instance& i) { i.vips.push_back(i.vips[0]); }, false},
      {"another prefix length", [](Instance& i) { i.vips[0].prefixLength = 25; }, false},
      {"the address on another interface", [](Instance& i) { i.vips[0].interface = "eth1"; }, false},
      {"a loss that counts for nothing", [](Instance& i) { i.vips[0].noTrack = true; }, false},
      {"another label", [](Instance& i) { i.vips[0].label = "eth0:1"; }, false},
      {"another scope", [](Instance& i) { i.vips[0].scope = std::uint8_t{253}; }, false},
      {"other flags", [](Instance& i) { i.vips[0].flags = 0x200; }, false},
      {"another broadcast address", [](Instance& i) { i.vips[0].broadcast = i.vips[0].address; }, false},
      {"another lifetime", [](Instance& i) { i.vips[0].preferredLifetime = 0U; }, false},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    Instance changed = here;
    c.change(changed);
    CHECK(sameWatching(here, changed) == c.same);
  }
}

TEST_CASE("what either of the dump and the configuration says of an address holds") {
  for (const bool dump : {false, true})
    for (const bool file : {false, true}) {
      INFO(dump << file);
      Instance claimed = instance({vip("192.0.2.1", 24)});
      Configuration configuration = written({vip("192.0.2.1", 24)});
      Instance& known = configuration.instances[0];
      claimed.unicast = claimed.nopreempt = claimed.vips[0].deprecated = claimed.vips[0].noTrack = dump;
      known.unicast = known.nopreempt = known.vips[0].deprecated = known.vips[0].noTrack = file;
      claimed.understood = !dump;
      known.understood = !file;
      if (dump) claimed.vips[0].preferredLifetime = 7U;
      if (file) known.vips[0].preferredLifetime = 8U;
      const Instance both = complete(claimed, configuration);
      CHECK(both.unicast == (dump || file));
      CHECK(both.nopreempt == (dump || file));
      CHECK(both.vips[0].deprecated == (dump || file));
      CHECK(both.vips[0].noTrack == (dump || file));
      CHECK(both.understood == !(dump || file));
      CHECK(both.vips[0].preferredLifetime.value_or(0) == (dump ? 7U : file ? 8U : 0U));  // the dump's is in force
    }
}

TEST_CASE("routes are the configuration's where the dump counts as many, and nobody's where it does not") {
  for (const std::size_t routes : {1U, 2U})
    for (const std::size_t rules : {1U, 2U}) {
      Configuration configuration = written({});
      configuration.instances[0].virtualRoutes = configuration.instances[0].virtualRules = 1;
      configuration.instances[0].routes.resize(2);
      Instance claimed = instance({});
      claimed.virtualRoutes = routes;
      claimed.virtualRules = rules;
      const bool same = routes == 1 && rules == 1;
      CHECK(complete(claimed, configuration).routes.size() == (same ? 2 : 0));
      CHECK(drift(claimed, configuration).empty() == same);
    }
}

TEST_CASE("an instance of the same name and another number is another one") {
  Configuration configuration = written({vip("192.0.2.1", 24)});
  configuration.instances[0].vrid = 52;
  configuration.instances[0].unicast = true;
  const Instance running = instance({vip("192.0.2.1", 24)});
  CHECK_FALSE(complete(running, configuration).unicast);
  CHECK(drift(running, configuration) == "keepalived runs VI_1, which its configuration file does not have");
  CHECK(drift({&running}, configuration) == "keepalived does not run VI_1, which its configuration file has");
}

TEST_CASE("drift names all that differs, on both sides") {
  const Instance running = instance({vip("192.0.2.1", 24), vip("192.0.2.2", 24)});
  CHECK(drift(running, written({vip("192.0.2.3", 24), vip("192.0.2.4", 24)})) ==
        "VI_1: the running keepalived is followed, not its configuration file: it does not have 192.0.2.3/24 on eth0, "
        "192.0.2.4/24 on eth0, which the file has; it has 192.0.2.1/24 on eth0, 192.0.2.2/24 on eth0, which the file "
        "has not");
  Configuration more = written({});
  for (const char* name : {"VI_8", "VI_9"}) {
    more.instances.push_back(running);
    more.instances.back().name = name;
  }
  CHECK(drift({&running}, more) == "keepalived does not run VI_8, VI_9, which its configuration file has");
  Instance unsure = running;
  unsure.understood = false;
  CHECK(drift(unsure, written({})).empty());
}
