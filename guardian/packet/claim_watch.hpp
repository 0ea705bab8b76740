// Who else says on a wire that he has one of our addresses.
//
// Open for good, so it must cost nothing: the kernel shows these sockets ARP or neighbour advertisements alone, and of
// them a filter lets those pass that are about the addresses. Our own frames are not shown.
#pragma once

#include <vector>

#include "guardian/core/advert.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::packet {

class ClaimWatch {
 public:
  /// Of the addresses that stand on, or come by, this interface; a family that none has is left out.
  static Result<ClaimWatch> open(int ifindex, const std::vector<core::IpAddress>& addresses);
  /// -1: none.
  int fdArp() const { return arp_.get(); }
  int fdNeighbours() const { return neighbours_.get(); }
  /// What has come since, at most some hundred.
  std::vector<core::Claim> take();

 private:
  Fd arp_;
  Fd neighbours_;
  int ifindex_ = 0;
};

}  // namespace guardian::packet
