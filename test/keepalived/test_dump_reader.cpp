// Dumps that real keepalived wrote, and lines that they may contain.
#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

#include "keepalived/dump_reader.hpp"
#include "keepalived/json_reader.hpp"

using namespace guardian;

namespace {

constexpr const char* kVersions[] = {"1.3.9", "1.4.5", "2.0.19", "2.1.5", "2.2.7", "2.3.4", "2.4.3"};

std::string load(const std::string& name) {
  std::ifstream file(std::string(DUMPS) + "/" + name, std::ios::binary);
  REQUIRE(file.good());
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string describe(const core::Vip& vip) {
  std::string text = (vip.excluded ? "-" : "") + core::toString(vip.address) + "/" + std::to_string(vip.prefixLength) +
                     "@" + vip.interface;
  if (vip.scope && *vip.scope != 0) text += " scope " + std::to_string(*vip.scope);
  if (vip.broadcast) text += " brd " + core::toString(*vip.broadcast);
  if (!vip.label.empty()) text += " label " + vip.label;
  return text;
}

std::vector<std::string> describe(const core::Instance& instance) {
  std::vector<std::string> lines;
  for (const core::Vip& vip : instance.vips) lines.push_back(describe(vip));
  return lines;
}

const std::vector<std::string> kV4 = {"10.97.0.100/24@eth0 brd 10.97.0.255 label eth0:1",
                                      "10.97.0.101/32@eth0 scope 253",
                                      "192.168.100.1/24@eth0 brd 192.168.100.255",
                                      "10.97.0.102/32@eth1 label eth1:two words",
                                      "-10.98.0.1/24@eth0",
                                      "-2001:db8::9/64@eth0"};

/// Before 2.0 nothing needs to follow the addresses: where the excluded ones are cut off cleanly, nobody can tell.
bool sameAddresses(const core::Instance& whole, const core::Instance& cut, bool excludedMayLack) {
  std::vector<std::string> all = describe(whole), some = describe(cut);
  if (excludedMayLack && some.size() < all.size() && all[some.size()][0] == '-') all.resize(some.size());
  return all == some;
}

}  // namespace

TEST_CASE("the same configuration is found in the dump of every version", "[keepalived][dump]") {
  for (const char* version : kVersions) {
    for (const char* when : {"start", "later"}) {
      INFO(version << " " << when);
      const core::Answer answer = keepalived::readDump(load(std::string(version) + "-" + when + ".data"));
      CHECK(answer.problems.empty());
      REQUIRE(answer.instances.size() == 3);
      const core::Instance& v4 = answer.instances[0].instance;
      CHECK(v4.name == "V4");
      CHECK(v4.vrid == 51);
      CHECK(v4.interface == "eth0");
      CHECK(v4.vmac.empty());
      CHECK(v4.priority == 150);
      CHECK(v4.understood);
      CHECK(v4.virtualRoutes == 1);
      CHECK(v4.syncGroup == "G");
      CHECK(describe(v4) == kV4);
      const core::Instance& v6 = answer.instances[1].instance;
      CHECK(v6.family == core::Family::IPv6);
      CHECK(v6.nopreempt);
      CHECK(v6.syncGroup == "G");
      CHECK(v6.vrrpVersion == 3);
      CHECK(v6.advertInterval == std::chrono::milliseconds(500));
      CHECK(describe(v6) == std::vector<std::string>{"fe80::52/64@eth1", "2001:db8::52/128@eth1"});
      CHECK(v6.vips[1].deprecated);
      CHECK_FALSE(v6.vips[0].deprecated);
      const core::Instance& vm = answer.instances[2].instance;
      CHECK(vm.interface == "eth2");
      CHECK(vm.vmac == "vrrp.54");
      CHECK(vm.syncGroup.empty());
      CHECK(describe(vm) == std::vector<std::string>{"10.97.2.54/24@vrrp.54"});
    }
  }
}

TEST_CASE("roles are as the dump says them, and State = 4 is none", "[keepalived][dump]") {
  const struct {
    const char* file;
    core::Role roles[3];
  } rows[] = {{"1.3.9-start.data", {core::Role::Other, core::Role::Backup, core::Role::Other}},
              {"1.3.9-later.data", {core::Role::Master, core::Role::Master, core::Role::Master}},
              {"1.4.5-start.data", {core::Role::Other, core::Role::Backup, core::Role::Other}},
              {"1.4.5-later.data", {core::Role::Master, core::Role::Master, core::Role::Master}},
              {"2.0.19-later.data", {core::Role::Master, core::Role::Master, core::Role::Master}},
              {"2.1.5-start.data", {core::Role::Backup, core::Role::Backup, core::Role::Backup}},
              {"2.2.7-later.data", {core::Role::Master, core::Role::Master, core::Role::Master}},
              {"2.3.4-later.data", {core::Role::Master, core::Role::Master, core::Role::Master}},
              {"2.4.3-later.data", {core::Role::Master, core::Role::Master, core::Role::Master}}};
  for (const auto& row : rows) {
    INFO(row.file);
    const core::Answer answer = keepalived::readDump(load(row.file));
    REQUIRE(answer.instances.size() == 3);
    for (std::size_t i = 0; i < 3; ++i) CHECK(answer.instances[i].role == row.roles[i]);
    CHECK(answer.instances[0].lastTransition > std::chrono::hours(24 * 365 * 50));
  }
}

TEST_CASE("an instance or a section glued to a line without end is found", "[keepalived][dump]") {
  for (const char* version : kVersions) {
    INFO(version);
    const core::Answer answer = keepalived::readDump(load(std::string(version) + "-unicast.data"));
    REQUIRE(answer.instances.size() == 4);
    CHECK(answer.instances[2].instance.unicastPeers.size() == 2);
    CHECK(answer.instances[2].instance.interface == "eth2");
    CHECK(answer.instances[3].instance.name == "U2");
    CHECK(answer.instances[3].instance.interface == "eth3");
    CHECK(describe(answer.instances[3].instance) == std::vector<std::string>{"10.97.3.60/24@eth3"});
    for (const core::InstanceClaim& claim : answer.instances) CHECK(claim.instance.understood);
  }
}

TEST_CASE("what is understood of a dump that is cut off is as in the whole one", "[keepalived][dump]") {
  for (const std::string version : kVersions) {
    INFO(version);
    const std::string text = load(version + "-later.data");
    const core::Answer whole = keepalived::readDump(text);
    const std::size_t topology = text.find("------< VRRP Topology");
    for (std::size_t length = topology; length < text.size(); ++length) {
      const core::Answer cut = keepalived::readDump(text.substr(0, length));
      for (const core::InstanceClaim& claim : cut.instances) {
        for (const core::InstanceClaim& full : whole.instances) {
          if (full.instance.name != claim.instance.name || !claim.instance.understood) continue;
          if (!sameAddresses(full.instance, claim.instance, version[0] == '1')) FAIL("cut at " << length);
          if (full.role != claim.role) FAIL("cut at " << length);
        }
      }
    }
  }
}

TEST_CASE("a broadcast address that 1.3.9 prints one digit short is told only when it is certain",
          "[keepalived][dump]") {
  const auto dump = [](const std::string& item) {
    return "------< VRRP Topology >------\n VRRP Instance = V\n   VRRP Version = 2\n   State = MASTER\n"
           "   Listening device = eth0\n   Virtual Router ID = 1\n   Priority = 100\n   Virtual IP = 1\n     " +
           item + "\n";
  };
  const struct {
    const char* item;
    bool certain;
    const char* broadcast;
  } rows[] = {{"192.168.100.1/24 brd 192.168.100.25 dev eth0 scope global", true, "192.168.100.255"},
              {"192.168.10.1/24 brd 192.168.10.255 dev eth0 scope global", true, "192.168.10.255"},
              {"192.168.100.1/24 brd 192.168.111.11 dev eth0 scope global", false, ""},
              {"10.0.0.1/24 brd 10.0.0.7 dev eth0 scope global", true, "10.0.0.7"}};
  for (const auto& row : rows) {
    INFO(row.item);
    const core::Answer answer = keepalived::readDump(dump(row.item));
    REQUIRE(answer.instances.size() == 1);
    const core::Instance& instance = answer.instances[0].instance;
    CHECK(instance.understood == row.certain);
    REQUIRE(instance.vips.size() == 1);
    CHECK((instance.vips[0].broadcast ? core::toString(*instance.vips[0].broadcast) : "") == row.broadcast);
  }
  CHECK_FALSE(keepalived::readDump(dump("10.0.0.1/24 dev eth0 scope global\n     10.0.0.2/24 dev eth0"))
                  .instances[0]
                  .instance.understood);
}

TEST_CASE("a label that reads like a flag is not taken for one", "[keepalived][dump]") {
  std::string text = load("2.2.7-later.data");
  const std::string label = "label eth0:1 set";
  text.replace(text.find(label), label.size(), "label autojoin set");
  CHECK_FALSE(keepalived::readDump(text).instances[0].instance.understood);
}

TEST_CASE("an instance that stands twice, or lacks a line, is not understood", "[keepalived][dump]") {
  std::string text = load("1.3.9-later.data");
  const std::size_t second = text.find(" VRRP Instance = V6");
  REQUIRE(second != std::string::npos);
  std::string twins = text;
  twins.replace(second, 19, " VRRP Instance = V4");
  const core::Answer answer = keepalived::readDump(twins);
  CHECK_FALSE(answer.instances[0].instance.understood);
  CHECK_FALSE(answer.instances[1].instance.understood);
  CHECK(answer.instances[2].instance.understood);
  for (const char* line : {"   State = MASTER\n", "   Virtual Router ID = 51\n", "   Listening device = eth0\n"}) {
    std::string lacking = text;
    lacking.erase(lacking.find(line), std::string(line).size());
    CHECK_FALSE(keepalived::readDump(lacking).instances[0].instance.understood);
  }
}

TEST_CASE("the JSON dump names roles always and addresses since 2.0.11", "[keepalived][dump]") {
  const core::Answer old = keepalived::readJsonDump(load("1.3.9.json"));
  REQUIRE(old.instances.size() == 3);
  CHECK(old.instances[0].role == core::Role::Other);
  CHECK(old.instances[1].role == core::Role::Backup);
  CHECK(old.instances[1].instance.family == core::Family::IPv6);
  CHECK_FALSE(old.instances[0].instance.understood);
  CHECK(keepalived::readJsonDump(load("1.4.5.json")).instances.size() == 3);
  for (const char* name : {"2.0.19.json", "2.1.5.json", "2.2.7.json", "2.3.4.json", "2.4.3.json"}) {
    INFO(name);
    const core::Answer later = keepalived::readJsonDump(load(name));
    REQUIRE(later.instances.size() == 3);
    CHECK(later.instances[0].instance.understood);
    CHECK(describe(later.instances[0].instance) == kV4);
    CHECK(later.instances[2].instance.vmac == "vrrp.54");
  }
  const std::string text = load("2.2.7.json");
  CHECK(keepalived::readJsonDump(text.substr(0, text.size() / 2)).instances.empty());
  CHECK(keepalived::readJsonDump("{\"json_version\":2,\"vrrp\":" + text + "}").instances.size() == 3);
  CHECK_FALSE(keepalived::readJsonDump(std::string(100000, '[')).problems.empty());
}

TEST_CASE("numbers beyond all measure overflow nothing", "[keepalived][dump]") {
  for (const char* number : {"9223372036854775807", "99999999999999999999", "-9223372036854775808"}) {
    const std::string text = std::string("------< VRRP Topology >------\n VRRP Instance = V\n   Last transition = ") +
                             number + "." + number + " (Sat)\n   Advert interval = " + number +
                             " sec\n   Gratuitous ARP delay = " + number + "\n";
    const core::Answer answer = keepalived::readDump(text);
    REQUIRE(answer.instances.size() == 1);
    const bool negative = number[0] == '-';
    CHECK((answer.instances[0].lastTransition.count() < 0) == negative);
    CHECK((answer.instances[0].instance.advertInterval.count() < 0) == negative);
  }
}
