// Routes and rules coming and going, as far as they are of interest. On a socket of its own, so that a flood of other
// routes can never overrun the one for addresses; and the kernel itself drops what other protocols install.
//
// Owned by the composition root, used on its one thread; there only while keepalived has virtual routes or rules.
#pragma once

#include <functional>

#include "guardian/core/event.hpp"
#include "netlink/event_socket.hpp"

namespace guardian::netlink {

class RouteMonitor {
 public:
  using Sink = std::function<void(const core::Event&)>;

  /// Subscribes at once: list the routes after this. Throws std::system_error.
  RouteMonitor(core::RouteInterest interest, Sink sink);

  int fd() const { return socket_.fd(); }
  void drain();

 private:
  void deliver(const nlmsghdr* message);

  core::RouteInterest interest_;
  Sink sink_;
  EventSocket socket_;
};

}  // namespace guardian::netlink
