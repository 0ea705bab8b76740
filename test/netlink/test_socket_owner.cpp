#include <catch2/catch.hpp>

#include "netlink/socket_owner.hpp"

using namespace guardian::netlink;

namespace {

// As Linux 6.1 prints it on Debian 12: networkd on the socket that PID 1 made for it, and others.
const char* const kDebian12 =
    "sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n"
    "00000000a3d1c9f2 0   0          00000000 0        0        0     2        0        12081   \n"
    "000000004c7be1f8 0   1          800405d5 0        0        0     2        0        15632   \n"
    "0000000051c24a06 0   2147486312 00000111 0        0        0     2        0        16911   \n"
    "00000000be0a7d13 15  1          00000002 0        0        0     2        0        15630   \n"
    "000000008ee9b0c4 15  4096213457 00000001 0        0        0     2        1203     15644   \n"
    "00000000d0f95ae7 16  0          00000000 0        0        0     2        0        12079   \n";

// Linux 4.15 (Ubuntu 18.04) prints other column widths, networkd 237 has fewer groups.
const char* const kUbuntu1804 =
    "sk       Eth Pid    Groups   Rmem     Wmem     Dump     Locks     Drops     Inode\n"
    "0000000000000000 0   678        000405d1 0        0        0 2        0        18234   \n"
    "0000000000000000 0   4195205    00000000 0        0        0 2        0        22871   \n";

std::string rows(const char* table) {
  std::string text;
  char line[64];
  for (const SocketRow& row : parseSocketTable(table)) {
    std::snprintf(line, sizeof line, "%u:%u:%x ", row.protocol, row.portId, row.groups);
    text += line;
  }
  return text;
}

}  // namespace

TEST_CASE("the kernel's table of netlink sockets is read row by row") {
  CHECK(rows(kDebian12) == "0:0:0 0:1:800405d5 0:2147486312:111 15:1:2 15:4096213457:1 16:0:0 ");
  CHECK(rows(kUbuntu1804) == "0:678:405d1 0:4195205:0 ");
}

TEST_CASE("a table without rows or with damaged ones gives what can be read") {
  CHECK(rows("").empty());
  CHECK(rows("sk Eth Pid Groups\n").empty());
  CHECK(rows("sk Eth Pid Groups\n\n0000 0 12\n0000 zero 1 2\n0000 0 7 551") == "0:7:551 ");
}

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
