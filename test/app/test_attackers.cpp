// What a user without rights may try on the daemon, for as long as he likes. Needs root.
#include <fcntl.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

constexpr uid_t kNobody = 65534;
constexpr const char* kMasters = "VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)";

struct Host {
  Host() {
    sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
    makeVeths();
    spill("/tmp/keepalived.conf", keepalivedConf());
  }
};

bool becomeNobody() { return ::setgid(kNobody) == 0 && ::setuid(kNobody) == 0; }

/// The errno that a user without rights gets; 0: he is let do it.
template <class Try> int asNobody(Try attempt) {
  Child child([&] { return becomeNobody() ? attempt() : 255; });
  return child.wait();
}

std::string addresses() { return sh("ip -o address show dev v0 | sort"); }

void comesBack(const char* address) {
  const std::string whole = addresses();
  sh(std::string("ip address del ") + address + " dev v0");
  CHECK(eventually([&] { return addresses() == whole; }));
}

/// Of the sockets for addresses and routes in this network, the daemon's among them.
std::vector<unsigned> netlinkPorts() {
  std::vector<unsigned> ports;
  std::istringstream rows(sh("awk 'NR > 1 && $2 == 0 && $3 > 0 { print $3 }' /proc/net/netlink"));
  for (unsigned port = 0; rows >> port;) ports.push_back(port);
  return ports;
}

}  // namespace

TEST_CASE("a user without rights can send the daemon neither signals nor netlink messages, nor write where it reads") {
  Host host;
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  REQUIRE(guardian.says(kMasters));

  for (const int number : {SIGTERM, SIGHUP, SIGUSR1, SIGSTOP, SIGKILL})
    CHECK(asNobody([&] { return ::kill(guardian.pid(), number) == 0 ? 0 : errno; }) == EPERM);

  const std::vector<unsigned> ports = netlinkPorts();
  REQUIRE_FALSE(ports.empty());
  for (const unsigned port : ports)
    CHECK(asNobody([&] {
            const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
            sockaddr_nl to{};
            to.nl_family = AF_NETLINK;
            to.nl_pid = port;
            nlmsghdr nothing{sizeof nothing, NLMSG_DONE, 0, 0, 0};
            return ::sendto(socket.get(), &nothing, sizeof nothing, 0, reinterpret_cast<sockaddr*>(&to), sizeof to) < 0
                       ? errno
                       : 0;
          }) == EPERM);

  std::istringstream files(sh("find /run/vip-guardian -mindepth 1 -type f -o -type p"));
  int tried = 0;
  for (std::string file; std::getline(files, file); ++tried) {
    INFO(file);
    CHECK(asNobody([&] { return Fd(::open(file.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC)) ? 0 : errno; }) == EACCES);
    CHECK(asNobody([&] { return ::unlink(file.c_str()) == 0 ? 0 : errno; }) == EACCES);
    CHECK(asNobody([&] { return Fd(::creat((file + ".new").c_str(), 0600)) ? 0 : errno; }) == EACCES);
  }
  CHECK(tried == 3);  // the state, the ledger, the FIFO
  comesBack("192.0.2.101/32");
}

TEST_CASE("dumps that a user forges make no master of a backup, and none less of a master") {
  Host host;
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  REQUIRE(guardian.says(kMasters));
  sh("sed s/MASTER/BACKUP/ /tmp/keepalived.data >/run/backup; cp /tmp/keepalived.data /run/master; chmod 0644 /run/*");
  const auto forge = [](const char* what) {
    return Child([what] {
      if (!becomeNobody()) return 1;
      for (const std::string text = slurp(what);;) {
        spill("/tmp/forged", text);
        if (::rename("/tmp/forged", "/tmp/keepalived.data") == 0 || errno != EPERM) continue;
        if (const Fd file(::open("/tmp/keepalived.data", O_WRONLY | O_CLOEXEC)); file) return 2;
      }
    });
  };
  {
    const Child forger = forge("/run/backup");
    for (int i = 0; i < 5; ++i) comesBack("192.0.2.101/32");
    ::kill(guardian.pid(), SIGHUP);
    CHECK(guardian.says(kMasters));
  }
  keepalived.becomeBackup();
  REQUIRE(guardian.says("VI_1 BACKUP, VI_6 BACKUP"));
  const std::string base = addresses();
  const Child forger = forge("/run/master");
  sh("ip address add 192.0.2.101/32 dev v0; ip address del 192.0.2.101/32 dev v0");
  ::kill(guardian.pid(), SIGHUP);
  keepalived.becomeMaster();  // only now, and by its own word
  REQUIRE(guardian.says(kMasters));
  keepalived.becomeBackup();
  REQUIRE(guardian.says("VI_1 BACKUP, VI_6 BACKUP"));
  CHECK(addresses() == base);
}
