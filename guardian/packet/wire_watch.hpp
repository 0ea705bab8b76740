// What the wire says of mastership.
//
// Other nodes' adverts: raw sockets of protocol 112, and of 51 for those behind an authentication header, always open;
// a few packets a second at most. They need no group: keepalived has joined it, and the kernel gives every raw socket
// what the host receives. Only while we have keepalived stopped they need one. Our own adverts do not come back to us;
// only a packet tap sees them leave, and a tap is shown every packet of its interface. So it is open only while the
// core asks for it, with a filter that the kernel applies.
#pragma once

#include <functional>
#include <vector>

#include "guardian/core/event.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::packet {

class ForeignAdverts {
 public:
  using Sink = std::function<void(const core::Event&)>;

  /// A family that the kernel does not have is left out. Throws std::system_error for anything else that is missing.
  explicit ForeignAdverts(Sink sink);
  std::vector<int> fds() const;
  void drain(int fd);
  /// Hears the groups of VRRP there from now on, whether keepalived does or not, as long as the interface lives. Twice
  /// is as good as once.
  Result<Done> join(int ifindex);

 private:
  void drainV4(int fd);
  void drainV6();

  Sink sink_;
  Fd v4_;
  Fd authenticated_;  ///< IPv4 as well
  Fd v6_;
};

/// One tap on one interface.
class AdvertTap {
 public:
  static Result<AdvertTap> open(int ifindex);
  int fd() const { return socket_.get(); }
  void drain(const std::function<void(const core::Event&)>& sink);

 private:
  AdvertTap(Fd socket, int ifindex) : socket_(std::move(socket)), ifindex_(ifindex) {}
  Fd socket_;
  int ifindex_ = 0;
};

}  // namespace guardian::packet
