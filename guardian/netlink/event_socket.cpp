#include "netlink/event_socket.hpp"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace guardian::netlink {
namespace {

// The default holds 256 unread address messages, this one more than ten thousand. Forced past rmem_max.
constexpr int kReceiveBuffer = 8 * 1024 * 1024;
constexpr int kDatagramsPerTurn = 1024;

[[noreturn]] void fail(const char* doing, const char* about) {
  throw std::system_error(errno, std::generic_category(), std::string(doing) + about);
}

}  // namespace

EventSocket::EventSocket(const char* about, const std::vector<int>& groups, const std::vector<sock_filter>& filter)
    : about_(about), socket_(nl_socket_alloc()), buffer_(64 * 1024) {
  if (!socket_) throw std::bad_alloc();
  nl_socket_disable_seq_check(socket_.get());
  if (const int err = nl_connect(socket_.get(), NETLINK_ROUTE); err < 0)
    throw std::runtime_error(std::string("opening the socket for ") + about_ + ": " + nl_geterror(err));
  if (::setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer) < 0)
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &kReceiveBuffer, sizeof kReceiveBuffer);
  if (!filter.empty()) {
    std::vector<sock_filter> code = filter;
    const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
    if (::setsockopt(fd(), SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) < 0) fail("filtering ", about_);
  }
  for (const int group : groups)
    if (::setsockopt(fd(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
      fail("subscribing to ", about_);
  nl_socket_set_nonblocking(socket_.get());
}

void EventSocket::drain(const OnMessage& onMessage, const OnLost& onLost) {
  for (int i = 0; i < kDatagramsPerTurn && receive(onMessage, onLost); ++i) {}
}

bool EventSocket::receive(const OnMessage& onMessage, const OnLost& onLost) {
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
    if (errno != EAGAIN) fail("reading ", about_);
    if (std::exchange(overrun_, false)) onLost();
    return false;
  }
  // Any local process may send us a datagram; only the kernel has port id 0.
  if (sender.nl_pid != 0) return true;
  if ((envelope.msg_flags & MSG_TRUNC) != 0) {
    onLost();
    return true;
  }
  int rest = static_cast<int>(length);
  for (auto* message = reinterpret_cast<nlmsghdr*>(buffer_.data()); nlmsg_ok(message, rest);
       message = nlmsg_next(message, &rest))
    onMessage(message);
  return true;
}

}  // namespace guardian::netlink
