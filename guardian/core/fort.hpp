// Holding the fort: while a VIP cannot come back because its subnet's base address is away, or because removals still
// go on, the same address stands as a /32. A /32 is alone in its subnet: it is nobody's secondary and never becomes the
// primary of the VIPs' subnet, so it changes no rank, and no removal of another address takes it along. For the
// neighbours, whose link route went with the base address, a route of our own stands in.
//
// Why that is safe, though keepalived knows nothing of a /32 and never removes one:
//   - it is put up on the same evidence as the VIP itself, and only for what would be put back if the base address
//     were there;
//   - it is in the ledger before it is made, and never confirmed: a new life of ours takes it down, whatever keepalived
//     says;
//   - while it stands, keepalived is asked again and again, the tap is open for its farewell, and whatever would take
//     back an unconfirmed addition takes it down: silence for 100 ms, doubt, another node's stronger claim, the unit
//     stopping, the process gone;
//   - it does not outlast the wait for its base address.
#pragma once

#include <map>
#include <set>

#include "guardian/core/event.hpp"

namespace guardian::core {

struct Fort {
  AddressKey vip;        ///< in whose stead it stands
  Instant since{};       ///< ordered
  Instant askedAt{};     ///< keepalived, last
  bool stands = false;   ///< acknowledged
  bool leaving = false;  ///< its removal is ordered
};

struct FortBook {
  std::map<AddressKey, Fort> forts;  ///< by the /32
  std::set<AddressKey> linkRoutes;   ///< subnets, by their network address
  std::map<AddressKey, int> unseen;  ///< additions, their notifications still to come; removals heard of were before
  bool shaken = false;               ///< an address event spoke against mastership
};

inline AddressKey fortOf(const AddressKey& vip) { return {vip.ifindex, vip.address, 32}; }

}  // namespace guardian::core
