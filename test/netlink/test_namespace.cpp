// The real kernel, in a network of the test case's own.
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <regex>
#include <set>
#include <vector>

#include <catch2/catch.hpp>

#include "netlink/describe.hpp"
#include "netlink/link_sysctl.hpp"
#include "netlink/monitor.hpp"
#include "netlink/requests.hpp"
#include "netlink/socket_owner.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;
using netlink::Monitor;
using netlink::Requests;

namespace {

/// A network with a pair of veths, both up: v0, where the addresses go, and v1.
struct Network {
  Network() {
    enterFreshNetwork();
    // No link-local addresses that come by themselves, some time later.
    spill("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
    sh("ip link add v0 address 02:00:5e:10:20:30 type veth peer name v1; ip link set v1 up; ip link set v0 up");
    index = std::stoi(sh("cat /sys/class/net/v0/ifindex 2>/dev/null || ip -o link show v0 | cut -d: -f1"));
  }
  int index = 0;
};

/// Everything that a monitor said so far.
class Heard {
 public:
  Heard() : monitor([this](const core::Event& event) { events.push_back(event); }) {}

  template <class Event> std::vector<Event> all() {
    monitor.drain();
    std::vector<Event> found;
    for (const core::Event& event : events)
      if (const auto* wanted = std::get_if<Event>(&event)) found.push_back(*wanted);
    return found;
  }
  template <class Event> Event last() {
    const auto found = all<Event>();
    if (found.empty()) throw std::runtime_error("no such event was heard");
    return found.back();
  }

  /// The last event of this kind about this address. Waits for it: the kernel tells of new IPv6 addresses from a work
  /// queue, after the answer to the request.
  template <class Event> Event lastOf(const core::AddressKey& key) {
    std::optional<Event> found;
    eventually([&] {
      for (const Event& event : all<Event>())
        if (event.record.key == key) found = event;
      return found.has_value();
    });
    if (!found) throw std::runtime_error("no such event was heard of " + core::toString(key.address));
    return *found;
  }

  std::vector<core::Event> events;
  Monitor monitor;
};

core::AddressRecord record(int ifindex, const std::string& address, std::uint8_t length) {
  core::AddressRecord out;
  out.key = {ifindex, *core::parseAddress(address), length};
  return out;
}

core::Snapshot snapshot(Requests& requests) {
  auto result = requests.snapshot();
  if (!result) throw std::runtime_error(result.error().text());
  return result.value();
}

std::optional<core::AddressRecord> present(Requests& requests, const core::AddressKey& key) {
  for (const core::AddressRecord& found : snapshot(requests).addresses)
    if (found.key == key) return found;
  return std::nullopt;
}

/// What ip(8) says of the addresses of v0, without the seconds that tick away.
std::string addressesByIp() {
  return std::regex_replace(sh("ip -o address show dev v0"), std::regex("[0-9]+sec"), "Nsec");
}

/// A netlink socket of the test's own, on a port of its choice.
Fd boundSocket(std::uint32_t port, std::uint32_t groups = 0) {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  own.nl_pid = port;
  own.nl_groups = groups;
  REQUIRE(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) == 0);
  return socket;
}

std::uint32_t portOf(int fd) {
  sockaddr_nl own{};
  socklen_t length = sizeof own;
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) == 0);
  return own.nl_pid;
}

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

TEST_CASE("an address that was taken away comes back with every attribute it had") {
  const struct {
    const char* address;
    std::uint8_t length;
    const char* words;
  } cases[] = {
      {"192.0.2.100", 24, "brd 192.0.2.255 label v0:vip"},
      {"192.0.2.101", 32, ""},
      {"192.0.2.101", 32, "scope link"},
      {"192.0.2.103", 24, "noprefixroute"},
      {"192.0.2.104", 24, "metric 77"},
      {"192.0.2.105", 24, "valid_lft 7200 preferred_lft 3600"},
      {"192.0.2.106", 24, "valid_lft forever preferred_lft 3600"},
      {"192.0.2.107", 32, "valid_lft 7200 preferred_lft 0"},
      {"198.51.100.1", 24, "brd 198.51.100.0 scope 5 label v0:a noprefixroute"},
      {"2001:db8::200", 128, "nodad preferred_lft 0"},
      {"2001:db8::201", 64, "nodad"},
      {"2001:db8::202", 64, "nodad noprefixroute"},
      {"2001:db8::203", 64, "nodad home"},
      {"2001:db8::204", 64, "nodad metric 300"},
      {"2001:db8::205", 128, "nodad valid_lft 7200 preferred_lft 3600"},
      {"fe80::100", 64, "nodad"},
  };
  for (const auto& c : cases) {
    Network network;
    const std::string spec = std::string(c.address) + "/" + std::to_string(c.length) + " dev v0 ";
    INFO(spec << c.words);
    sh("ip address add 192.0.2.10/24 dev v0; ip address add " + spec + c.words);
    Requests requests;
    const auto before = present(requests, record(network.index, c.address, c.length).key);
    REQUIRE(before);
    const std::string byIp = addressesByIp();

    Heard heard;
    sh("ip address del " + spec);
    const auto gone = heard.last<core::AddressVanished>().record;
    REQUIRE(gone.key == before->key);
    const auto done = requests.add(gone);
    CHECK(done.error == 0);
    CHECK_FALSE(done.existed);
    CHECK(addressesByIp() == byIp);

    auto after = present(requests, before->key);
    REQUIRE(after);
    // Finite lifetimes tick, but they do not start anew.
    CHECK(after->valid <= before->valid);
    CHECK(after->preferred <= before->preferred);
    after->valid = before->valid;
    after->preferred = before->preferred;
    CHECK(describe(*after) == describe(*before));
    CHECK(describe(heard.lastOf<core::AddressAppeared>(before->key).record) ==
          describe(*present(requests, before->key)));
  }
}

TEST_CASE("the protocol of an address comes back too where the kernel knows it") {
  Network network;
  Requests requests;
  auto wanted = record(network.index, "192.0.2.100", 32);
  wanted.protocol = 0x42;
  REQUIRE(requests.add(wanted).error == 0);
  const int known = present(requests, wanted.key)->protocol;
  CHECK((known == 0x42 || known == 0));  // 0: a kernel before 5.18, which passes over what it does not know
  Heard heard;
  sh("ip address del 192.0.2.100/32 dev v0");
  REQUIRE(requests.add(heard.last<core::AddressVanished>().record).error == 0);
  CHECK(present(requests, wanted.key)->protocol == known);
}

TEST_CASE("adding what is there already is success and changes nothing") {
  Network network;
  sh("ip address add 192.0.2.100/24 brd + dev v0 label v0:vip; ip address add 2001:db8::200/128 dev v0 nodad "
     "preferred_lft 0");
  const std::string before = addressesByIp();
  Requests requests;
  Heard heard;
  for (const auto& [address, length] :
       {std::pair<const char*, std::uint8_t>{"192.0.2.100", 24}, {"2001:db8::200", 128}}) {
    const auto done = requests.add(record(network.index, address, length));
    CHECK(done.error == 0);
    CHECK(done.existed);
    CHECK(done.key == record(network.index, address, length).key);
  }
  CHECK(addressesByIp() == before);
  CHECK(heard.all<core::AddressAppeared>().empty());
  CHECK(heard.all<core::AddressVanished>().empty());
}

namespace {

/// Until the kernel finds no room there: its next answer is lost.
void fillQueueOf(const Requests& requests) {
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE));
  sockaddr_nl there{};
  there.nl_family = AF_NETLINK;
  there.nl_pid = requests.port();
  const std::vector<char> chatter(16384);
  const auto* address = reinterpret_cast<const sockaddr*>(&there);
  for (const std::size_t size : {chatter.size(), std::size_t{1}})
    while (::sendto(socket.get(), chatter.data(), size, 0, address, sizeof there) > 0) continue;
}

}  // namespace

TEST_CASE("what the kernel has done and found no room to say is done all the same") {
  const Network network;
  Requests requests;
  for (const char* address : {"192.0.2.100", "2001:db8::100"}) {
    INFO(address);
    core::AddressRecord record;
    record.key = {network.index, *core::parseAddress(address), 32};
    fillQueueOf(requests);
    const auto added = requests.add(record);
    CHECK(added.error == 0);
    CHECK_FALSE(added.existed);
    CHECK(sh("ip -o address show dev v0").find(address) != std::string::npos);
    fillQueueOf(requests);
    const auto removed = requests.remove(record.key);
    CHECK(removed.error == 0);
    CHECK(sh("ip -o address show dev v0").find(address) == std::string::npos);
    CHECK(requests.add(record).error == 0);  // and the socket is sound
  }
}

TEST_CASE("what cannot be added says why") {
  Network network;
  Requests requests;
  CHECK(requests.add(record(network.index + 1000, "192.0.2.100", 24)).error == ENODEV);
  auto expired = record(network.index, "192.0.2.100", 24);
  expired.valid = expired.preferred = 0;
  CHECK(requests.add(expired).error == EINVAL);
}

TEST_CASE("removing takes away exactly the address that is named") {
  Network network;
  sh("ip address add 192.0.2.100/24 dev v0; ip address add 192.0.2.100/25 dev v0; ip address add 192.0.2.100/24 dev v1;"
     "ip address add 2001:db8::200/64 dev v0 nodad; ip address add 2001:db8::200/64 dev v1 nodad");
  Requests requests;
  for (const auto& key :
       {record(network.index, "192.0.2.100", 24).key, record(network.index, "2001:db8::200", 64).key}) {
    const std::size_t before = snapshot(requests).addresses.size();
    REQUIRE(present(requests, key));
    const auto done = requests.remove(key);
    CHECK(done.error == 0);
    CHECK(done.existed);
    CHECK_FALSE(present(requests, key));
    CHECK(snapshot(requests).addresses.size() == before - 1);
  }
}

TEST_CASE("removing what is not there is success and removes nothing else") {
  Network network;
  sh("ip address add 192.0.2.100/24 dev v0; ip address add 2001:db8::200/64 dev v0 nodad");
  const std::string before = addressesByIp();
  Requests requests;
  for (const auto& absent :
       {record(network.index, "192.0.2.101", 24), record(network.index, "192.0.2.100", 32),
        record(network.index, "192.0.2.100", 16), record(network.index, "2001:db8::201", 64),
        record(network.index, "2001:db8::200", 128), record(network.index + 1000, "192.0.2.100", 24)}) {
    INFO(describe(absent));
    const auto done = requests.remove(absent.key);
    CHECK(done.error == 0);
    CHECK_FALSE(done.existed);
    CHECK(done.key == absent.key);
  }
  CHECK(addressesByIp() == before);
}

TEST_CASE("an address with a peer comes back and can be removed") {
  for (const char* spec : {"192.0.2.1 peer 198.51.100.1/32 dev v0", "192.0.2.1 peer 198.51.100.1/24 dev v0",
                           "2001:db8::1 peer 2001:db8:1::2/128 dev v0 nodad"}) {
    INFO(spec);
    Network network;
    sh(std::string("ip address add ") + spec);
    const std::string before = addressesByIp();
    Heard heard;
    sh(std::string("ip address del ") + std::regex_replace(spec, std::regex(" nodad"), ""));
    const auto gone = heard.last<core::AddressVanished>().record;
    REQUIRE(gone.peer);
    Requests requests;
    REQUIRE(requests.add(gone).error == 0);
    CHECK(addressesByIp() == before);
    const auto removed = requests.remove(gone.key);
    CHECK(removed.error == 0);
    CHECK(removed.existed);
    CHECK_FALSE(present(requests, gone.key));
  }
}

TEST_CASE("the kernel says who changed an IPv4 address and keeps it to itself for IPv6") {
  Network network;
  Requests requests;
  Heard heard;
  CHECK(requests.port() % 0x400000 == static_cast<std::uint32_t>(::getpid()));
  REQUIRE(requests.add(record(network.index, "192.0.2.100", 24)).error == 0);
  CHECK(heard.last<core::AddressAppeared>().origin.portId == requests.port());
  REQUIRE(requests.remove(record(network.index, "192.0.2.100", 24).key).error == 0);
  CHECK(heard.last<core::AddressVanished>().origin.portId == requests.port());

  auto v6 = record(network.index, "2001:db8::200", 128);
  v6.flags = core::address_flag::noDad;
  REQUIRE(requests.add(v6).error == 0);
  CHECK(heard.lastOf<core::AddressAppeared>(v6.key).origin.portId == 0);
  REQUIRE(requests.remove(v6.key).error == 0);
  CHECK(heard.lastOf<core::AddressVanished>(v6.key).origin.portId == 0);

  sh("ip address add 192.0.2.101/24 dev v0");
  const auto others = heard.last<core::AddressAppeared>().origin.portId;
  CHECK(others != 0);
  CHECK(others != requests.port());
  sh("ip link del v0");
  CHECK(heard.last<core::AddressVanished>().origin.portId == 0);  // the kernel's own doing
}

TEST_CASE("two request sockets of one process have two ports") {
  enterFreshNetwork();
  const Requests one;
  const Requests two;
  CHECK(one.port() != two.port());
}

TEST_CASE("what another process sends to the event socket is no news") {
  Network network;
  sh("ip address add 192.0.2.100/24 dev v0");
  Heard heard;
  const auto forged = netlink::buildRemove(record(network.index, "192.0.2.100", 24).key);
  const Fd liar = boundSocket(4711);
  sockaddr_nl to{};
  to.nl_family = AF_NETLINK;
  to.nl_pid = portOf(heard.monitor.fd());
  const nlmsghdr* header = nlmsg_hdr(forged.get());
  REQUIRE(::sendto(liar.get(), header, header->nlmsg_len, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) ==
          static_cast<ssize_t>(header->nlmsg_len));
  sh("ip address add 192.0.2.101/24 dev v0");
  CHECK(heard.all<core::AddressVanished>().empty());
  CHECK(heard.all<core::AddressAppeared>().size() == 1);  // what came after it is heard
}

TEST_CASE("links are followed up and down, by their new names, and to their end") {
  Network network;
  Heard heard;
  const auto link = [&] {
    heard.monitor.drain();
    std::string text;
    for (const auto& event : heard.all<core::LinkChanged>())
      if (event.link.ifindex == network.index) text = describe(event.link);
    return text;
  };
  const std::string mac = " mac 02:00:5e:10:20:30";
  const std::string start = std::to_string(network.index) + " ";
  sh("ip link set v0 down");
  CHECK(link() == start + "v0 down" + mac);
  sh("ip link set v0 name ens160");
  CHECK(link() == start + "ens160 down" + mac);
  sh("ip link set ens160 up");
  CHECK(eventually([&] { return link() == start + "ens160 up carrier" + mac; }));
  sh("ip link set v1 down");
  CHECK(eventually([&] { return link() == start + "ens160 up" + mac; }));
  sh("ip link set ens160 address 02:00:5e:10:20:31");
  CHECK(link() == start + "ens160 up mac 02:00:5e:10:20:31");
  CHECK(heard.all<core::LinkVanished>().empty());
  sh("ip link del ens160");
  const auto ends = heard.all<core::LinkVanished>();
  CHECK(std::count_if(ends.begin(), ends.end(), [&](const auto& end) { return end.ifindex == network.index; }) == 1);
}

TEST_CASE("joining and leaving a bridge is not the end of a link") {
  Network network;
  Heard heard;
  sh("ip link add br0 type bridge && ip link set v0 master br0 && ip link set v0 nomaster");
  CHECK_FALSE(heard.all<core::LinkChanged>().empty());
  CHECK(heard.all<core::LinkVanished>().empty());
}

TEST_CASE("the addresses of a link that is deleted are said to be gone before the link is") {
  Network network;
  sh("ip address add 192.0.2.100/24 dev v0; ip address add 2001:db8::200/128 dev v0 nodad");
  Heard heard;
  sh("ip link del v0");
  heard.monitor.drain();
  std::set<std::string> gone;
  bool linkGone = false;
  for (const core::Event& event : heard.events) {
    if (const auto* address = std::get_if<core::AddressVanished>(&event))
      if (address->record.key.ifindex == network.index) {
        CHECK_FALSE(linkGone);
        gone.insert(core::toString(address->record.key.address));
      }
    if (const auto* link = std::get_if<core::LinkVanished>(&event))
      linkGone = linkGone || link->ifindex == network.index;
  }
  CHECK(gone.count("192.0.2.100") == 1);
  CHECK(gone.count("2001:db8::200") == 1);
  CHECK(linkGone);
}

TEST_CASE("a snapshot is what ip says") {
  Network network;
  std::string commands;
  for (int i = 1; i <= 250; ++i) {  // more than fits into one datagram of a dump
    commands += "address add 10.1." + std::to_string(i) + ".1/24 dev v" + std::to_string(i % 2) + "\n";
    commands += "address add 2001:db8:" + std::to_string(i) + "::1/64 dev v0 nodad\n";
  }
  spill("/tmp/batch", commands);
  sh("ip -batch /tmp/batch");
  Requests requests;
  const auto all = snapshot(requests);
  std::set<std::string> ours;
  for (const auto& found : all.addresses)
    ours.insert(core::toString(found.key.address) + "/" + std::to_string(found.key.prefixLength) + " " +
                std::to_string(found.key.ifindex));
  std::set<std::string> theirs;
  const std::string text = sh("ip -o address show");
  const std::regex line("(\\d+): \\S+ +inet6? ([0-9a-f.:]+/\\d+) ");
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it)
    theirs.insert((*it)[2].str() + " " + (*it)[1].str());
  CHECK(theirs.size() > 500);
  CHECK(ours == theirs);
  std::set<std::string> links;
  for (const auto& link : all.links) links.insert(link.name);
  CHECK(links.count("v0") == 1);
  CHECK(links.count("v1") == 1);
  CHECK(links.count("lo") == 1);
}

TEST_CASE("lost messages are said to be lost, and a snapshot then tells the truth") {
  Network network;
  Requests requests;
  Heard heard;
  const int small = 4096;
  REQUIRE(::setsockopt(heard.monitor.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
  std::set<std::string> truth;
  for (int i = 1; i <= 200; ++i) {
    const auto wanted = record(network.index, "10.1." + std::to_string(i) + ".1", 24);
    REQUIRE(requests.add(wanted).error == 0);
    if (i % 3 == 0)
      REQUIRE(requests.remove(wanted.key).error == 0);
    else
      truth.insert(core::toString(wanted.key.address));
  }
  CHECK(heard.all<core::AddressAppeared>().size() < 200);
  CHECK(heard.all<core::EventsLost>().size() == 1);
  std::set<std::string> found;
  for (const auto& address : snapshot(requests).addresses)
    if (address.key.ifindex == network.index && address.key.address.family == core::Family::IPv4)
      found.insert(core::toString(address.key.address));
  CHECK(found == truth);

  heard.events.clear();  // and the socket goes on
  REQUIRE(requests.add(record(network.index, "192.0.2.100", 24)).error == 0);
  CHECK(heard.all<core::AddressAppeared>().size() == 1);
  CHECK(heard.all<core::EventsLost>().empty());
}

TEST_CASE("nothing that happened before the loss of messages is told after it") {
  // A snapshot is taken on the news. An older message after it would overrule it with what is no longer true.
  Network network;
  Requests requests;
  Heard heard;
  const int small = 4096;
  REQUIRE(::setsockopt(heard.monitor.fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
  for (int i = 1; i <= 100; ++i)
    REQUIRE(requests.add(record(network.index, "10.1." + std::to_string(i) + ".1", 24)).error == 0);
  heard.monitor.drain();
  REQUIRE_FALSE(heard.events.empty());
  CHECK(heard.events.size() > 1);
  CHECK(std::holds_alternative<core::EventsLost>(heard.events.back()));
}

TEST_CASE("what the kernel's settings say of a link is read for that link") {
  Network network;
  const auto set = [](const std::string& family, const std::string& key, bool on) {
    spill("/proc/sys/net/" + family + "/conf/" + key, on ? "1" : "0");
  };
  const auto read = [](const char* name) {
    core::LinkRecord link;
    link.name = name;
    netlink::readSysctls(link);
    return std::string(link.promoteSecondaries ? "promotes " : "") + (link.forwardingV6 ? "forwards" : "");
  };
  for (const char* of : {"all", "v0", "v1"}) set("ipv4", std::string(of) + "/promote_secondaries", false);
  set("ipv6", "all/forwarding", false);
  CHECK(read("v0").empty());
  set("ipv4", "v0/promote_secondaries", true);
  set("ipv6", "v0/forwarding", true);
  CHECK(read("v0") == "promotes forwards");
  CHECK(read("v1").empty());
  set("ipv4", "all/promote_secondaries", true);
  CHECK(read("v1") == "promotes ");
  CHECK(read("nosuchlink") == "promotes ");

  Heard heard;
  sh("ip link set v0 mtu 1400");
  CHECK(heard.last<core::LinkChanged>().link.promoteSecondaries);
  CHECK(heard.last<core::LinkChanged>().link.forwardingV6);
  Requests requests;
  const auto links = snapshot(requests).links;
  const auto v0 = std::find_if(links.begin(), links.end(), [](const auto& link) { return link.name == "v0"; });
  REQUIRE(v0 != links.end());
  CHECK((v0->promoteSecondaries && v0->forwardingV6));
}

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
