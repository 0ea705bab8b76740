#include "core/known_model.hpp"

#include <algorithm>

namespace guardian::core {
namespace {

bool sameAddress(const Vip& a, const Vip& b) {
  return a.address == b.address && a.prefixLength == b.prefixLength && a.interface == b.interface;
}

auto details(const AnnounceSettings& s) {
  return std::tie(s.repeat, s.delay, s.refresh, s.refreshRepeat, s.arpInterval, s.naInterval);
}

bool sameVip(const Vip& a, const Vip& b) {
  return sameAddress(a, b) && a.noTrack == b.noTrack && a.label == b.label && a.scope == b.scope && a.flags == b.flags &&
         a.broadcast == b.broadcast && a.preferredLifetime == b.preferredLifetime;
}

}  // namespace

Instance complete(Instance claimed, const Configuration& configuration) {
  const auto known = std::find_if(configuration.instances.begin(), configuration.instances.end(),
                                  [&](const Instance& i) { return i.name == claimed.name && i.vrid == claimed.vrid; });
  if (known == configuration.instances.end()) return claimed;  // edited since, or read with other eyes: the dump stands
  claimed.understood = claimed.understood && known->understood;
  claimed.announce.arpInterval = known->announce.arpInterval;
  claimed.announce.naInterval = known->announce.naInterval;
  for (Vip& vip : claimed.vips) {
    const auto same = std::find_if(known->vips.begin(), known->vips.end(), [&](const Vip& v) { return sameAddress(v, vip); });
    if (same == known->vips.end()) continue;
    vip.flags |= same->flags;
    vip.deprecated = vip.deprecated || same->deprecated;
    vip.noTrack = vip.noTrack || same->noTrack;
    if (!vip.preferredLifetime) vip.preferredLifetime = same->preferredLifetime;
  }
  return claimed;
}

bool sameWatching(const Instance& a, const Instance& b) {
  return a.name == b.name && a.vrid == b.vrid && a.family == b.family && a.interface == b.interface &&
         (a.priority == 255) == (b.priority == 255) && a.understood == b.understood &&
         a.advertInterval == b.advertInterval && details(a.announce) == details(b.announce) &&
         std::equal(a.vips.begin(), a.vips.end(), b.vips.begin(), b.vips.end(), sameVip);
}

}  // namespace guardian::core
