// Who stands behind a change of an address, told from the port id of the socket that asked for it.
#pragma once

#include "guardian/core/event.hpp"

namespace guardian::core {

enum class Hand : std::uint8_t {
  Ours,
  Keepalived,
  Other,    ///< known to be somebody else, or the kernel on its own account (IPv4 with port id 0)
  Unknown,  ///< IPv6 always; IPv4 while keepalived's socket could be any
};

class Attribution {
 public:
  explicit Attribution(std::uint32_t ownPort) : ownPort_(ownPort) {}

  /// A new VRRP process has new sockets.
  void keepalivedStarted(int vrrpPid, Version version);
  void keepalivedGone() { *this = Attribution(ownPort_); }
  /// keepalived closes and reopens its sockets at a reload before 2.0.9.
  void keepalivedReloaded();

  Hand handBehind(Family family, Origin origin) const;

  /// A VIP was installed through this port, and keepalived said MASTER when asked afterwards: so it was its
  /// command socket. Ignored where the port cannot be keepalived's. True if it is keepalived's.
  bool learnInstaller(std::uint32_t portId);

 private:
  bool isLibnlPortOfKeepalived(std::uint32_t portId) const;
  bool couldBeKeepalived(std::uint32_t portId) const;

  std::uint32_t ownPort_ = 0;
  int vrrpPid_ = 0;
  Version version_{};
  std::uint32_t learned_ = 0;
};

}  // namespace guardian::core
