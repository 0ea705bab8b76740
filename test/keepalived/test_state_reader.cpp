#include <catch2/catch.hpp>

#include "keepalived/state_reader.hpp"

using namespace guardian;
using core::Role;

TEST_CASE("lines of a notify FIFO", "[keepalived][state]") {
  const auto line = keepalived::readStateLine("INSTANCE \"VI one\" MASTER 150");
  REQUIRE(line);
  CHECK(line->name == "VI one");
  CHECK(line->role == Role::Master);
  CHECK(line->priority == 150);
  CHECK(keepalived::readStateLine("GROUP \"G\" FAULT 0")->subject == keepalived::StateLine::Subject::Group);
  CHECK(keepalived::readStateLine("INSTANCE \"V\" STOP 100")->stopped);
  CHECK(keepalived::readStateLine("INSTANCE \"V\" MASTER_RX_LOWER_PRI 100")->role == Role::Unknown);
  for (const char* bad : {"", "INSTANCE V MASTER 1", "INSTANCE \"V\" MASTER", "INSTANCE \"V\" MASTER 1x",
                          "INSTANCE \"V\"MASTER 1", "instance \"V\" MASTER 1", "INSTANCE \"V"})
    CHECK_FALSE(keepalived::readStateLine(bad));
}

TEST_CASE("a FIFO's bytes come in any pieces", "[keepalived][state]") {
  const std::string bytes = "INSTANCE \"A\" MASTER 1\nnoise\nINSTANCE \"B\" BACKUP 2\nINSTANCE \"C\" MAS";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    keepalived::StateLines lines;
    std::vector<keepalived::StateLine> found;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      for (keepalived::StateLine& line : lines.take(bytes.substr(at, piece))) found.push_back(line);
    }
    REQUIRE(found.size() == 2);
    CHECK(found[1].name == "B");
    CHECK(lines.dropped() == 1);
  }
  keepalived::StateLines flooded;
  CHECK(flooded.take(std::string(100000, 'x') + "\nINSTANCE \"A\" MASTER 1\n").size() == 1);
}

TEST_CASE("a state file's last line decides, unless it says nothing or two things", "[keepalived][state]") {
  const struct {
    const char* text;
    Role role;
  } rows[] = {{"MASTER\n", Role::Master},
              {"backup", Role::Backup},
              {"MASTER\nBACKUP\n\n", Role::Backup},
              {"2024-01-01 12:00:00 INSTANCE VI_1 MASTER 100\n", Role::Master},
              {"INSTANCE \"MASTER\" BACKUP 100\n", Role::Backup},
              {"state: FAULT", Role::Fault},
              {"from MASTER to BACKUP", Role::Unknown},
              {"MASTERS", Role::Unknown},
              {"", Role::Unknown},
              {"STOP\n", Role::Other}};
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(keepalived::readStateFile(row.text) == row.role);
  }
}

TEST_CASE("the state on D-Bus is believed when number and name agree", "[keepalived][state]") {
  CHECK(keepalived::readDbusState(1, "Backup") == Role::Backup);
  CHECK(keepalived::readDbusState(2, "Master") == Role::Master);
  CHECK(keepalived::readDbusState(3, "Fault") == Role::Fault);
  CHECK(keepalived::readDbusState(2, "") == Role::Master);
  CHECK(keepalived::readDbusState(4, "Goto master") == Role::Other);
  CHECK(keepalived::readDbusState(0, "Init") == Role::Other);
  CHECK(keepalived::readDbusState(2, "Backup") == Role::Unknown);
  CHECK(keepalived::readDbusState(2, "master") == Role::Unknown);
  CHECK(keepalived::readDbusState(77, "Master") == Role::Unknown);
}

TEST_CASE("the path of an object on D-Bus names an instance", "[keepalived][state]") {
  const auto name = keepalived::readDbusPath("/org/keepalived/Vrrp1/blue/lb/Instance/eth0_100/51/IPv6");
  REQUIRE(name);
  CHECK(name->interface == "eth0_100");
  CHECK(name->vrid == 51);
  CHECK(name->family == core::Family::IPv6);
  for (const char* bad : {"", "/", "IPv4", "/org/keepalived/Vrrp1/Vrrp", "/org/keepalived/Vrrp1/Instance/eth0/51",
                          "/org/keepalived/Vrrp1/Instance/eth0/0/IPv4", "/org/keepalived/Vrrp1/Instance/eth0/256/IPv4",
                          "/org/keepalived/Vrrp1/Instance//51/IPv4", "/org/keepalived/Vrrp1/eth0/51/IPv4",
                          "/org/keepalived/Vrrp1/Instance/eth0/51/IPv5", "/org/keepalived/Vrrp1/Instance/eth0/5x/IPv4"})
    CHECK_FALSE(keepalived::readDbusPath(bad));
}
