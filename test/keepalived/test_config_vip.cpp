// One line of a list of addresses. What each row expects is what keepalived itself printed for it.
#include <catch2/catch.hpp>

#include "keepalived/config_reader.hpp"
#include "keepalived/memory_files.hpp"

using namespace guardian;

namespace {

core::Configuration read(const std::string& text, core::Version version) {
  test::MemoryFiles files;
  files.add("/k.conf", text);
  keepalived::ReadOptions options;
  options.version = version;
  options.configId = "node-a";
  options.interfaces = std::set<std::string>{"eth0", "eth1", "eth2"};
  return keepalived::readConfiguration("/k.conf", options, files);
}

/// "10.0.0.1/24 dev eth0 scope 0 brd 10.0.0.255 label x"
std::string describe(const core::Vip& vip) {
  std::string text = core::toString(vip.address) + "/" + std::to_string(vip.prefixLength) + " dev " + vip.interface;
  if (vip.scope) text += " scope " + std::to_string(*vip.scope);
  if (vip.broadcast) text += " brd " + core::toString(*vip.broadcast);
  if (!vip.label.empty()) text += " label " + vip.label;
  if (vip.peer) text += " peer " + core::toString(*vip.peer);
  if (vip.flags != 0) text += " flags " + std::to_string(vip.flags);
  if (vip.deprecated) text += " deprecated";
  if (vip.noTrack) text += " no_track";
  if (vip.preferredLifetime) text += " lifetime " + std::to_string(*vip.preferredLifetime);
  return text;
}

/// What becomes of one VIP line: "dropped", "refused" (the whole configuration), or the address.
std::string readLine(const std::string& line, core::Version version) {
  const core::Configuration configuration = read(
      "vrrp_instance V {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n" + line + "\n }\n}\n", version);
  if (!configuration.accepted) return "refused";
  REQUIRE(configuration.instances.size() == 1);
  const core::Instance& instance = configuration.instances[0];
  if (instance.vips.empty()) return "dropped";
  REQUIRE(instance.vips.size() == 1);
  return (instance.understood ? "" : "unsure ") + describe(instance.vips[0]);
}

constexpr core::Version kOld{1, 3, 9};
constexpr core::Version kNew{2, 2, 7};

}  // namespace

TEST_CASE("an address line means what keepalived makes of it", "[keepalived][config]") {
  const struct {
    const char* line;
    const char* old;
    const char* later;
  } rows[] = {
      {"10.0.0.1", "10.0.0.1/32 dev eth0 scope 0", "10.0.0.1/32 dev eth0 scope 0"},
      {"10.0.0.1/24# x", "10.0.0.1/24 dev eth0 scope 0", "10.0.0.1/24 dev eth0 scope 0"},
      {"10.0.0.1/", "10.0.0.1/0 dev eth0 scope 0", "10.0.0.1/0 dev eth0 scope 0"},
      {"10.0.0.1/99", "dropped", "10.0.0.1/32 dev eth0 scope 0"},
      {"10.0.0.1/24x", "10.0.0.1/24 dev eth0 scope 0", "10.0.0.1/24 dev eth0 scope 0"},
      {"10.0.0.1/-1", "dropped", "10.0.0.1/32 dev eth0 scope 0"},
      {"10.0.0", "dropped", "dropped"},
      {"010.0.0.1", "dropped", "dropped"},
      {"2001:db8::1", "2001:db8::1/128 dev eth0 flags 2 deprecated", "2001:db8::1/128 dev eth0 flags 2 deprecated"},
      {"2001:db8::1/64 -nodad", "2001:db8::1/64 dev eth0", "2001:db8::1/64 dev eth0"},
      {"2001:db8::1/64 scope link label x", "2001:db8::1/64 dev eth0 flags 2", "2001:db8::1/64 dev eth0 flags 2"},
      {"10.0.0.1/24 dev eth1", "10.0.0.1/24 dev eth1 scope 0", "10.0.0.1/24 dev eth1 scope 0"},
      {"10.0.0.1/24 dev nosuch", "dropped", "refused"},
      {"10.0.0.1/24 dev eth1 dev eth1", "dropped", "dropped"},
      {"10.0.0.1/24 dev", "dropped", "dropped"},
      {"10.0.0.1/24 scope link", "10.0.0.1/24 dev eth0 scope 253", "10.0.0.1/24 dev eth0 scope 253"},
      {"10.0.0.1/24 scope 0x10", "10.0.0.1/24 dev eth0 scope 16", "10.0.0.1/24 dev eth0 scope 16"},
      {"10.0.0.1/24 scope 256", "10.0.0.1/24 dev eth0 scope 0", "10.0.0.1/24 dev eth0 scope 0"},
      {"10.0.0.1/24 brd + dev eth1 label x", "10.0.0.1/24 dev eth0 scope 0 brd 10.0.0.255",
       "10.0.0.1/24 dev eth1 scope 0 brd 10.0.0.255 label x"},
      {"10.0.0.1/24 dev eth1 brd -", "10.0.0.1/24 dev eth1 scope 0 brd 10.0.0.0",
       "10.0.0.1/24 dev eth1 scope 0 brd 10.0.0.0"},
      {"10.0.0.1/31 brd + dev eth1", "10.0.0.1/31 dev eth1 scope 0", "10.0.0.1/31 dev eth1 scope 0"},
      {"10.0.0.1/5 brd + dev eth2 dev eth1", "10.0.0.1/5 dev eth1 scope 0 brd 15.255.255.255", "dropped"},
      {"10.0.0.1/0 brd +", "refused", "10.0.0.1/0 dev eth0 scope 0 brd 255.255.255.255"},
      {"10.0.0.1/1 brd +", "refused", "10.0.0.1/1 dev eth0 scope 0 brd 127.255.255.255"},
      {"10.0.0.1/1 dev eth1 brd +", "dropped", "10.0.0.1/1 dev eth1 scope 0 brd 127.255.255.255"},
      {"10.0.0.1/24 brd 10.0", "dropped", "dropped"},
      {"2001:db8::1/64 brd +", "dropped", "dropped"},
      {"10.0.0.1/24 label \"a b#c\"", "10.0.0.1/24 dev eth0 scope 0 label a b#c",
       "10.0.0.1/24 dev eth0 scope 0 label a b#c"},
      {"10.0.0.1/24 label 1234567890123456", "unsure 10.0.0.1/24 dev eth0 scope 0 label 123456789012345", "dropped"},
      {"10.0.0.1/24 label a\\#b", "10.0.0.1/24 dev eth0 scope 0 label a\\", "10.0.0.1/24 dev eth0 scope 0 label a"},
      {"10.0.0.1/24 home autojoin", "10.0.0.1/24 dev eth0 scope 0 flags 1040",
       "10.0.0.1/24 dev eth0 scope 0 flags 1040"},
      {"10.0.0.1 no_track", "10.0.0.1/32 dev eth0 scope 0", "10.0.0.1/32 dev eth0 scope 0 no_track"},
      {"10.0.0.1 peer 10.0.0.2", "10.0.0.1/32 dev eth0 scope 0", "10.0.0.1/32 dev eth0 scope 0 peer 10.0.0.2"},
      {"2001:db8::1/64 preferred_lft 300", "2001:db8::1/64 dev eth0 flags 2",
       "2001:db8::1/64 dev eth0 flags 2 lifetime 300"},
      {"2001:db8::1 preferred_lft forever", "2001:db8::1/128 dev eth0 flags 2 deprecated",
       "2001:db8::1/128 dev eth0 flags 2 lifetime 4294967295"},
  };
  for (const auto& row : rows) {
    INFO(row.line);
    CHECK(readLine(row.line, kOld) == row.old);
    CHECK(readLine(row.line, kNew) == row.later);
  }
}

TEST_CASE("host bits of a prefix of no length never end in 1.4, and perhaps some time after", "[keepalived][config]") {
  for (const char* line : {"10.0.0.1/0 brd +", "10.0.0.1/0 broadcast -"}) {
    CHECK(readLine(line, {1, 4, 0}) == "refused");
    CHECK(readLine(line, {1, 4, 5}) == "refused");
    CHECK(readLine(line, {2, 0, 10}).substr(0, 6) == "unsure");
    CHECK(readLine(line, {2, 0, 19}).substr(0, 8) == "10.0.0.1");
  }
  CHECK(readLine("10.0.0.1/1 brd +", {1, 4, 5}) == "10.0.0.1/1 dev eth0 scope 0 brd 127.255.255.255");
}

TEST_CASE("an address before the interface goes to the default interface, before 2.1.0", "[keepalived][config]") {
  const std::string text =
      "vrrp_instance V {\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.1\n }\n interface eth1\n}\n";
  CHECK(describe(read(text, kOld).instances.at(0).vips.at(0)) == "10.0.0.1/32 dev eth0 scope 0");
  CHECK(describe(read(text, kNew).instances.at(0).vips.at(0)) == "10.0.0.1/32 dev eth1 scope 0");
  const std::string chosen = "global_defs {\n default_interface eth2\n}\n" + text;
  CHECK(describe(read(chosen, kOld).instances.at(0).vips.at(0)) == "10.0.0.1/32 dev eth2 scope 0");
}

TEST_CASE("an address of the other family is dropped, unless it is excluded", "[keepalived][config]") {
  const core::Configuration configuration = read(
      "vrrp_instance V {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n 10.0.0.1\n 2001:db8::1\n }\n"
      " virtual_ipaddress_excluded {\n 2001:db8::2\n }\n}\n",
      kOld);
  const core::Instance& instance = configuration.instances.at(0);
  REQUIRE(instance.vips.size() == 2);
  CHECK(describe(instance.vips[0]) == "10.0.0.1/32 dev eth0 scope 0");
  CHECK_FALSE(instance.vips[0].excluded);
  CHECK(describe(instance.vips[1]) == "2001:db8::2/128 dev eth0 flags 2 deprecated");
  CHECK(instance.vips[1].excluded);
  REQUIRE(configuration.problems.size() == 1);
  CHECK(configuration.problems[0].line == 6);
}

TEST_CASE("more addresses than an advert holds are excluded, not lost", "[keepalived][config]") {
  std::string text = "vrrp_instance V {\n interface eth0\n virtual_router_id 5\n virtual_ipaddress {\n";
  for (int i = 0; i < 300; ++i) text += "10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200 + 1) + "\n";
  text += "}\n}\n";
  const struct {
    core::Version version;
    std::size_t advertised;
  } rows[] = {{{1, 3, 9}, 255}, {{2, 1, 5}, 254}, {{2, 2, 7}, 255}};
  for (const auto& row : rows) {
    const core::Instance instance = read(text, row.version).instances.at(0);
    std::size_t advertised = 0;
    for (const core::Vip& vip : instance.vips) advertised += vip.excluded ? 0 : 1;
    CHECK(instance.vips.size() == 300);
    CHECK(advertised == row.advertised);
  }
}
