// A small tree of files, as of another host.
#pragma once

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>

#include <catch2/catch.hpp>

namespace guardian::test {

class Folder {
 public:
  Folder() {
    REQUIRE(::mkdtemp(path_) != nullptr);
    REQUIRE(::chmod(path_, 0755) == 0);
  }
  ~Folder() {
    ::nftw(
        path_, [](const char* path, const struct stat*, int, FTW*) { return std::remove(path); }, 16,
        FTW_DEPTH | FTW_PHYS);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string root() const { return path_; }
  std::string path(const std::string& file) const { return path_ + file; }

  void write(const std::string& file, const std::string& text) const {
    makeDirectories(file);
    std::ofstream(path(file)) << text;
  }
  void link(const std::string& file, const std::string& target) const {
    makeDirectories(file);
    REQUIRE(::symlink(target.c_str(), path(file).c_str()) == 0);
  }

 private:
  void makeDirectories(const std::string& file) const {
    for (std::size_t at = file.find('/', 1); at != std::string::npos; at = file.find('/', at + 1))
      ::mkdir(path(file.substr(0, at)).c_str(), 0755);
  }
  char path_[32] = "/tmp/vip-guardian-test-XXXXXX";
};

/// Files as Ubuntu 18.04 with netplan has them.
inline void writeBionic(const Folder& folder) {
  folder.write("/etc/hostname", "lb1\n");
  folder.write("/etc/keepalived/keepalived.conf",
               "vrrp_instance VI_1 {\n state MASTER\n interface eth0\n virtual_router_id 51\n priority 150\n"
               " virtual_ipaddress {\n  192.0.2.100/24\n  192.0.2.101\n }\n}\n");
  folder.write("/lib/systemd/system/keepalived.service",
               "[Unit]\nAfter=syslog.target network-online.target\nWants=network-online.target\n"
               "[Service]\nExecStart=/usr/sbin/keepalived $DAEMON_ARGS\n");
  folder.write("/run/systemd/network/10-netplan-eth0.network",
               "[Match]\nName=eth0\n\n[Network]\nAddress=192.0.2.10/24\nGateway=192.0.2.1\n");
  folder.link("/run/systemd/system/multi-user.target.wants/systemd-networkd.service",
              "/lib/systemd/system/systemd-networkd.service");
  folder.link("/run/systemd/system/network-online.target.wants/systemd-networkd-wait-online.service",
              "/lib/systemd/system/systemd-networkd-wait-online.service");
  folder.write("/lib/systemd/libsystemd-shared-237.so", "");
  folder.write("/lib/systemd/systemd-networkd", "Network.CriticalConnection");
  folder.write("/proc/sys/net/ipv4/conf/all/promote_secondaries", "0\n");
  folder.write("/proc/sys/net/ipv4/conf/eth0/promote_secondaries", "1\n");
  folder.write("/etc/apt/apt.conf.d/20auto-upgrades",
               "APT::Periodic::Update-Package-Lists \"1\";\nAPT::Periodic::Unattended-Upgrade \"1\";\n");
  folder.write("/var/lib/dpkg/status",
               "Package: keepalived\nStatus: install ok installed\nVersion: 1:1.3.9-1ubuntu0.18.04.2\n\n"
               "Package: needrestart\nStatus: deinstall ok config-files\nVersion: 3.1-1\n\n"
               "Package: unattended-upgrades\nStatus: install ok installed\nVersion: 1.1ubuntu1\n");
}

}  // namespace guardian::test
