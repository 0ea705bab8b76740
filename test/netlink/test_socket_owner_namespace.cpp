// Whose socket it is, by real processes.
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "netlink/kernel.hpp"
#include "netlink/socket_owner.hpp"

using namespace guardian;
using namespace guardian::test;
using netlink::Requests;

namespace {

/// A process of that name with a route socket in those groups, until the object goes.
class Subscriber {
 public:
  Subscriber(const char* name, std::uint32_t groups) {
    int ends[2];
    REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    const Fd ready(ends[0]);
    Fd tell(ends[1]);
    child_ = Child([&] {
      ::prctl(PR_SET_NAME, name);
      const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
      sockaddr_nl own{};
      own.nl_family = AF_NETLINK;
      own.nl_groups = groups;
      if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) return 1;
      if (::write(tell.get(), "", 1) != 1) return 1;
      for (;;) ::pause();
    });
    tell.reset();
    char byte = 0;
    REQUIRE(::read(ready.get(), &byte, 1) == 1);
  }
  std::uint32_t pid() const { return static_cast<std::uint32_t>(child_.pid()); }

 private:
  Child child_;
};

constexpr std::uint32_t kNetworkdGroups = 0x405d1;

}  // namespace

TEST_CASE("networkd's socket is found by its process, wherever else the groups are subscribed to") {
  enterFreshNetwork();
  CHECK(netlink::networkdPort() == 0);
  const Subscriber other("bird", 0xffffffff);
  CHECK(netlink::networkdPort() == 0);
  const Subscriber networkd("systemd-network", kNetworkdGroups);
  CHECK(netlink::networkdPort() == networkd.pid());
}

TEST_CASE("networkd's socket is found where the first process made it") {
  enterFreshNetwork();
  const Fd few = boundSocket(0xc03ffff0U, 0x11);
  CHECK(netlink::networkdPort() == 0);
  const Fd passed = boundSocket(0xc03ffff1U, kNetworkdGroups);
  CHECK(netlink::networkdPort() == 0xc03ffff1U);
  {
    const Fd another = boundSocket(0xc03ffff2U, kNetworkdGroups);
    CHECK(netlink::networkdPort() == 0);  // two without a name: no guess
    const Fd first = boundSocket(1, kNetworkdGroups);
    CHECK(netlink::networkdPort() == 1);
  }
  CHECK(netlink::networkdPort() == 0xc03ffff1U);
}

TEST_CASE("a socket is put down to its process, and a process that is gone to its number") {
  enterFreshNetwork();
  const Requests requests;
  const auto own = netlink::identify(requests.port());
  CHECK(own.portId == requests.port());
  CHECK(own.process == "test_netlink_na[" + std::to_string(::getpid()) + "]");
  Subscriber other("dhclient (x)", 1);
  CHECK(netlink::identify(other.pid()).process == "dhclient (x)[" + std::to_string(other.pid()) + "]");
  CHECK(netlink::identify(0x3ffffe).process == "process 4194302 (gone meanwhile)");
  CHECK(netlink::identify(0xc03ffff1U).process == "netlink socket 3225419761");
}
