// What keepalived says on the bus and by its notify lines, from there to the journal. Needs root and dbus-daemon.
#include <unistd.h>

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

/// As keepalived would call it.
int notify(const char* state) {
  Child child([state] {
    ::execl(program.path().c_str(), "vip-guardian", "notify", "INSTANCE", "VI_1", state, "100", nullptr);
    return 127;
  });
  return child.wait();
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

TEST_CASE("what keepalived has its notify line say is compared with its answer") {
  prepare("");
  CHECK(notify("BACKUP") == 0);  // with nobody to hear it
  Bus bus;
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  REQUIRE(guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
  CHECK(sh("stat -c '%a %u %F' /run/vip-guardian/notify") == "600 0 fifo\n");
  CHECK(notify("BACKUP") == 0);
  CHECK(guardian.tells("VI_1: its notify line says BACKUP; nothing is added until keepalived itself says MASTER"));
  CHECK(guardian.tells("VI_1: its notify line says BACKUP, keepalived itself, asked after that, MASTER; its answer"));
  CHECK(guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
  CHECK(notify("TALKATIVE") == 0);  // a word of a later version: no role
  CHECK(notify("STOP") == 0);
  CHECK(guardian.tells("VI_1: its notify line says no settled state; nothing is added until keepalived itself says"));
}

TEST_CASE("what a script writes to a state file is compared with keepalived's answer, unless others may write there") {
  prepare("");
  sh("rm -rf /run/roles; mkdir /run/roles");
  Bus bus;
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  Guardian guardian(program.path(), R"({"instances": {"VI_1": {"state_file": "/run/roles/VI_1"}}})");
  REQUIRE(guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
  sh("echo FAULT > /run/roles/planted; chmod 0666 /run/roles/planted; mv /run/roles/planted /run/roles/VI_1;"
     "echo FAULT > /run/roles/VI_6");
  sh("echo BACKUP > /run/roles/new; mv /run/roles/new /run/roles/VI_1");
  CHECK(guardian.tells("VI_1: its state file says BACKUP; nothing is added until keepalived itself says MASTER"));
  CHECK(guardian.tells("VI_1: its state file says BACKUP, keepalived itself, asked after that, MASTER; its answer"));
  for (const Entry& entry : guardian.entries()) CHECK(entry.at("MESSAGE").find("says FAULT") == std::string::npos);
}
