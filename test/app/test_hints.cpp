// What keepalived says on the bus, from there to the journal. Needs root and dbus-daemon.
#include <catch2/catch.hpp>

#include "support/bus.hpp"
#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian::test;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

constexpr std::uint32_t kBackup = 1;

void prepare(const std::string& globals) {
  sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
  makeVeths();
  spill("/tmp/keepalived.conf", "global_defs {\n" + globals + "}\n" + keepalivedConf());
}

const char* const kDisputed = "VI_1: D-Bus says BACKUP, keepalived itself, asked after that, MASTER; its answer counts";

}  // namespace

TEST_CASE("what keepalived says on the bus is compared with its answer") {
  for (const std::string name : {"org.keepalived.Vrrp1", "org.example.Vrrp"}) {
    INFO(name);
    prepare("    enable_dbus\n    dbus_service_name " + name + "\n");
    Bus bus;
    Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
    keepalived.becomeMaster();
    Guardian guardian(program.path());
    REQUIRE(guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
    Speaker speaker(name);
    // Who has the name is asked for when it is taken; what is said before the answer counts for nothing.
    CHECK(eventually([&] {
      speaker.say(kBackup);
      for (const Entry& entry : guardian.entries())
        if (entry.at("MESSAGE") == kDisputed) return true;
      return false;
    }));
    CHECK(guardian.tells("VI_1: D-Bus says BACKUP; nothing is added until keepalived itself says MASTER"));
  }
}
