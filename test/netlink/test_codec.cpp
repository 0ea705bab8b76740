#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstring>
#include <memory>
#include <random>
#include <vector>

#include <catch2/catch.hpp>

#include "netlink/captured.hpp"
#include "netlink/codec.hpp"
#include "netlink/describe.hpp"

using namespace guardian;
using test::describe;

namespace {

using Bytes = std::vector<unsigned char>;

constexpr std::size_t kHeader = sizeof(nlmsghdr);
constexpr const char* kNothing = "nothing";

Bytes fromHex(const std::string& text) {
  Bytes out;
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    out.push_back(static_cast<unsigned char>(std::stoi(text.substr(i, 2), nullptr, 16)));
  return out;
}

/// Parses a copy that ends where its memory ends: a read past the end is seen by the sanitizer. As in the monitor,
/// what nlmsg_ok() refuses is never parsed.
template <class Parse> std::string parsed(const Bytes& bytes, Parse parse) {
  const std::unique_ptr<unsigned char[]> copy(new unsigned char[bytes.size()]);
  std::copy(bytes.begin(), bytes.end(), copy.get());
  const auto* message = reinterpret_cast<const nlmsghdr*>(copy.get());
  if (nlmsg_ok(message, static_cast<int>(bytes.size())) == 0) return kNothing;
  const auto record = parse(message);
  return record ? describe(*record) : kNothing;
}

std::string parsedAddress(const Bytes& bytes) { return parsed(bytes, netlink::parseAddress); }
std::string parsedLink(const Bytes& bytes) { return parsed(bytes, netlink::parseLink); }

template <class Header> Header headerOf(const Bytes& bytes, std::size_t at) {
  Header header;
  std::memcpy(&header, &bytes[at], sizeof header);
  return header;
}

void setLength(Bytes& bytes) {
  const auto length = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(bytes.data(), &length, sizeof length);
}

/// Builds a message byte by byte, with lengths that the test chooses.
class Builder {
 public:
  template <class Header> explicit Builder(const Header& header) : bytes_(kHeader + sizeof header) {
    std::memcpy(&bytes_[kHeader], &header, sizeof header);
  }
  Builder& attribute(int type, const Bytes& payload) {
    return attribute(type, payload, static_cast<int>(payload.size() + sizeof(nlattr)));
  }
  Builder& attribute(int type, const Bytes& payload, int claimedLength) {
    const nlattr head{static_cast<std::uint16_t>(claimedLength), static_cast<std::uint16_t>(type)};
    const auto* start = reinterpret_cast<const unsigned char*>(&head);
    bytes_.insert(bytes_.end(), start, start + sizeof head);
    bytes_.insert(bytes_.end(), payload.begin(), payload.end());
    unpadded_ = bytes_.size();
    while (bytes_.size() % 4 != 0) bytes_.push_back(0);
    return *this;
  }
  Bytes take() {
    setLength(bytes_);
    return bytes_;
  }
  /// Without the zeros that follow the last attribute.
  Bytes takeUnpadded() {
    bytes_.resize(unpadded_);
    return take();
  }

 private:
  Bytes bytes_;
  std::size_t unpadded_ = 0;
};

ifaddrmsg addressHeader(int family, int prefixLength, unsigned flags = IFA_F_PERMANENT) {
  ifaddrmsg header{};
  header.ifa_family = static_cast<std::uint8_t>(family);
  header.ifa_prefixlen = static_cast<std::uint8_t>(prefixLength);
  header.ifa_flags = static_cast<std::uint8_t>(flags);
  header.ifa_index = 3;
  return header;
}

ifinfomsg linkHeader(int family, unsigned type, unsigned flags) {
  ifinfomsg header{};
  header.ifi_family = static_cast<std::uint8_t>(family);
  header.ifi_type = static_cast<std::uint16_t>(type);
  header.ifi_flags = flags;
  header.ifi_index = 7;
  return header;
}

template <class T> Bytes raw(const T& value) {
  const auto* start = reinterpret_cast<const unsigned char*>(&value);
  return Bytes(start, start + sizeof value);
}

Bytes text(const std::string& value) { return Bytes(value.begin(), value.end()); }

const Bytes kOne{192, 0, 2, 1};
const Bytes kTwo{198, 51, 100, 2};
const Bytes kOneV6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Bytes kTwoV6{0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2};

/// The message cut to `length`, with a header that says so, and without the attribute that the cut went through.
Bytes wholeAttributes(const Bytes& message, std::size_t length, std::size_t fixed) {
  Bytes out(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(kHeader + fixed));
  for (std::size_t at = kHeader + fixed; at + sizeof(nlattr) <= length;) {
    const std::size_t end = at + headerOf<nlattr>(message, at).nla_len;
    if (end > length) break;
    out.insert(out.end(), message.begin() + static_cast<std::ptrdiff_t>(at),
               message.begin() + static_cast<std::ptrdiff_t>(end));
    while (out.size() % 4 != 0) out.push_back(0);
    at = (end + 3) / 4 * 4;
  }
  setLength(out);
  return out;
}

template <class Parse> void checkEveryCut(const Bytes& message, std::size_t fixed, Parse parse) {
  for (std::size_t length = 0; length < message.size(); ++length) {
    INFO("cut to " << length << " of " << message.size() << " bytes");
    Bytes cut(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length));
    if (length >= kHeader) {
      REQUIRE(parse(cut) == kNothing);  // the header promises more than there is
      setLength(cut);
    }
    const bool tooShort = length < kHeader + fixed;
    REQUIRE(parse(cut) == (tooShort ? kNothing : parse(wholeAttributes(message, length, fixed))));
  }
}

const char* const kAddresses[] = {test::kLabelled,   test::kLabelledGone, test::kLimited,      test::kPeer,
                                  test::kDeprecated, test::kPeerV6,       test::kLinkLocalGone};
const char* const kLinks[] = {test::kLinkUp, test::kLinkGone, test::kLeftBridge};

}  // namespace

TEST_CASE("address messages that the kernel sent are read with everything they say") {
  const struct {
    const char* message;
    const char* expected;
  } cases[] = {
      {test::kLabelled, "192.0.2.100/24 on 3 brd 192.0.2.255 label eth0:vip scope 0 flags 0x80 forever/forever"},
      {test::kLabelledGone, "192.0.2.100/24 on 3 brd 192.0.2.255 label eth0:vip scope 0 flags 0x80 forever/forever"},
      {test::kLimited, "192.0.2.103/32 on 3 label eth0 scope 0 flags 0x200 1800/3600 proto 66 metric 77"},
      {test::kPeer, "192.0.2.1/32 on 3 peer 198.51.100.1 label eth0 scope 0 flags 0x80 forever/forever"},
      {test::kDeprecated, "2001:db8::200/128 on 3 scope 0 flags 0xa2 0/forever"},
      {test::kPeerV6, "2001:db8::1/128 on 3 peer 2001:db8::2 scope 0 flags 0x82 forever/forever"},
      {test::kLinkLocalGone, "fe80::5eff:fe10:2030/64 on 3 scope 253 flags 0xc0 forever/forever proto 3"},
  };
  for (const auto& c : cases) CHECK(parsedAddress(fromHex(c.message)) == c.expected);
}

TEST_CASE("link messages that the kernel sent are read with everything they say") {
  CHECK(parsedLink(fromHex(test::kLinkUp)) == "3 eth0 up carrier mac 02:00:5e:10:20:30");
  CHECK(parsedLink(fromHex(test::kLinkGone)) == "3 eth0 down mac 02:00:5e:10:20:30");
}

TEST_CASE("a port that leaves a bridge is not a link that is gone") {
  CHECK(parsedLink(fromHex(test::kLeftBridge)) == kNothing);
}

TEST_CASE("an address message that is cut short says what stands before the cut and nothing else") {
  for (const char* hex : kAddresses) checkEveryCut(fromHex(hex), sizeof(ifaddrmsg), parsedAddress);
}

TEST_CASE("a link message that is cut short says what stands before the cut and nothing else") {
  for (const char* hex : kLinks) checkEveryCut(fromHex(hex), sizeof(ifinfomsg), parsedLink);
}

TEST_CASE("no damage to a message makes the parsers read beyond it") {
  std::mt19937 chance(20180426);
  std::size_t understood = 0;
  for (int round = 0; round < 40000; ++round) {
    const bool link = round % 8 == 0;
    Bytes message = fromHex(link ? kLinks[chance() % 3] : kAddresses[chance() % 7]);
    for (std::size_t n = 1 + chance() % 4; n > 0; --n) {
      // Mostly lengths and types of attributes, where damage does most harm.
      const std::size_t at = kHeader + chance() % (message.size() - kHeader);
      message[chance() % 2 == 0 ? at : at / 4 * 4] =
          static_cast<unsigned char>(chance() % 3 == 0 ? chance() : chance() % 24);
    }
    setLength(message);
    understood += (link ? parsedLink(message) : parsedAddress(message)) == kNothing ? 0 : 1;
  }
  CHECK(understood > 10000);  // the damage is not so great that everything is refused at the door
}

TEST_CASE("the own address is IFA_LOCAL, and IFA_ADDRESS is the peer where it differs") {
  const auto header = addressHeader(AF_INET, 24);
  CHECK(parsedAddress(Builder(header).attribute(IFA_ADDRESS, kTwo).attribute(IFA_LOCAL, kOne).take()) ==
        "192.0.2.1/24 on 3 peer 198.51.100.2 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(Builder(header).attribute(IFA_ADDRESS, kOne).attribute(IFA_LOCAL, kOne).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(Builder(header).attribute(IFA_LOCAL, kOne).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(Builder(addressHeader(AF_INET6, 64)).attribute(IFA_ADDRESS, kOneV6).take()) ==
        "2001:db8::1/64 on 3 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(
            Builder(addressHeader(AF_INET6, 64)).attribute(IFA_LOCAL, kOneV6).attribute(IFA_ADDRESS, kTwoV6).take()) ==
        "2001:db8::1/64 on 3 peer 2001:db8::2 scope 0 flags 0x80 forever/forever");
}

TEST_CASE("IFA_FLAGS overrules the eight bits of the header") {
  const auto header = addressHeader(AF_INET, 24, 0x81);
  CHECK(parsedAddress(Builder(header).attribute(IFA_LOCAL, kOne).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x81 forever/forever");
  CHECK(parsedAddress(Builder(header).attribute(IFA_LOCAL, kOne).attribute(IFA_FLAGS, raw(0x280U)).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x280 forever/forever");
  CHECK(parsedAddress(Builder(header).attribute(IFA_LOCAL, kOne).attribute(IFA_FLAGS, raw(0U)).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x0 forever/forever");
  CHECK(parsedAddress(Builder(header).attribute(IFA_LOCAL, kOne).attribute(IFA_FLAGS, {0, 2}).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x81 forever/forever");
}

TEST_CASE("a message without a usable address is none") {
  const auto v4 = addressHeader(AF_INET, 24);
  CHECK(parsedAddress(Builder(v4).take()) == kNothing);
  CHECK(parsedAddress(Builder(v4).attribute(IFA_BROADCAST, kOne).attribute(IFA_LABEL, text("eth0")).take()) ==
        kNothing);
  CHECK(parsedAddress(Builder(v4).attribute(IFA_LOCAL, {192, 0, 2}).take()) == kNothing);
  CHECK(parsedAddress(Builder(v4).attribute(IFA_LOCAL, {}).take()) == kNothing);
  CHECK(parsedAddress(Builder(v4).attribute(IFA_LOCAL, kOneV6).take()) == kNothing);
  CHECK(parsedAddress(Builder(addressHeader(AF_INET6, 64)).attribute(IFA_ADDRESS, kOne).take()) == kNothing);
}

TEST_CASE("other families than IPv4 and IPv6 are passed over") {
  for (const int family : {AF_UNSPEC, AF_UNIX, AF_BRIDGE, AF_DECnet, AF_PACKET, 255})
    CHECK(parsedAddress(
              Builder(addressHeader(family, 24)).attribute(IFA_LOCAL, kOne).attribute(IFA_ADDRESS, kOneV6).take()) ==
          kNothing);
}

TEST_CASE("a prefix is at most as long as its address") {
  const auto v4 = [](int length) { return Builder(addressHeader(AF_INET, length)).attribute(IFA_LOCAL, kOne).take(); };
  const auto v6 = [](int length) {
    return Builder(addressHeader(AF_INET6, length)).attribute(IFA_ADDRESS, kOneV6).take();
  };
  CHECK(parsedAddress(v4(0)) == "192.0.2.1/0 on 3 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(v4(32)) == "192.0.2.1/32 on 3 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(v4(33)) == kNothing);
  CHECK(parsedAddress(v4(128)) == kNothing);
  CHECK(parsedAddress(v6(128)) == "2001:db8::1/128 on 3 scope 0 flags 0x80 forever/forever");
  CHECK(parsedAddress(v6(129)) == kNothing);
  CHECK(parsedAddress(v6(255)) == kNothing);
}

TEST_CASE("a label ends at its zero byte or with its attribute") {
  const auto labelled = [](const std::string& label) {
    return parsedAddress(Builder(addressHeader(AF_INET, 24))
                             .attribute(IFA_LOCAL, kOne)
                             .attribute(IFA_LABEL, text(label))
                             .takeUnpadded());
  };
  const std::string rest = " scope 0 flags 0x80 forever/forever";
  CHECK(labelled(std::string("eth0:v") + '\0') == "192.0.2.1/24 on 3 label eth0:v" + rest);
  CHECK(labelled("eth0:v") == "192.0.2.1/24 on 3 label eth0:v" + rest);
  CHECK(labelled("eth0:v12") == "192.0.2.1/24 on 3 label eth0:v12" + rest);
  CHECK(labelled(std::string("eth0") + '\0' + "junk") == "192.0.2.1/24 on 3 label eth0" + rest);
  CHECK(labelled("") == "192.0.2.1/24 on 3" + rest);
}

TEST_CASE("attributes that nobody knows yet are passed over") {
  Builder builder(addressHeader(AF_INET, 24));
  for (const int type : {0, 12, 13, 200, 0x3fff})
    builder.attribute(type, Bytes(static_cast<std::size_t>(type % 9), 0xee));
  CHECK(parsedAddress(builder.attribute(IFA_LOCAL, kOne).attribute(77, {}).take()) ==
        "192.0.2.1/24 on 3 scope 0 flags 0x80 forever/forever");
}

TEST_CASE("an attribute with an impossible length ends the message") {
  for (const int length : {0, 1, 3, 9, 4000, 0xffff}) {
    INFO("length " << length);
    CHECK(parsedAddress(Builder(addressHeader(AF_INET, 24))
                            .attribute(IFA_LOCAL, kOne)
                            .attribute(IFA_BROADCAST, kTwo, length)
                            .takeUnpadded()) == "192.0.2.1/24 on 3 scope 0 flags 0x80 forever/forever");
  }
}

TEST_CASE("lifetimes, metric and protocol are believed only in full") {
  const ifa_cacheinfo lifetimes{0, 86400, 1, 2};
  Bytes shortened = raw(lifetimes);
  shortened.pop_back();
  const auto header = addressHeader(AF_INET6, 128, IFA_F_NODAD);
  CHECK(parsedAddress(Builder(header).attribute(IFA_ADDRESS, kOneV6).attribute(IFA_CACHEINFO, raw(lifetimes)).take()) ==
        "2001:db8::1/128 on 3 scope 0 flags 0x2 0/86400");
  CHECK(parsedAddress(Builder(header).attribute(IFA_ADDRESS, kOneV6).attribute(IFA_CACHEINFO, shortened).take()) ==
        "2001:db8::1/128 on 3 scope 0 flags 0x2 forever/forever");
  CHECK(parsedAddress(Builder(header)
                          .attribute(IFA_ADDRESS, kOneV6)
                          .attribute(9, raw(256U))  // IFA_RT_PRIORITY
                          .attribute(11, {3})       // IFA_PROTO
                          .take()) == "2001:db8::1/128 on 3 scope 0 flags 0x2 forever/forever proto 3 metric 256");
  CHECK(parsedAddress(Builder(header).attribute(IFA_ADDRESS, kOneV6).attribute(9, {0, 1}).attribute(11, {}).take()) ==
        "2001:db8::1/128 on 3 scope 0 flags 0x2 forever/forever");
}

TEST_CASE("a link needs an index and a name, and only Ethernet addresses count as such") {
  const Bytes mac{2, 0, 0, 0, 0, 9};
  const unsigned running = IFF_UP | IFF_RUNNING;
  const auto link = [&](const ifinfomsg& header, const Bytes& address) {
    return parsedLink(Builder(header).attribute(IFLA_IFNAME, text("ens160")).attribute(IFLA_ADDRESS, address).take());
  };
  CHECK(link(linkHeader(AF_UNSPEC, ARPHRD_ETHER, running), mac) == "7 ens160 up carrier mac 02:00:00:00:00:09");
  CHECK(link(linkHeader(AF_UNSPEC, ARPHRD_ETHER, IFF_UP), mac) == "7 ens160 up mac 02:00:00:00:00:09");
  CHECK(link(linkHeader(AF_UNSPEC, ARPHRD_ETHER, 0), mac) == "7 ens160 down mac 02:00:00:00:00:09");
  CHECK(link(linkHeader(AF_UNSPEC, ARPHRD_ETHER, running), {2, 0, 0, 0, 9}) == "7 ens160 up carrier");
  CHECK(link(linkHeader(AF_UNSPEC, ARPHRD_INFINIBAND, running), Bytes(20, 1)) == "7 ens160 up carrier");
  CHECK(link(linkHeader(AF_UNSPEC, ARPHRD_TUNNEL, running), {192, 0, 2, 1}) == "7 ens160 up carrier");
  CHECK(link(linkHeader(AF_BRIDGE, ARPHRD_ETHER, running), mac) == kNothing);
  CHECK(parsedLink(Builder(linkHeader(AF_UNSPEC, ARPHRD_ETHER, running)).attribute(IFLA_ADDRESS, mac).take()) ==
        kNothing);
  ifinfomsg nameless = linkHeader(AF_UNSPEC, ARPHRD_ETHER, running);
  for (const int index : {0, -1}) {
    nameless.ifi_index = index;
    CHECK(link(nameless, mac) == kNothing);
  }
}

// ---- our requests ----

namespace {

core::IpAddress randomAddress(std::mt19937& chance, core::Family family) {
  core::IpAddress address;
  address.family = family;
  for (std::size_t i = 0; i < address.size(); ++i) address.bytes[i] = static_cast<std::uint8_t>(chance());
  return address;
}

core::AddressRecord randomRecord(std::mt19937& chance) {
  const auto sometimes = [&] { return chance() % 3 == 0; };
  core::AddressRecord record;
  const core::Family family = sometimes() ? core::Family::IPv6 : core::Family::IPv4;
  record.key.address = randomAddress(chance, family);
  record.key.ifindex = static_cast<int>(1 + chance() % 100000);
  record.key.prefixLength = static_cast<std::uint8_t>(chance() % (core::fullLength(family) + 1U));
  if (sometimes()) record.peer = randomAddress(chance, family);
  if (sometimes()) record.broadcast = randomAddress(chance, family);
  if (sometimes()) record.label = std::string("ens160:vrrp").substr(0, 1 + chance() % 11);
  record.scope = static_cast<std::uint8_t>(chance());
  record.flags = sometimes() ? static_cast<std::uint32_t>(chance()) : static_cast<std::uint32_t>(chance()) & 0x7ffU;
  if (sometimes()) record.preferred = sometimes() ? 0 : static_cast<std::uint32_t>(chance());
  if (sometimes()) record.valid = static_cast<std::uint32_t>(chance());
  if (sometimes()) record.protocol = static_cast<std::uint8_t>(chance());
  if (sometimes()) record.metric = static_cast<std::uint32_t>(chance());
  return record;
}

}  // namespace

TEST_CASE("a request to add says all that can be asked for and is never one to replace") {
  std::mt19937 chance(1066);
  for (int round = 0; round < 20000; ++round) {
    const core::AddressRecord record = randomRecord(chance);
    core::AddressRecord expected = record;
    expected.flags &= core::address_flag::requestable;
    if (record.key.address.family == core::Family::IPv6) {  // it has neither
      expected.broadcast.reset();
      expected.label.clear();
    }
    const netlink::Message message = netlink::buildAdd(record);
    const nlmsghdr* header = nlmsg_hdr(message.get());
    INFO(describe(record));
    REQUIRE(header->nlmsg_type == RTM_NEWADDR);
    REQUIRE(header->nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL));
    const auto again = netlink::parseAddress(header);
    REQUIRE(again);
    REQUIRE(describe(*again) == describe(expected));
  }
}

TEST_CASE("the flags that the kernel sets itself are not asked for") {
  core::AddressRecord record;
  record.key.ifindex = 3;
  record.key.address = *core::parseAddress("192.0.2.1");
  record.flags =
      IFA_F_SECONDARY | IFA_F_PERMANENT | IFA_F_TENTATIVE | IFA_F_DEPRECATED | IFA_F_DADFAILED | IFA_F_OPTIMISTIC;
  const netlink::Message message = netlink::buildAdd(record);
  const nlmsghdr* header = nlmsg_hdr(message.get());
  CHECK(netlink::parseAddress(header)->flags == 0);
  CHECK(nlmsg_find_attr(nlmsg_hdr(message.get()), sizeof(ifaddrmsg), IFA_FLAGS) == nullptr);
}

TEST_CASE("a request to remove names the address, its prefix length and its interface") {
  const auto payload = [](const char* address, std::uint8_t length, int ifindex) {
    const netlink::Message message = netlink::buildRemove({ifindex, *core::parseAddress(address), length});
    const nlmsghdr* header = nlmsg_hdr(message.get());
    CHECK(header->nlmsg_type == RTM_DELADDR);
    CHECK(header->nlmsg_flags == (NLM_F_REQUEST | NLM_F_ACK));
    const auto* start = static_cast<const unsigned char*>(nlmsg_data(header));
    return Bytes(start, start + nlmsg_datalen(header));
  };
  // Family, length, flags, scope, interface; then the attributes.
  CHECK(payload("192.0.2.100", 24, 0x01020304) == Bytes{2, 24, 0,           0, 4,   3, 2, 1,    //
                                                        8, 0,  IFA_LOCAL,   0, 192, 0, 2, 100,  //
                                                        8, 0,  IFA_ADDRESS, 0, 192, 0, 2, 100});
  CHECK(payload("2001:db8::200", 128, 3) == Bytes{10,   128,  0,         0,    3, 0, 0, 0,  //
                                                  20,   0,    IFA_LOCAL, 0,                 //
                                                  0x20, 0x01, 0x0d,      0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0});
}
