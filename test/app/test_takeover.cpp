// A loss and another node's advert at the same time. Needs root.
#include <csignal>
#include <set>
#include <sstream>

#include <catch2/catch.hpp>

#include "netlink/monitor.hpp"
#include "support/advert.hpp"
#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

/// As keepalived does for its own socket, and so for all raw sockets of this host.
Fd joinGroup(const char* interface) {
  Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ip_mreqn group{};
  REQUIRE(::inet_pton(AF_INET, "224.0.0.18", &group.imr_multiaddr) == 1);
  group.imr_ifindex = static_cast<int>(::if_nametoindex(interface));
  REQUIRE(::setsockopt(socket.get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof group) == 0);
  return socket;
}

}  // namespace

TEST_CASE("what another node has said by the time of a loss is heard before that is repaired") {
  sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
  makeVeths();
  sh("sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.v0.rp_filter=0");
  spill("/tmp/keepalived.conf", keepalivedConf());
  const Fd member = joinGroup("v0");
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  REQUIRE(guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
  int added = 0;
  netlink::Monitor monitor([&](const core::Event& event) {
    const auto* news = std::get_if<core::AddressAppeared>(&event);
    if (news != nullptr && core::toString(news->record.key.address) == "192.0.2.101") ++added;
  });

  // Both wait for it when it wakes: the advert, and the loss that came after.
  ::kill(guardian.pid(), SIGSTOP);
  const std::string process = "/proc/" + std::to_string(guardian.pid()) + "/stat";
  REQUIRE(eventually([&] { return slurp(process).find(") T ") != std::string::npos; }));
  advertise("v1", 200, "192.0.2.12");
  sh("ip address del 192.0.2.101/32 dev v0");
  keepalived.tell("role BACKUP");
  ::kill(guardian.pid(), SIGCONT);

  REQUIRE(guardian.says("VI_1 BACKUP, VI_6 BACKUP"));
  monitor.drain();
  CHECK(added == 0);
}
