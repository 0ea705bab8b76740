#include "core/attribution.hpp"

namespace guardian::core {
namespace {

// libnl makes port ids of the process id (22 bits) and a counter above it. A kernel autobind gives the first
// socket of a process its process id, and every further one a random id with the top bit set.
constexpr std::uint32_t kPidBits = 0x3fffff;
constexpr Version kSocketsSurviveReload{2, 0, 9};

}  // namespace

void Attribution::keepalivedStarted(int vrrpPid, Version version) {
  vrrpPid_ = vrrpPid;
  version_ = version;
  learned_ = 0;
}

void Attribution::keepalivedReloaded() {
  if (version_ < kSocketsSurviveReload) learned_ = 0;
}

bool Attribution::isLibnlPortOfKeepalived(std::uint32_t portId) const {
  return vrrpPid_ != 0 && (portId & kPidBits) == (static_cast<std::uint32_t>(vrrpPid_) & kPidBits);
}

bool Attribution::couldBeKeepalived(std::uint32_t portId) const {
  // An id that is just a process id belongs to that process; above that, it may be anybody's.
  return portId > kPidBits || isLibnlPortOfKeepalived(portId);
}

Hand Attribution::handBehind(Family family, Origin origin) const {
  if (family == Family::IPv6) return Hand::Unknown;
  if (origin.portId == ownPort_ && ownPort_ != 0) return Hand::Ours;
  if (origin.portId == 0) return Hand::Other;
  if (isLibnlPortOfKeepalived(origin.portId)) return Hand::Keepalived;
  if (learned_ != 0 && origin.portId == learned_) return Hand::Keepalived;
  if (!couldBeKeepalived(origin.portId)) return Hand::Other;
  // A learned id that a reload may have changed without our noticing (`kill -HUP`) proves only what it matches.
  const bool learnedIsFinal = learned_ != 0 && !(version_ < kSocketsSurviveReload);
  return learnedIsFinal || isLibnlPortOfKeepalived(learned_) ? Hand::Other : Hand::Unknown;
}

bool Attribution::learnInstaller(std::uint32_t portId) {
  if (portId == 0 || portId == ownPort_ || !couldBeKeepalived(portId)) return false;
  learned_ = portId;
  return true;
}

}  // namespace guardian::core
