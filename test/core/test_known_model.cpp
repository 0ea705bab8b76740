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
