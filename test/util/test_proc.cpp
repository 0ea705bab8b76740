#include <unistd.h>

#include <catch2/catch.hpp>

#include "guardian/util/proc.hpp"

using namespace guardian;

TEST_CASE("the unit of a process is read from either kind of control group") {
  const struct {
    const char* what;
    const char* text;
    const char* unit;
  } cases[] = {
      {"unified", "0::/system.slice/systemd-networkd.service\n", "systemd-networkd.service"},
      {"legacy",
       "12:pids:/system.slice/cron.service\n11:cpu,cpuacct:/\n1:name=systemd:/system.slice/keepalived.service\n",
       "keepalived.service"},
      {"hybrid", "1:name=systemd:/system.slice/ssh.service\n0::/system.slice/ssh.service\n", "ssh.service"},
      {"only controllers say a unit", "4:memory:/system.slice/docker.service\n1:name=systemd:/\n0::/\n", ""},
      {"a unit of a template", "0::/system.slice/system-getty.slice/getty@tty1.service\n", "getty@tty1.service"},
      {"a login", "0::/user.slice/user-0.slice/session-4.scope\n", "session-4.scope"},
      {"a service of a user's own manager", "0::/user.slice/user-1000.slice/user@1000.service/app.slice/sync.service\n",
       "sync.service"},
      {"a group below the unit", "0::/system.slice/containerd.service/worker/7\n", "containerd.service"},
      {"a colon in the path", "0::/system.slice/dev-disk:1.service\n", "dev-disk:1.service"},
      {"the first process", "0::/init.scope\n", "init.scope"},
      {"nothing but an ending", "0::/.service\n", ""},
      {"the root", "0::/\n", ""},
      {"no end of line", "0::/system.slice/a.service", "a.service"},
      {"damage", "0\n0:\nsystem.slice/a.service\n:", ""},
      {"nothing", "", ""},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    CHECK(unitOfCgroup(c.text) == c.unit);
  }
}

TEST_CASE("a living process is described, one that is not there gives empty answers") {
  CHECK(commOf(::getpid()) == "test_util");
  REQUIRE_FALSE(commandOf(::getpid()).empty());
  CHECK(commandOf(::getpid())[0].find("test_util") != std::string::npos);
  CHECK(commOf(0x3fffff).empty());
  CHECK(commandOf(0x3fffff).empty());
  CHECK(unitOf(0x3fffff).empty());
}

TEST_CASE("what can be opened but not read gives an empty answer") {
  // As /proc does for a process that ends between the two.
  CHECK(readWhole("/").empty());
  CHECK(readWhole("/proc/self").empty());
  CHECK(readWhole("/nowhere/at/all").empty());
}

TEST_CASE("a file is read to its end, however long it is") {
  CHECK(readWhole("/proc/self/stat").back() == '\n');
  CHECK(readWhole("/proc/self/exe").size() > 100000);
}
