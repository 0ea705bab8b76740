// The request socket: our orders to the kernel, each acknowledged before we go on, and snapshots.
// rtnetlink answers within the sending call, so waiting for the acknowledgement costs no delay.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <netlink/socket.h>

#include "guardian/core/event.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"
#include "netlink/codec.hpp"

namespace guardian::netlink {

class Requests {
 public:
  /// Throws std::system_error or std::runtime_error.
  Requests();

  /// The id under which the kernel attributes our changes.
  std::uint32_t port() const { return nl_socket_get_local_port(socket_.get()); }

  /// An address that stands already is success: the goal is met (AddDone::existed).
  core::AddDone add(const core::AddressRecord& record);
  /// An address that is not there is success.
  core::RemoveDone remove(const core::AddressKey& key);
  Result<core::Snapshot> snapshot();

 private:
  int transact(Message message, const std::function<void(const nlmsghdr*)>& each);
  std::optional<core::IpAddress> peerOf(const core::AddressKey& key);
  int dump(int type, const std::function<void(const nlmsghdr*)>& each);

  Handle<nl_sock, nl_socket_free> socket_;
  std::vector<char> buffer_;
  std::uint32_t sequence_ = 0;
};

}  // namespace guardian::netlink
