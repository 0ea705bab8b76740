// The event socket: what happens to links and addresses, as events, in the kernel's order, with the port id of
// the one who asked. One socket with a large forced buffer; lost messages end in EventsLost, never in silence.
//
// Owned by the composition root, used on its one thread. libnl's cache manager would hide both the port ids and
// the losses, so the messages are read raw.
#pragma once

#include <functional>
#include <vector>

#include <linux/netlink.h>
#include <netlink/socket.h>

#include "guardian/core/event.hpp"
#include "guardian/util/handle.hpp"

namespace guardian::netlink {

class Monitor {
 public:
  using Sink = std::function<void(const core::Event&)>;

  /// Subscribes at once: take the first snapshot after this. Throws std::system_error.
  explicit Monitor(Sink sink);

  int fd() const { return nl_socket_get_fd(socket_.get()); }
  /// Reads what is there, up to a bound that lets others have their turn. Throws std::system_error when the
  /// socket itself is broken.
  void drain();

 private:
  bool receive();
  void deliver(const nlmsghdr* message);

  Sink sink_;
  Handle<nl_sock, nl_socket_free> socket_;
  std::vector<char> buffer_;
  /// Messages were lost. Said when the queue is empty: a snapshot follows at once, and what was queued before the
  /// loss must not be told after it as if it were newer.
  bool overrun_ = false;
};

}  // namespace guardian::netlink
