// What --fix writes and --undo takes away again: files of ours, and no other.
#include <catch2/catch.hpp>

#include "doctor/fixes.hpp"
#include "doctor/folder.hpp"
#include "doctor/gather.hpp"
#include "doctor/hosts.hpp"
#include "guardian/util/proc.hpp"

using namespace guardian;
using test::Folder;

namespace {

constexpr const char* kDropIn = "/etc/systemd/network/10-netplan-eth0.network.d/90-vip-guardian.conf";

std::vector<doctor::Fix> offered(const Folder& folder) {
  return doctor::fixesOf(doctor::judge(doctor::gather(folder.root())));
}

}  // namespace

TEST_CASE("what is written cures what was found, and its removal brings it back", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  const auto fixes = offered(folder);
  REQUIRE(fixes.size() == 1);
  CHECK(fixes[0].path == kDropIn);
  REQUIRE(doctor::write(fixes[0], folder.root()));
  CHECK(readWhole(folder.path(kDropIn)) == fixes[0].text);
  struct stat status {};
  REQUIRE(::stat(folder.path(kDropIn).c_str(), &status) == 0);
  CHECK((status.st_mode & 07777U) == 0644);
  CHECK(offered(folder).empty());
  CHECK(test::said(doctor::judge(doctor::gather(folder.root())), "networkd.restart").substr(0, 3) == "ok:");

  CHECK(doctor::writtenFiles(folder.root()) == std::vector<std::string>{kDropIn});
  REQUIRE(doctor::remove(kDropIn, folder.root()));
  CHECK(doctor::writtenFiles(folder.root()).empty());
  CHECK(::access(folder.path("/etc/systemd/network/10-netplan-eth0.network.d").c_str(), F_OK) != 0);
  CHECK(offered(folder).size() == 1);
}

TEST_CASE("keepalived's order is one file more", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  folder.write("/lib/systemd/system/keepalived.service", "[Service]\nExecStart=/usr/sbin/keepalived\n");
  const auto fixes = offered(folder);
  REQUIRE(fixes.size() == 2);
  for (const doctor::Fix& fix : fixes) REQUIRE(doctor::write(fix, folder.root()));
  CHECK(offered(folder).empty());
  CHECK(doctor::writtenFiles(folder.root()).size() == 2);
}

TEST_CASE("a file of ours is written anew, another's is left alone", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  const doctor::Fix fix = offered(folder).at(0);
  folder.write(kDropIn, fix.text.substr(0, fix.text.find('\n') + 1) + "[Network]\nKeepConfiguration=no\n");
  REQUIRE(doctor::write(fix, folder.root()));
  CHECK(readWhole(folder.path(kDropIn)) == fix.text);

  folder.write(kDropIn, "[Network]\nDHCP=no\n");
  const auto refused = doctor::write(fix, folder.root());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == EEXIST);
  CHECK(readWhole(folder.path(kDropIn)) == "[Network]\nDHCP=no\n");
  CHECK(doctor::writtenFiles(folder.root()).empty());
}

TEST_CASE("a link in the place of the file is not followed", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  const doctor::Fix fix = offered(folder).at(0);
  folder.write("/precious", "precious\n");
  folder.link(kDropIn, folder.path("/precious"));
  CHECK_FALSE(doctor::write(fix, folder.root()));
  CHECK(readWhole(folder.path("/precious")) == "precious\n");
}

TEST_CASE("a directory with something else in it stays", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  REQUIRE(doctor::write(offered(folder).at(0), folder.root()));
  folder.write("/etc/systemd/network/10-netplan-eth0.network.d/mine.conf", "[Network]\n");
  REQUIRE(doctor::remove(kDropIn, folder.root()));
  CHECK(::access(folder.path("/etc/systemd/network/10-netplan-eth0.network.d/mine.conf").c_str(), F_OK) == 0);
}
