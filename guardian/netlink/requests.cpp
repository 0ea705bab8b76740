#include "netlink/requests.hpp"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/netlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <new>
#include <stdexcept>
#include <string>

#include "netlink/link_sysctl.hpp"

namespace guardian::netlink {
namespace {

constexpr int kInterrupted = -1;  ///< not an errno: the dump changed under our hands
constexpr std::size_t kBuffer = 256 * 1024;
constexpr int kAttempts = 5;

}  // namespace

Requests::Requests() : socket_(nl_socket_alloc()), buffer_(new char[kBuffer]) {
  if (!socket_) throw std::bad_alloc();
  if (const int err = nl_connect(socket_.get(), NETLINK_ROUTE); err < 0)
    throw std::runtime_error(std::string("opening the address request socket: ") + nl_geterror(err));
  // The kernel has never been seen not to answer; if it does not, a second is better than for ever.
  const timeval patience{1, 0};
  ::setsockopt(nl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  choosesRoutes_ = setStrict(true) && setStrict(false);
}

core::AddDone Requests::add(const core::AddressRecord& record) {
  int error = transact(buildAdd(record), {});
  if (answerLost_ && stands(record.key) == true) error = 0;
  return {record.key, error == EEXIST ? 0 : error, error == EEXIST};
}

core::RemoveDone Requests::remove(const core::AddressKey& key) {
  int error = transact(buildRemove(key), {});
  if (error == EADDRNOTAVAIL)
    if (const auto peer = peerOf(key)) error = transact(buildRemove(key, peer), {});
  if (answerLost_ && stands(key) == false) error = 0;
  const bool absent = error == EADDRNOTAVAIL || error == ENODEV;
  return {key, absent ? 0 : error, !absent};
}

std::optional<core::IpAddress> Requests::peerOf(const core::AddressKey& key) {
  std::optional<core::AddressRecord> found;
  return find(key, found) == 0 && found ? found->peer : std::nullopt;
}

/// None: the kernel does not say.
std::optional<bool> Requests::stands(const core::AddressKey& key) {
  std::optional<core::AddressRecord> found;
  return find(key, found) == 0 ? std::optional<bool>(found.has_value()) : std::nullopt;
}

int Requests::find(const core::AddressKey& key, std::optional<core::AddressRecord>& found) {
  return dump(RTM_GETADDR, [&](const nlmsghdr* message) {
    if (message->nlmsg_type != RTM_NEWADDR) return;
    if (auto record = parseAddress(message); record && record->key == key) found = std::move(record);
  });
}

Result<core::Snapshot> Requests::snapshot() {
  int error = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    core::Snapshot snapshot;
    error = dump(RTM_GETLINK, [&](const nlmsghdr* message) {
      if (message->nlmsg_type != RTM_NEWLINK) return;
      if (auto link = parseLink(message)) {
        readSysctls(*link);
        snapshot.links.push_back(std::move(*link));
      }
    });
    if (error == 0)
      error = dump(RTM_GETADDR, [&](const nlmsghdr* message) {
        if (message->nlmsg_type != RTM_NEWADDR) return;
        if (auto record = parseAddress(message)) snapshot.addresses.push_back(std::move(*record));
      });
    if (error == 0) return snapshot;
    if (error != kInterrupted) break;
  }
  return Error{error == kInterrupted ? EBUSY : error, "listing links and addresses"};
}

int Requests::dump(int type, const std::function<void(const nlmsghdr*)>& each) {
  Message message(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP));
  if (!message) throw std::bad_alloc();
  // The long header of the type: strict checking is off, so a zeroed ifinfomsg serves both dumps.
  ifinfomsg all{};
  if (nlmsg_append(message.get(), &all, sizeof all, NLMSG_ALIGNTO) < 0) throw std::bad_alloc();
  return transact(std::move(message), each);
}

/// Reads a request's answer to its end, for nobody: while a dump goes on, the kernel begins no other.
void Requests::abandon() {
  while (::recv(nl_socket_get_fd(socket_.get()), buffer_.get(), kBuffer, MSG_DONTWAIT) > 0) continue;
}

/// 0, an errno value, or kInterrupted.
int Requests::transact(Message message, const std::function<void(const nlmsghdr*)>& each) {
  nlmsghdr* header = nlmsg_hdr(message.get());
  header->nlmsg_seq = ++sequence_;
  header->nlmsg_pid = port();
  const int fd = nl_socket_get_fd(socket_.get());
  answerLost_ = false;
  if (::send(fd, header, header->nlmsg_len, 0) < 0) return errno;
  bool interrupted = false;
  for (;;) {
    const ssize_t length = ::recv(fd, buffer_.get(), kBuffer, 0);
    if (length < 0) {
      if (errno == EINTR) continue;
      const int error = errno;
      abandon();
      answerLost_ = true;
      return error;
    }
    int rest = static_cast<int>(length);
    for (auto* answer = reinterpret_cast<nlmsghdr*>(buffer_.get()); nlmsg_ok(answer, rest);
         answer = nlmsg_next(answer, &rest)) {
      if (answer->nlmsg_seq != sequence_) continue;  // the late end of a request that timed out
      interrupted = interrupted || (answer->nlmsg_flags & NLM_F_DUMP_INTR) != 0;
      if (answer->nlmsg_type == NLMSG_DONE) return interrupted ? kInterrupted : 0;
      if (answer->nlmsg_type == NLMSG_ERROR) return -static_cast<const nlmsgerr*>(nlmsg_data(answer))->error;
      if (each) each(answer);
    }
  }
}

}  // namespace guardian::netlink
