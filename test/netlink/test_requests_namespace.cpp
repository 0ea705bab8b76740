// Additions and removals by the real kernel.
#include <cerrno>
#include <regex>

#include "netlink/describe.hpp"
#include "netlink/kernel.hpp"

using namespace guardian;
using namespace guardian::test;
using netlink::Requests;

namespace {

std::optional<core::AddressRecord> present(Requests& requests, const core::AddressKey& key) {
  for (const core::AddressRecord& found : snapshot(requests).addresses)
    if (found.key == key) return found;
  return std::nullopt;
}

/// What ip(8) says of the addresses of v0, without the seconds that tick away.
std::string addressesByIp() {
  return std::regex_replace(sh("ip -o address show dev v0"), std::regex("[0-9]+sec"), "Nsec");
}

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

TEST_CASE("two request sockets of one process have two ports") {
  enterFreshNetwork();
  const Requests one;
  const Requests two;
  CHECK(one.port() != two.port());
}
