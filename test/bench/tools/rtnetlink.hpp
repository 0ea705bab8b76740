// As much of rtnetlink as the bench's programs need, without any library: they are linked statically, so that they run
// in a lab node's network whatever this machine is made of.
#pragma once

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <iostream>
#include <string>
#include <tuple>
#include <vector>

namespace bench {

constexpr int kSocketBuffer = 512 * 1024 * 1024;  // an observer that loses events has observed nothing

[[noreturn]] inline void die(const std::string& doing) {
  std::cerr << doing << ": " << std::strerror(errno) << "\n";
  std::exit(1);
}

/// CLOCK_MONOTONIC in nanoseconds: the clock of every observer and of the journal.
inline std::int64_t now() {
  timespec at{};
  ::clock_gettime(CLOCK_MONOTONIC, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

struct Address {
  int ifindex = 0;
  std::uint8_t family = AF_INET;
  std::uint8_t length = 0;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t size() const { return family == AF_INET ? 4 : 16; }
};
inline bool operator<(const Address& a, const Address& b) {
  return std::tie(a.ifindex, a.family, a.length, a.bytes) < std::tie(b.ifindex, b.family, b.length, b.bytes);
}

/// "INDEX ADDRESS/LENGTH", as run writes them.
inline bool read(std::istream& in, Address& out) {
  std::string text;
  if (!(in >> out.ifindex >> text)) return false;
  const std::size_t slash = text.find('/');
  out.family = text.find(':') == std::string::npos ? AF_INET : AF_INET6;
  out.length = static_cast<std::uint8_t>(std::stoi(text.substr(slash + 1)));
  return ::inet_pton(out.family, text.substr(0, slash).c_str(), out.bytes.data()) == 1;
}

inline int openSocket(std::uint32_t groups) {
  const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) die("opening a netlink socket");
  ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &kSocketBuffer, sizeof kSocketBuffer);
  sockaddr_nl self{};
  self.nl_family = AF_NETLINK;
  self.nl_groups = groups;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&self), sizeof self) < 0) die("binding a netlink socket");
  return fd;
}

/// The kernel drops all but messages of this type before they cost the observer anything.
inline void hearOnly(int fd, std::uint16_t type) {
  std::array<sock_filter, 4> code{{BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(type), 0, 1),
                                   BPF_STMT(BPF_RET | BPF_K, 0xffffffffU), BPF_STMT(BPF_RET | BPF_K, 0)}};
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  if (::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) die("attaching a filter");
}

/// Appends one request to a batch.
inline void append(std::vector<char>& batch, std::uint16_t type, std::uint16_t flags, const Address& address) {
  const auto payload = static_cast<unsigned short>(address.size());
  const std::size_t attribute = RTA_SPACE(payload);
  const std::size_t total = NLMSG_SPACE(sizeof(ifaddrmsg)) + 2 * attribute;
  const std::size_t start = batch.size();
  batch.resize(start + total);
  nlmsghdr header{};
  header.nlmsg_len = static_cast<std::uint32_t>(total);
  header.nlmsg_type = type;
  header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
  ifaddrmsg body{};
  body.ifa_family = address.family;
  body.ifa_prefixlen = address.length;
  body.ifa_flags = address.family == AF_INET6 ? IFA_F_NODAD : 0;
  body.ifa_index = static_cast<std::uint32_t>(address.ifindex);
  char* at = batch.data() + start;
  std::memcpy(at, &header, sizeof header);
  std::memcpy(at + NLMSG_HDRLEN, &body, sizeof body);
  at += NLMSG_SPACE(sizeof body);
  for (const unsigned short kind : {IFA_LOCAL, IFA_ADDRESS}) {
    rtattr head{};
    head.rta_len = static_cast<unsigned short>(RTA_LENGTH(payload));
    head.rta_type = kind;
    std::memcpy(at, &head, sizeof head);
    std::memcpy(at + RTA_LENGTH(0), address.bytes.data(), payload);
    at += attribute;
  }
}

inline void send(int fd, const std::vector<char>& batch) {
  if (::send(fd, batch.data(), batch.size(), 0) < 0) die("sending a request");
}

/// Calls back for each address event of one datagram; false where the time was up (SO_RCVTIMEO).
inline bool receive(int fd, const std::function<void(std::uint16_t, const Address&, nlmsghdr*)>& each) {
  static std::vector<char> buffer(64 * 1024);
  const ssize_t got = ::recv(fd, buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got < 0) die("reading events");
  auto rest = static_cast<std::uint32_t>(got);
  for (auto* message = reinterpret_cast<nlmsghdr*>(buffer.data()); NLMSG_OK(message, rest);
       message = NLMSG_NEXT(message, rest)) {
    if (message->nlmsg_type != RTM_NEWADDR && message->nlmsg_type != RTM_DELADDR) continue;
    const auto* body = static_cast<const ifaddrmsg*>(NLMSG_DATA(message));
    Address address;
    address.ifindex = static_cast<int>(body->ifa_index);
    address.family = body->ifa_family;
    address.length = body->ifa_prefixlen;
    auto left = static_cast<std::uint32_t>(IFA_PAYLOAD(message));
    for (const rtattr* attribute = IFA_RTA(body); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left)) {
      const bool six = address.family == AF_INET6 && attribute->rta_type == IFA_ADDRESS;
      if (six || attribute->rta_type == IFA_LOCAL)
        std::memcpy(address.bytes.data(), RTA_DATA(attribute), address.size());
    }
    each(message->nlmsg_type, address, message);
  }
  return true;
}

inline void patience(int fd, long seconds) {
  const timeval limit{seconds, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

}  // namespace bench
