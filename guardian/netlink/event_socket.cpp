#include "netlink/event_socket.hpp"

#include <linux/rtnetlink.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <new>
#include <string>
#include <system_error>
#include <utility>

namespace guardian::netlink {
namespace {

// The default holds 256 unread address messages, this one more than ten thousand. Forced past rmem_max.
constexpr int kReceiveBuffer = 8 * 1024 * 1024;
constexpr std::size_t kBuffer = 64 * 1024;
constexpr std::size_t kAtOnce = 16;
constexpr int kReadsPerTurn = 64;

[[noreturn]] void fail(const char* doing, const char* about) {
  throw std::system_error(errno, std::generic_category(), std::string(doing) + about);
}

}  // namespace

EventSocket::EventSocket(const char* about, const std::vector<int>& groups, const std::vector<sock_filter>& filter)
    : about_(about), socket_(nl_socket_alloc()), buffer_(new char[kAtOnce * kBuffer]) {
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
  for (int i = 0; i < kReadsPerTurn && receive(onMessage, onLost); ++i) {}
}

/// Several datagrams a call: in a flood the calls would cost more than all that is done with them.
bool EventSocket::receive(const OnMessage& onMessage, const OnLost& onLost) {
  std::array<sockaddr_nl, kAtOnce> senders{};
  std::array<iovec, kAtOnce> parts{};
  std::array<mmsghdr, kAtOnce> envelopes{};
  for (std::size_t i = 0; i < kAtOnce; ++i) {
    parts[i] = {buffer_.get() + i * kBuffer, kBuffer};
    envelopes[i].msg_hdr.msg_name = &senders[i];
    envelopes[i].msg_hdr.msg_namelen = sizeof senders[i];
    envelopes[i].msg_hdr.msg_iov = &parts[i];
    envelopes[i].msg_hdr.msg_iovlen = 1;
  }
  const int count = ::recvmmsg(fd(), envelopes.data(), kAtOnce, MSG_DONTWAIT, nullptr);
  if (count < 0) {
    if (errno == EINTR) return true;
    if (errno == ENOBUFS) {
      overrun_ = true;  // what is still queued is older than the loss and goes first
      return true;
    }
    if (errno != EAGAIN) fail("reading ", about_);
    if (std::exchange(overrun_, false)) onLost();
    return false;
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
    // Any local process may send us a datagram; only the kernel has port id 0.
    if (senders[i].nl_pid != 0) continue;
    if ((envelopes[i].msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      onLost();
      continue;
    }
    int rest = static_cast<int>(envelopes[i].msg_len);
    for (auto* message = static_cast<nlmsghdr*>(parts[i].iov_base); nlmsg_ok(message, rest);
         message = nlmsg_next(message, &rest))
      onMessage(message);
  }
  // Fewer than there was room for: the queue is empty, or an overrun comes next, which is news of its own.
  return count == static_cast<int>(kAtOnce) || overrun_;
}

}  // namespace guardian::netlink
