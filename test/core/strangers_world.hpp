// Somebody else on the wire of a Scene, and what is told and announced because of him.
#pragma once

#include <string>
#include <vector>

#include "core/route_world.hpp"

namespace guardian::test {

constexpr core::Mac kStranger{0x52, 0x54, 0, 0, 0, 0x99};

inline core::ForeignClaim claimTo(const core::AddressKey& key, const core::Mac& mac = kStranger) {
  return {{2, key.address, mac}};
}

inline std::vector<std::string> told(const Scene& scene) {
  std::vector<std::string> texts;
  for (const core::Action& action : scene.orders)
    if (const auto* notice = std::get_if<core::Notice>(&action);
        notice != nullptr && notice->kind == core::Notice::Kind::Stranger)
      texts.push_back(notice->text);
  return texts;
}

inline int announced(const Scene& scene, const core::AddressKey& key) {
  int count = 0;
  for (const core::Action& action : scene.orders)
    if (const auto* order = std::get_if<core::Announce>(&action)) count += order->address == key.address ? 1 : 0;
  return count;
}

}  // namespace guardian::test
