#include "netlink/monitor.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "netlink/codec.hpp"
#include "netlink/link_sysctl.hpp"

namespace guardian::netlink {
namespace {

// The default holds 256 unread address messages, this one more than ten thousand. Forced past rmem_max.
constexpr int kReceiveBuffer = 8 * 1024 * 1024;
constexpr int kDatagramsPerTurn = 1024;

[[noreturn]] void fail(const char* doing) { throw std::system_error(errno, std::generic_category(), doing); }

}  // namespace

Monitor::Monitor(Sink sink) : sink_(std::move(sink)), socket_(nl_socket_alloc()), buffer_(64 * 1024) {
  if (!socket_) throw std::bad_alloc();
  nl_socket_disable_seq_check(socket_.get());
  if (const int err = nl_connect(socket_.get(), NETLINK_ROUTE); err < 0)
    throw std::runtime_error(std::string("opening the address event socket: ") + nl_geterror(err));
  if (::setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) < 0)
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  for (const int group : {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR})
    if (::setsockopt(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
      fail("subscribing to address events");
  nl_socket_set_nonblocking(socket_.get());
}

void Monitor::drain() {
  for (int i = 0; i < kDatagramsPerTurn && receive(); ++i) {}
}

bool Monitor::receive() {
  sockaddr_nl sender{};
  iovec part{buffer_.data(), buffer_.size()};
  msghdr envelope{};
  envelope.msg_name = &sender;
  envelope.msg_namelen = sizeof sender;
  envelope.msg_iov = &part;
  envelope.msg_iovlen = 1;
  const ssize_t length = ::recvmsg(fd(), &envelope, MSG_DONTWAIT);
  if (length < 0) {
    if (errno == EINTR) return true;
    if (errno == ENOBUFS) {
      overrun_ = true;  // what is still queued is older than the loss and goes first
      return true;
    }
    if (errno != EAGAIN) fail("reading address events");
    if (std::exchange(overrun_, false)) sink_(core::EventsLost{});
    return false;
  }
  // Any local process may send us a datagram; only the kernel has port id 0.
  if (sender.nl_pid != 0) return true;
  if ((envelope.msg_flags & MSG_TRUNC) != 0) {
    sink_(core::EventsLost{});
    return true;
  }
  int rest = static_cast<int>(length);
  for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(message, rest);
       message = nlmsg_next(message, &rest))
    deliver(message);
  return true;
}

void Monitor::deliver(const nlmsghdr* message) {
  switch (message->nlmsg_type) {
    case RTM_NEWADDR:
      if (auto record = parseAddress(message))
        sink_(core::AddressAppeared{std::move(*record), core::Origin{message->nlmsg_pid}});
      break;
    case RTM_DELADDR:
      if (auto record = parseAddress(message))
        sink_(core::AddressVanished{std::move(*record), core::Origin{message->nlmsg_pid}});
      break;
    case RTM_NEWLINK:
      if (auto link = parseLink(message)) {
        readSysctls(*link);
        sink_(core::LinkChanged{std::move(*link)});
      }
      break;
    case RTM_DELLINK:
      if (auto link = parseLink(message)) sink_(core::LinkVanished{link->ifindex});
      break;
    default: break;
  }
}

}  // namespace guardian::netlink
