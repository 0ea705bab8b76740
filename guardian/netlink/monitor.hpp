// The event socket: what happens to links and addresses, as events, in the kernel's order, with the port id of
// the one who asked. One socket with a large forced buffer; lost messages end in EventsLost, never in silence.
//
// Owned by the composition root, used on its one thread. libnl's cache manager would hide both the port ids and
// the losses, so the messages are read raw.
#pragma once

#include <functional>

#include "guardian/core/event.hpp"
#include "netlink/event_socket.hpp"

namespace guardian::netlink {

class Monitor {
 public:
  using Sink = std::function<void(core::Event&&)>;

  /// Subscribes at once: take the first snapshot after this. Throws std::system_error.
  explicit Monitor(Sink sink);

  int fd() const { return socket_.fd(); }
  /// Reads what is there, up to a bound that lets others have their turn. Throws std::system_error when the
  /// socket itself is broken.
  void drain();

 private:
  void deliver(const nlmsghdr* message);

  Sink sink_;
  EventSocket socket_;
};

}  // namespace guardian::netlink
