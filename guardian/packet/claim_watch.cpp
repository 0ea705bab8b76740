#include "packet/claim_watch.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "packet/claim.hpp"

namespace guardian::packet {
namespace {

using core::Family;
using core::IpAddress;
using Filter = std::vector<sock_filter>;

constexpr int kPacketsPerTurn = 64;
constexpr std::uint32_t kTake = 256;  ///< bytes of a frame
/// A filter counts against net.core.optmem_max, 20 KiB. Beyond these many addresses all claims pass, and are looked at
/// here.
constexpr std::size_t kMostArp = 500;
constexpr std::size_t kMostNeighbours = 100;

std::uint32_t wordAt(const IpAddress& address, std::size_t at) {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < 4; ++i) word = word << 8 | address.bytes[at + i];
  return word;
}

/// The sender's address is at 14.
Filter arpFilter(const std::vector<IpAddress>& addresses) {
  Filter program;
  if (addresses.size() > kMostArp) return program;
  program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 14));
  for (const IpAddress& address : addresses) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wordAt(address, 0), 0, 1));
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kTake));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  return program;
}

/// The target's is at 8.
Filter neighbourFilter(const std::vector<IpAddress>& addresses) {
  Filter program;
  if (addresses.size() > kMostNeighbours) return program;
  for (const IpAddress& address : addresses) {
    for (std::uint8_t at = 0; at < 16; at = static_cast<std::uint8_t>(at + 4)) {
      const auto toNext = static_cast<std::uint8_t>(7 - at / 2);
      program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 8U + at));
      program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, wordAt(address, at), 0, toNext));
    }
    program.push_back(BPF_STMT(BPF_RET | BPF_K, kTake));
  }
  program.push_back(BPF_STMT(BPF_RET | BPF_K, 0));
  return program;
}

Result<Done> attach(int fd, Filter program) {
  if (program.empty()) return Done{};
  const sock_fprog filter{static_cast<std::uint16_t>(program.size()), program.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 || errno == ENOMEM) return Done{};
  return Error{errno, "filtering claims to addresses"};
}

Error failed(int ifindex) { return {errno, "watching for claims on interface " + std::to_string(ifindex)}; }

Result<Fd> openArp(int ifindex, const std::vector<IpAddress>& addresses) {
  // Protocol 0 until the filter stands, as in wire_watch.cpp.
  Fd socket(::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket) return failed(ifindex);
  if (const auto filtered = attach(socket.get(), arpFilter(addresses)); !filtered) return filtered.error();
  sockaddr_ll where{};
  where.sll_family = AF_PACKET;
  where.sll_protocol = htons(ETH_P_ARP);
  where.sll_ifindex = ifindex;
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) < 0) return failed(ifindex);
  return socket;
}

Result<Fd> openNeighbours(int ifindex, const std::vector<IpAddress>& addresses) {
  Fd socket(::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMPV6));
  if (!socket) return failed(ifindex);
  icmp6_filter types;
  ICMP6_FILTER_SETBLOCKALL(&types);
  ICMP6_FILTER_SETPASS(ND_NEIGHBOR_ADVERT, &types);
  const int on = 1;
  std::array<char, IF_NAMESIZE> name{};
  if (::setsockopt(socket.get(), IPPROTO_ICMPV6, ICMP6_FILTER, &types, sizeof types) < 0 ||
      ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_RECVHOPLIMIT, &on, sizeof on) < 0 ||
      ::if_indextoname(static_cast<unsigned>(ifindex), name.data()) == nullptr ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_BINDTODEVICE, name.data(), name.size()) < 0)
    return failed(ifindex);
  if (const auto filtered = attach(socket.get(), neighbourFilter(addresses)); !filtered) return filtered.error();
  // What came before the filter and the interface were set is anybody's.
  std::array<std::uint8_t, 8> scrap;
  while (::recv(socket.get(), scrap.data(), scrap.size(), MSG_DONTWAIT) >= 0) {}
  return socket;
}

int hopsOf(msghdr& envelope) {
  int hops = 0;
  for (cmsghdr* header = CMSG_FIRSTHDR(&envelope); header != nullptr; header = CMSG_NXTHDR(&envelope, header))
    if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_HOPLIMIT)
      std::memcpy(&hops, CMSG_DATA(header), sizeof hops);
  return hops;
}

template <class Parse> void takeFrom(int fd, std::vector<core::Claim>& claims, Parse parse) {
  std::array<std::uint8_t, kTake> bytes;
  alignas(cmsghdr) std::array<char, 128> control;
  for (int i = 0; fd >= 0 && i < kPacketsPerTurn; ++i) {
    iovec part{bytes.data(), bytes.size()};
    msghdr envelope{};
    envelope.msg_iov = &part;
    envelope.msg_iovlen = 1;
    envelope.msg_control = control.data();
    envelope.msg_controllen = control.size();
    const ssize_t length = ::recvmsg(fd, &envelope, MSG_DONTWAIT);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return;
    if (const auto claim = parse(bytes.data(), static_cast<std::size_t>(length), envelope)) claims.push_back(*claim);
  }
}

}  // namespace

Result<ClaimWatch> ClaimWatch::open(int ifindex, const std::vector<IpAddress>& addresses) {
  ClaimWatch watch;
  watch.ifindex_ = ifindex;
  for (const Family family : {Family::IPv4, Family::IPv6}) {
    std::vector<IpAddress> some;
    for (const IpAddress& address : addresses)
      if (address.family == family) some.push_back(address);
    if (some.empty()) continue;
    auto socket = family == Family::IPv4 ? openArp(ifindex, some) : openNeighbours(ifindex, some);
    if (!socket) return socket.error();
    (family == Family::IPv4 ? watch.arp_ : watch.neighbours_) = std::move(socket.value());
  }
  return watch;
}

std::vector<core::Claim> ClaimWatch::take() {
  std::vector<core::Claim> claims;
  takeFrom(arp_.get(), claims,
           [](const std::uint8_t* bytes, std::size_t length, msghdr&) { return parseArp(bytes, length); });
  takeFrom(neighbours_.get(), claims, [](const std::uint8_t* bytes, std::size_t length, msghdr& envelope) {
    return parseNeighbourAdvertisement(bytes, length, hopsOf(envelope));
  });
  for (core::Claim& claim : claims) claim.ifindex = ifindex_;
  return claims;
}

}  // namespace guardian::packet
