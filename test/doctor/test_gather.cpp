// What is made of the files of a host.
#include <catch2/catch.hpp>

#include "doctor/folder.hpp"
#include "doctor/gather.hpp"
#include "guardian/util/proc.hpp"
#include "status/status_file.hpp"
#include "support/picture.hpp"

using namespace guardian;
using doctor::gather;
using doctor::Host;
using test::Folder;

namespace {

/// Of eth0, with these files changed.
std::optional<doctor::NetworkFile> networkOf(const Folder& folder) {
  const Host host = gather(folder.root());
  REQUIRE(host.links.size() == 1);
  return host.links[0].network;
}

}  // namespace

TEST_CASE("a host of Ubuntu 18.04 is seen as it is", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  const Host host = gather(folder.root());

  CHECK(host.keepalived.installed);
  CHECK((host.keepalived.version == core::Version{1, 3, 9}));
  REQUIRE(host.keepalived.configuration);
  REQUIRE(host.keepalived.configuration->instances.size() == 1);
  CHECK(host.keepalived.configuration->instances[0].startsAsMaster);
  CHECK(host.keepalived.hasUnit);
  CHECK(host.keepalived.afterNetworkOnline);
  CHECK_FALSE(host.keepalived.privateTmp);

  CHECK(host.networkd.version == 237);
  CHECK(host.networkd.enabled);
  CHECK(host.networkd.waitsOnline);
  CHECK(host.networkd.knowsKeepConfiguration == false);

  REQUIRE(host.links.size() == 1);
  CHECK(host.links[0].name == "eth0");
  CHECK(host.links[0].promoteSecondaries == true);
  REQUIRE(host.links[0].network);
  CHECK(host.links[0].network->path == "/run/systemd/network/10-netplan-eth0.network");
  CHECK(host.links[0].network->netplan);
  CHECK(host.links[0].network->certain);
  CHECK_FALSE(host.links[0].network->critical);
  REQUIRE(host.links[0].addresses.size() == 1);
  CHECK(core::toString(host.links[0].addresses[0].address) == "192.0.2.10");
  CHECK(host.links[0].addresses[0].length == 24);

  CHECK(host.upgrades.unattended);
  CHECK_FALSE(host.upgrades.needrestart);
  CHECK_FALSE(host.guardian.hasUnit);
  CHECK_FALSE(host.guardian.alive);
  CHECK(host.unseen.empty());
}

TEST_CASE("an empty host has nothing, and nothing is wrong with that", "[doctor]") {
  const Folder folder;
  const Host host = gather(folder.root());
  CHECK_FALSE(host.keepalived.installed);
  CHECK_FALSE(host.networkd.enabled);
  CHECK(host.links.empty());
  CHECK(host.unseen.empty());
}

TEST_CASE("the .network file that applies is the first whose [Match] takes the interface", "[doctor]") {
  const struct {
    const char* file;
    const char* text;
    const char* applies;
    bool certain;
  } rows[] = {
      {"/etc/systemd/network/05-a.network", "[Match]\nName=en* eth?\n[Network]\nDHCP=no\n", "05-a.network", true},
      {"/etc/systemd/network/05-a.network", "[Match]\nName=eth1\n[Network]\nDHCP=no\n", "10-netplan-eth0.network",
       true},
      {"/etc/systemd/network/05-a.network", "[Match]\nName=!eth0\n[Network]\nDHCP=no\n", "10-netplan-eth0.network",
       true},
      {"/etc/systemd/network/05-a.network", "[Match]\nName=!eth1 lo\n[Network]\nDHCP=no\n", "05-a.network", true},
      {"/etc/systemd/network/05-a.network", "[Match]\nMACAddress=52:54:00:AA:BB:01\n[Network]\nDHCP=no\n",
       "05-a.network", true},
      {"/etc/systemd/network/05-a.network", "[Match]\nMACAddress=52:54:00:aa:bb:02\n[Network]\nDHCP=no\n",
       "10-netplan-eth0.network", true},
      {"/etc/systemd/network/05-a.network", "[Match]\nDriver=virtio_net\n[Network]\nDHCP=no\n", "05-a.network", false},
      {"/etc/systemd/network/20-a.network", "[Match]\nName=eth0\n[Network]\nDHCP=no\n", "10-netplan-eth0.network",
       true},
      {"/etc/systemd/network/05-a.network", "", "10-netplan-eth0.network", true},
      {"/etc/systemd/network/05-a.network", "# Name=eth0\n", "10-netplan-eth0.network", true},
      {"/etc/systemd/network/05-a.link", "[Match]\nName=eth0\n", "10-netplan-eth0.network", true},
      {"/etc/systemd/network/10-netplan-eth0.network", "[Match]\nName=eth9\n", "", true},  // hides the one in /run
  };
  for (const auto& row : rows) {
    INFO(row.file << "\n" << row.text);
    const Folder folder;
    writeBionic(folder);
    folder.write("/sys/class/net/eth0/address", "52:54:00:aa:bb:01\n");
    folder.write(row.file, row.text);
    const auto file = networkOf(folder);
    CHECK((file ? file->name() : "") == row.applies);
    if (file) CHECK(file->certain == row.certain);
  }
}

TEST_CASE("a masked .network file does not apply", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  folder.link("/etc/systemd/network/10-netplan-eth0.network", "/dev/null");
  CHECK_FALSE(networkOf(folder));
}

TEST_CASE("what networkd itself noted of an interface goes before any guess", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  folder.write("/sys/class/net/eth0/ifindex", "7\n");
  folder.write("/usr/lib/systemd/network/80-vm.network", "[Match]\nVirtualization=vm\n[Network]\nDHCP=yes\n");
  folder.write("/run/systemd/netif/links/7",
               "# private\nADMIN_STATE=configured\nOPER_STATE=routable\n"
               "NETWORK_FILE=/usr/lib/systemd/network/80-vm.network\n");
  const auto file = networkOf(folder);
  REQUIRE(file);
  CHECK(file->name() == "80-vm.network");
  CHECK(file->certain);
  CHECK(file->dhcp);

  folder.write("/run/systemd/netif/links/7", "ADMIN_STATE=unmanaged\n");
  CHECK_FALSE(networkOf(folder));
}

TEST_CASE("settings and their drop-ins are read as systemd reads them", "[doctor]") {
  const struct {
    const char* file;
    const char* text;
    const char* keep;
    bool critical;
    const char* ignoreCarrierLoss;
  } rows[] = {
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "[Network]\nKeepConfiguration=True\n", "yes", false,
       ""},
      {"/run/systemd/network/10-netplan-eth0.network.d/a.conf", "[Network]\nKeepConfiguration = static\n", "static",
       false, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "[Network]\nKeepConfiguration=off\n", "no", false, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "KeepConfiguration=yes\n", "", false, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "[Link]\nKeepConfiguration=yes\n", "", false, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.txt", "[Network]\nKeepConfiguration=yes\n", "", false, ""},
      {"/etc/systemd/network/10-netplan-eth1.network.d/a.conf", "[Network]\nKeepConfiguration=yes\n", "", false, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "[DHCP]\nCriticalConnection=true\n", "", true, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "[DHCPv4]\nCriticalConnection=1\n", "", true, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf", "[DHCP]\nCriticalConnection=no\n", "", false, ""},
      {"/etc/systemd/network/10-netplan-eth0.network.d/a.conf",
       "[Network]\nIgnoreCarrierLoss=no\n; a comment\nIgnoreCarrierLoss=5s\n", "", false, "5s"},
  };
  for (const auto& row : rows) {
    INFO(row.file << "\n" << row.text);
    const Folder folder;
    writeBionic(folder);
    folder.write(row.file, row.text);
    const auto file = networkOf(folder);
    REQUIRE(file);
    CHECK(file->keepConfiguration == row.keep);
    CHECK(file->critical == row.critical);
    CHECK(file->ignoreCarrierLoss == row.ignoreCarrierLoss);
  }
}

TEST_CASE("of drop-ins of the same name the first directory's counts, and the last name wins", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  const std::string name = "/10-netplan-eth0.network.d/";
  folder.write("/etc/systemd/network" + name + "20.conf", "[Network]\nKeepConfiguration=static\n");
  folder.write("/run/systemd/network" + name + "20.conf", "[Network]\nKeepConfiguration=no\n");
  folder.write("/run/systemd/network" + name + "10.conf", "[Network]\nKeepConfiguration=dhcp\n");
  CHECK(networkOf(folder)->keepConfiguration == "static");
}

TEST_CASE("the version of systemd is that of its library", "[doctor]") {
  const struct {
    const char* file;
    int version;
  } rows[] = {
      {"/usr/lib/x86_64-linux-gnu/systemd/libsystemd-shared-252.so", 252},
      {"/usr/lib/aarch64-linux-gnu/systemd/libsystemd-shared-257.so", 257},
      {"/usr/lib/systemd/libsystemd-shared-249.11-1.fc35.so", 249},
      {"/usr/lib/systemd/libsystemd-core-249.so", 237},
  };
  for (const auto& row : rows) {
    INFO(row.file);
    const Folder folder;
    writeBionic(folder);
    folder.write(row.file, "");
    CHECK(gather(folder.root()).networkd.version == row.version);
  }
}

TEST_CASE("an old networkd that knows KeepConfiguration= is recognised by its program", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  folder.write("/lib/systemd/systemd-networkd", std::string("\0Network.KeepConfiguration\0", 27));
  CHECK(gather(folder.root()).networkd.knowsKeepConfiguration == true);
}

TEST_CASE("what systemd starts keepalived with is read, drop-ins included", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  folder.write("/etc/default/keepalived", "DAEMON_ARGS=\"-f /etc/other.conf\"\n");
  folder.write("/etc/other.conf",
               "include /etc/part.conf\nvrrp_instance VI_2 {\n interface eth5\n virtual_router_id 7\n"
               " virtual_ipaddress {\n  10.0.0.1\n }\n}\n");
  folder.write(
      "/etc/part.conf",
      "vrrp_instance VI_3 {\n interface eth6\n virtual_router_id 8\n virtual_ipaddress {\n  10.0.0.2\n }\n}\n");
  folder.write("/etc/systemd/system/keepalived.service.d/x.conf", "[Service]\nPrivateTmp=yes\n");
  const Host host = gather(folder.root());
  CHECK(host.keepalived.configFile == "/etc/other.conf");
  CHECK(host.keepalived.privateTmp);
  REQUIRE(host.links.size() == 2);
  CHECK(host.links[0].name == "eth6");
  CHECK(host.links[1].name == "eth5");
}

TEST_CASE("options of keepalived's unit count as well as those of its defaults file", "[doctor]") {
  for (const char* start : {"/usr/sbin/keepalived -n -f /etc/other.conf $DAEMON_ARGS",
                            "-/usr/sbin/keepalived --use-file=/etc/other.conf", "/usr/sbin/keepalived $DAEMON_ARGS"}) {
    INFO(start);
    const Folder folder;
    writeBionic(folder);
    folder.write("/lib/systemd/system/keepalived.service", "[Service]\nExecStart=" + std::string(start) + "\n");
    const bool named = std::string(start).find("other") != std::string::npos;
    CHECK(gather(folder.root()).keepalived.configFile ==
          (named ? "/etc/other.conf" : "/etc/keepalived/keepalived.conf"));
  }
}

TEST_CASE("a configuration that is not there is said to be unseen", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  REQUIRE(::unlink(folder.path("/etc/keepalived/keepalived.conf").c_str()) == 0);
  const Host host = gather(folder.root());
  CHECK_FALSE(host.keepalived.configuration);
  REQUIRE(host.unseen.size() == 1);
  CHECK(host.unseen[0].what == "/etc/keepalived/keepalived.conf");
}

TEST_CASE("where the configuration cannot be read, the guardian's word tells where addresses stand", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  REQUIRE(::unlink(folder.path("/etc/keepalived/keepalived.conf").c_str()) == 0);
  status::Document document = test::picture();
  document.guardian.pid = ::getpid();
  document.guardian.start = startOf(::getpid());
  folder.write("/run/vip-guardian/status.json", status::toJson(document, status::WallClock::now()));
  const Host host = gather(folder.root());
  CHECK(host.guardian.alive);
  REQUIRE(host.keepalived.reported.size() == 2);
  CHECK(host.keepalived.reported[0].name == "VI_1");
  REQUIRE(host.links.size() == 1);
  CHECK(host.links[0].name == "eth0");
}

TEST_CASE("the guardian's unit is read for its rights, and whether it is enabled", "[doctor]") {
  const struct {
    const char* dropIn;
    bool sees;
  } rows[] = {
      {"", false},
      {"[Service]\nCapabilityBoundingSet=CAP_SYS_PTRACE\n", true},
      {"[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=CAP_NET_RAW\n", false},
      {"[Service]\nCapabilityBoundingSet=\n", true},  // no longer bounded
      {"[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=~CAP_SYS_TIME\n", true},
      {"[Service]\nCapabilityBoundingSet=\nCapabilityBoundingSet=~CAP_SYS_PTRACE\n", false},
  };
  for (const auto& row : rows) {
    INFO(row.dropIn);
    const Folder folder;
    folder.write("/lib/systemd/system/vip-guardian.service",
                 "[Service]\nCapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\n");
    folder.write("/etc/systemd/system/vip-guardian.service.d/x.conf", row.dropIn);
    Host host = gather(folder.root());
    CHECK(host.guardian.hasUnit);
    CHECK_FALSE(host.guardian.enabled);
    CHECK(host.guardian.seesAllProcesses == row.sees);
    folder.link("/etc/systemd/system/multi-user.target.wants/vip-guardian.service",
                "/lib/systemd/system/vip-guardian.service");
    CHECK(gather(folder.root()).guardian.enabled);
  }
}

TEST_CASE("upgrades count when they are installed and switched on", "[doctor]") {
  const struct {
    const char* file;
    const char* text;
    bool unattended;
  } rows[] = {
      {"/etc/apt/apt.conf.d/99off", "APT::Periodic::Unattended-Upgrade \"0\";\n", false},
      {"/etc/apt/apt.conf.d/10off", "APT::Periodic::Unattended-Upgrade \"0\";\n", true},  // the later file counts
      {"/etc/apt/apt.conf.d/99off", "//APT::Periodic::Unattended-Upgrade \"0\";\n", true},
      {"/etc/apt/apt.conf.d/20auto-upgrades", "", false},
      {"/var/lib/dpkg/status", "Package: keepalived\nStatus: install ok installed\nVersion: 1:1.3.9-1\n", false},
  };
  for (const auto& row : rows) {
    INFO(row.file << "\n" << row.text);
    const Folder folder;
    writeBionic(folder);
    folder.write(row.file, row.text);
    CHECK(gather(folder.root()).upgrades.unattended == row.unattended);
  }
}

TEST_CASE("needrestart is harmless when it only lists, or spares both", "[doctor]") {
  const struct {
    const char* text;
    bool spares;
  } rows[] = {
      {"", false},
      {"$nrconf{restart} = 'l';\n", true},
      {"#$nrconf{restart} = 'l';\n", false},
      {"$nrconf{restart} = 'a';\n", false},
      {"$nrconf{override_rc}{qr(^systemd-networkd)} = 0;\n", false},
      {"$nrconf{override_rc}{qr(^systemd-networkd)} = 0;\n$nrconf{override_rc}{qr(^keepalived)} = 0;\n", true},
      {"$nrconf{override_rc} = {\n qr(^systemd-networkd) => 0,\n qr(^keepalived) => 0,\n};\n", true},
      {"$nrconf{override_rc} = {\n qr(^systemd-networkd) => 1,\n qr(^keepalived) => 0,\n};\n", false},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    const Folder folder;
    folder.write("/var/lib/dpkg/status", "Package: needrestart\nStatus: install ok installed\nVersion: 3.6\n");
    folder.write("/etc/needrestart/conf.d/x.conf", row.text);
    const Host host = gather(folder.root());
    CHECK(host.upgrades.needrestart);
    CHECK(host.upgrades.needrestartSparesNetwork == row.spares);
  }
}

TEST_CASE("whether NetworkManager runs an interface stands in its notes", "[doctor]") {
  const Folder folder;
  writeBionic(folder);
  CHECK_FALSE(gather(folder.root()).links[0].networkManager);
  folder.write("/sys/class/net/eth0/ifindex", "2\n");
  const std::string note =
      "[device]\nmanaged=true\nconnection-uuid=eb864bda-6eab-4d7a-8bd0-52ccb2586efe\nnm-owned=false\n";
  folder.write("/run/NetworkManager/devices/2", note);  // which it only looks on
  CHECK_FALSE(gather(folder.root()).links[0].networkManager);
  folder.write("/run/NetworkManager/devices/2", note + "route-metric-default-effective=100\n");
  CHECK(gather(folder.root()).links[0].networkManager);
  folder.write("/run/NetworkManager/devices/2", "[device]\nmanaged=false\n");
  CHECK_FALSE(gather(folder.root()).links[0].networkManager);
}
