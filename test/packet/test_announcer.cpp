#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "packet/announcer.hpp"
#include "packet/frames.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;
using packet::ArpForm;

namespace {

using Frame = std::vector<std::uint8_t>;

constexpr packet::Mac kMac{0x02, 0x00, 0x5e, 0x10, 0x20, 0x30};

/// Two ends of a wire: announcements go in at v0, and this hears what comes out at v1.
class Wire {
 public:
  Wire() {
    enterFreshNetwork();
    // The kernel itself is to say nothing: no link-local addresses, so no solicitations and no reports.
    spill("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
    sh("ip link add v0 address 02:00:5e:10:20:30 type veth peer name v1; ip link set v1 up; ip link set v0 up");
    tap_.reset(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL)));
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(::if_nametoindex("v1"));
    REQUIRE(::bind(tap_.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
  }
  int index() const { return static_cast<int>(::if_nametoindex("v0")); }

  /// The next frame with our source address.
  Frame next() {
    for (;;) {
      pollfd waiting{tap_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 30000) <= 0) throw std::runtime_error("no frame came out");
      Frame frame(2048);
      const ssize_t length = ::recv(tap_.get(), frame.data(), frame.size(), 0);
      if (length < 14 || !std::equal(kMac.begin(), kMac.end(), frame.begin() + 6)) continue;
      frame.resize(static_cast<std::size_t>(length));
      return frame;
    }
  }

 private:
  Fd tap_;
};

core::Announce announcement(int ifindex, const char* address, bool router = false) {
  core::Announce order;
  order.ifindex = ifindex;
  order.address = *core::parseAddress(address);
  order.mac = kMac;
  order.router = router;
  return order;
}

template <class Bytes> Frame frame(const Bytes& bytes) { return Frame(bytes.begin(), bytes.end()); }

}  // namespace

TEST_CASE("an announcement arrives at the other end of the wire byte for byte") {
  Wire wire;
  packet::Announcer announcer;
  const auto v4 = announcement(wire.index(), "192.0.2.100");
  REQUIRE(announcer.send(v4));
  CHECK(wire.next() == frame(packet::gratuitousArp(v4.address, kMac, ArpForm::Request)));
  CHECK(wire.next() == frame(packet::gratuitousArp(v4.address, kMac, ArpForm::Reply)));
  for (const bool router : {false, true}) {
    const auto v6 = announcement(wire.index(), "2001:db8::100", router);
    REQUIRE(announcer.send(v6));
    CHECK(wire.next() == frame(packet::unsolicitedNa(v6.address, kMac, router)));
  }
}

TEST_CASE("a neighbour that knows the address under another MAC believes the announcement") {
  Wire wire;
  sh("ip address add 192.0.2.1/24 dev v1; ip address add 2001:db8::1/64 dev v1 nodad;"
     "ip neigh replace 192.0.2.100 lladdr 02:00:00:00:00:99 nud stale dev v1;"
     "ip neigh replace 2001:db8::100 lladdr 02:00:00:00:00:99 nud stale dev v1");
  packet::Announcer announcer;
  REQUIRE(announcer.send(announcement(wire.index(), "192.0.2.100")));
  REQUIRE(announcer.send(announcement(wire.index(), "2001:db8::100")));
  const auto knows = [](const char* address) {
    return sh(std::string("ip neigh show dev v1 ") + address).find("02:00:5e:10:20:30") != std::string::npos;
  };
  CHECK(eventually([&] { return knows("192.0.2.100"); }));
  CHECK(eventually([&] { return knows("2001:db8::100"); }));
}

TEST_CASE("what cannot be announced says so and why") {
  Wire wire;
  packet::Announcer announcer;
  const auto absent = announcer.send(announcement(wire.index() + 1000, "192.0.2.100"));
  REQUIRE_FALSE(absent);
  CHECK(absent.error().code == ENXIO);
  CHECK(absent.error().doing == "announcing 192.0.2.100");
  sh("ip link set v0 down");
  for (const char* address : {"192.0.2.100", "2001:db8::100"}) {
    const auto down = announcer.send(announcement(wire.index(), address));
    REQUIRE_FALSE(down);
    CHECK(down.error().code == ENETDOWN);
  }
  sh("ip link set v0 up");
  CHECK(announcer.send(announcement(wire.index(), "192.0.2.100")));
}

TEST_CASE("the socket for announcements receives nothing") {
  Wire wire;
  packet::Announcer announcer;
  sh("ip address add 192.0.2.1/24 dev v0");
  REQUIRE(announcer.send(announcement(wire.index(), "192.0.2.100")));
  wire.next();
  // The kernel lists a packet socket with the protocol it listens to.
  const std::string table = slurp("/proc/self/net/packet");
  CHECK(table.find(" 0000 ") != std::string::npos);
}
