// A socket for what the kernel tells unasked: subscribed to multicast groups, with a large forced buffer, read without
// ever blocking. Lost messages are told, never passed over in silence.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include <linux/filter.h>
#include <linux/netlink.h>
#include <netlink/socket.h>

#include "guardian/util/handle.hpp"

namespace guardian::netlink {

class EventSocket {
 public:
  using OnMessage = std::function<void(const nlmsghdr*)>;
  using OnLost = std::function<void()>;

  /// Subscribes at once. `filter`, if any, lets the kernel drop what is not wanted before it is queued. `about` names
  /// the events in errors. Throws std::system_error and the like.
  EventSocket(const char* about, const std::vector<int>& groups, const std::vector<sock_filter>& filter = {});

  int fd() const { return nl_socket_get_fd(socket_.get()); }
  /// Reads what is there, up to a bound that lets others have their turn. Throws std::system_error when the
  /// socket itself is broken.
  void drain(const OnMessage& onMessage, const OnLost& onLost);

 private:
  bool receive(const OnMessage& onMessage, const OnLost& onLost);

  const char* about_;
  Handle<nl_sock, nl_socket_free> socket_;
  std::unique_ptr<char[]> buffer_;  ///< not zeroed: what no message has needed takes no memory
  /// Messages were lost. Said when the queue is empty: a new look follows at once, and what was queued before the
  /// loss must not be told after it as if it were newer.
  bool overrun_ = false;
};

}  // namespace guardian::netlink
