#include "packet/wire_watch.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "packet/advert.hpp"

namespace guardian::packet {
namespace {

constexpr int kVrrp = 112;
constexpr int kAuthenticationHeader = 51;
constexpr int kPacketsPerTurn = 64;  // a flood of them must not keep the loop from a loss

core::IpAddress addressOf(const in6_addr& from) {
  core::IpAddress address;
  address.family = core::Family::IPv6;
  std::memcpy(address.bytes.data(), &from, 16);
  return address;
}

struct Received {
  std::array<std::uint8_t, 2048> bytes;
  std::size_t length = 0;
  int ifindex = 0;
  core::IpAddress source;  ///< IPv6 only; IPv4 has its header in the bytes
  core::IpAddress destination;
};

/// False: nothing more to read now.
bool receive(int fd, Received& packet) {
  alignas(cmsghdr) std::array<char, 256> control;
  sockaddr_in6 from{};
  iovec part{packet.bytes.data(), packet.bytes.size()};
  msghdr envelope{};
  envelope.msg_name = &from;
  envelope.msg_namelen = sizeof from;
  envelope.msg_iov = &part;
  envelope.msg_iovlen = 1;
  envelope.msg_control = control.data();
  envelope.msg_controllen = control.size();
  ssize_t length = 0;
  do length = ::recvmsg(fd, &envelope, MSG_DONTWAIT);
  while (length < 0 && errno == EINTR);
  if (length < 0) return false;
  packet.length = static_cast<std::size_t>(length);
  packet.ifindex = 0;
  if (from.sin6_family == AF_INET6) packet.source = addressOf(from.sin6_addr);
  for (cmsghdr* header = CMSG_FIRSTHDR(&envelope); header != nullptr; header = CMSG_NXTHDR(&envelope, header)) {
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      in_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      packet.ifindex = info.ipi_ifindex;
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      in6_pktinfo info;
      std::memcpy(&info, CMSG_DATA(header), sizeof info);
      packet.ifindex = static_cast<int>(info.ipi6_ifindex);
      packet.destination = addressOf(info.ipi6_addr);
    }
  }
  return true;
}

[[noreturn]] void giveUp() {
  throw std::system_error(errno, std::generic_category(), "opening a socket for the adverts of others");
}

/// None where the kernel has no such protocol, as without IPv6. To go on deaf for any other reason would be to
/// overlook a second master.
Fd openRaw(int family, int protocol, int level, int option) {
  Fd socket(::socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol));
  if (!socket && errno == EAFNOSUPPORT) return socket;
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), level, option, &on, sizeof on) < 0) giveUp();
  return socket;
}

/// Without it every packet of an IPsec tunnel would wake us. The filter sees the IP header first.
void onlyAuthenticatedAdverts(const Fd& socket) {
  sock_filter program[] = {
      BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
      BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kVrrp, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 2048),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{sizeof program / sizeof program[0], program};
  if (socket && ::setsockopt(socket.get(), SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0) giveUp();
}

/// Outgoing packets of protocol 112, or 51 before it. Offsets count from the network header.
Result<Done> onlyOwnAdverts(int fd) {
  const auto net = static_cast<std::uint32_t>(SKF_NET_OFF);
  const auto ancillary = static_cast<std::uint32_t>(SKF_AD_OFF);
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ancillary + SKF_AD_PKTTYPE),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 9),
      BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ancillary + SKF_AD_PROTOCOL),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP, 0, 2),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, net + 9),
      BPF_JUMP(BPF_JMP | BPF_JA, 2, 0, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IPV6, 0, 4),
      BPF_STMT(BPF_LD | BPF_B | BPF_ABS, net + 6),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kVrrp, 1, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kAuthenticationHeader, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, 2048),
      BPF_STMT(BPF_RET | BPF_K, 0),
  };
  const sock_fprog filter{sizeof program / sizeof program[0], program};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0)
    return Error{errno, "filtering the packet tap"};
  return Done{};
}

}  // namespace

ForeignAdverts::ForeignAdverts(Sink sink)
    : sink_(std::move(sink)),
      v4_(openRaw(AF_INET, kVrrp, IPPROTO_IP, IP_PKTINFO)),
      authenticated_(openRaw(AF_INET, kAuthenticationHeader, IPPROTO_IP, IP_PKTINFO)),
      v6_(openRaw(AF_INET6, kVrrp, IPPROTO_IPV6, IPV6_RECVPKTINFO)) {
  onlyAuthenticatedAdverts(authenticated_);
  if (!v4_ && !v6_) giveUp();
}

std::vector<int> ForeignAdverts::fds() const {
  std::vector<int> open;
  for (const Fd* socket : {&v4_, &authenticated_, &v6_})
    if (*socket) open.push_back(socket->get());
  return open;
}

Result<Done> ForeignAdverts::join(int ifindex) {
  const std::string what = "joining VRRP's group on interface " + std::to_string(ifindex);
  ip_mreqn v4{};
  v4.imr_multiaddr.s_addr = htonl(0xe0000012);  // 224.0.0.18
  v4.imr_ifindex = ifindex;
  const auto failed = [](int result) { return result < 0 && errno != EADDRINUSE; };
  for (const Fd* socket : {&v4_, &authenticated_})
    if (*socket && failed(::setsockopt(socket->get(), IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4, sizeof v4)))
      return Error{errno, what};
  ipv6_mreq v6{};
  v6.ipv6mr_multiaddr.s6_addr[0] = 0xff;  // ff02::12
  v6.ipv6mr_multiaddr.s6_addr[1] = 0x02;
  v6.ipv6mr_multiaddr.s6_addr[15] = 0x12;
  v6.ipv6mr_interface = static_cast<unsigned>(ifindex);
  if (v6_ && failed(::setsockopt(v6_.get(), IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &v6, sizeof v6)))
    return Error{errno, what + " for IPv6"};
  return Done{};
}

void ForeignAdverts::drain(int fd) { fd == v6_.get() ? drainV6() : drainV4(fd); }

void ForeignAdverts::drainV4(int fd) {
  Received packet;
  for (int i = 0; i < kPacketsPerTurn && receive(fd, packet); ++i)
    if (auto advert = parseIpPacket(packet.bytes.data(), packet.length)) {
      advert->ifindex = packet.ifindex;
      sink_(core::ForeignAdvert{*advert});
    }
}

void ForeignAdverts::drainV6() {
  Received packet;
  for (int i = 0; i < kPacketsPerTurn && receive(v6_.get(), packet); ++i)
    if (auto advert = parseAdvert(packet.bytes.data(), packet.length, packet.source, packet.destination)) {
      advert->ifindex = packet.ifindex;
      sink_(core::ForeignAdvert{*advert});
    }
}

Result<AdvertTap> AdvertTap::open(int ifindex) {
  // Protocol 0 until the filter stands: not one packet of the host is to be queued here.
  Fd socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return Error{errno, "opening a packet tap"};
  if (const auto filtered = onlyOwnAdverts(socket.get()); !filtered) return filtered.error();
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ALL);  // outgoing packets are shown to no other kind of tap
  where.sll_ifindex = ifindex;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) < 0)
    return Error{errno, "opening a packet tap on interface " + std::to_string(ifindex)};
  return AdvertTap(std::move(socket), ifindex);
}

void AdvertTap::drain(const std::function<void(const core::Event&)>& sink) {
  Received packet;
  for (int i = 0; i < kPacketsPerTurn && receive(socket_.get(), packet); ++i)
    if (auto advert = parseIpPacket(packet.bytes.data(), packet.length)) {
      advert->ifindex = ifindex_;
      sink(core::OwnAdvert{*advert});
    }
}

}  // namespace guardian::packet
