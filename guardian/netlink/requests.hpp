// The request socket: our orders to the kernel, each acknowledged before we go on, and snapshots.
// rtnetlink answers within the sending call, so waiting for the acknowledgement costs no delay.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

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

  /// An equal route or rule that stands already is success.
  core::RouteAddDone add(const core::RouteForm& form);
  /// A route or rule that is not there is success.
  core::RouteRemoveDone remove(const core::RouteForm& form);
  Result<core::RoutesListed> routes(const core::RouteInterest& interest);
  /// Whether the kernel lists only what is asked for (since 4.20), or else every route that the host has.
  bool choosesRoutes() const { return choosesRoutes_; }

 private:
  void abandon();
  int transact(Message message, const std::function<void(const nlmsghdr*)>& each);
  std::optional<core::IpAddress> peerOf(const core::AddressKey& key);
  std::optional<bool> stands(const core::AddressKey& key);
  int find(const core::AddressKey& key, std::optional<core::AddressRecord>& found);
  int dump(int type, const std::function<void(const nlmsghdr*)>& each);
  bool setStrict(bool strict);
  int listRoutes(const core::RouteInterest& interest, std::vector<core::RouteRecord>& out);

  Handle<nl_sock, nl_socket_free> socket_;
  std::unique_ptr<char[]> buffer_;  ///< not zeroed: what no answer has needed takes no memory
  std::uint32_t sequence_ = 0;
  bool answerLost_ = false;  ///< the last request's: it may have been carried out all the same
  bool choosesRoutes_ = false;
};

}  // namespace guardian::netlink
