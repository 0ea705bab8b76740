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
