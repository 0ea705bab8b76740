// What the real kernel tells of its addresses and links, also when it has no room for it.
#include <unistd.h>

#include <algorithm>
#include <regex>
#include <set>

#include "netlink/describe.hpp"
#include "netlink/kernel.hpp"

using namespace guardian;
using namespace guardian::test;
using netlink::Requests;

namespace {

std::uint32_t portOf(int fd) {
  sockaddr_nl own{};
  socklen_t length = sizeof own;
  REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&own), &length) == 0);
  return own.nl_pid;
}

}  // namespace

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
