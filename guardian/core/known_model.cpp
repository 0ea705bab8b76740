#include "core/known_model.hpp"

#include <algorithm>
#include <tuple>
#include <vector>

namespace guardian::core {
namespace {

auto place(const Vip& vip) { return std::tie(vip.address, vip.prefixLength, vip.interface); }

bool sameAddress(const Vip& a, const Vip& b) { return place(a) == place(b); }

/// Finds addresses by where they stand: every answer is compared with the configuration, also one of ten thousand.
class Places {
 public:
  explicit Places(const std::vector<Vip>& vips) {
    sorted_.reserve(vips.size());
    for (const Vip& vip : vips) sorted_.push_back(&vip);
    std::stable_sort(sorted_.begin(), sorted_.end(), before);
  }
  /// The first one of several; nullptr: none.
  const Vip* find(const Vip& vip) const {
    const auto found = std::lower_bound(sorted_.begin(), sorted_.end(), &vip, before);
    return found != sorted_.end() && sameAddress(**found, vip) ? *found : nullptr;
  }

 private:
  static bool before(const Vip* a, const Vip* b) { return place(*a) < place(*b); }
  std::vector<const Vip*> sorted_;
};

const Instance* find(const Instance& running, const Configuration& configuration) {
  const auto found = std::find_if(configuration.instances.begin(), configuration.instances.end(),
                                  [&](const Instance& i) { return i.name == running.name && i.vrid == running.vrid; });
  return found == configuration.instances.end() ? nullptr : &*found;
}

auto details(const AnnounceSettings& s) {
  return std::tie(s.repeat, s.delay, s.refresh, s.refreshRepeat, s.arpInterval, s.naInterval);
}

bool sameVip(const Vip& a, const Vip& b) {
  return sameAddress(a, b) && a.noTrack == b.noTrack && a.label == b.label && a.scope == b.scope &&
         a.flags == b.flags && a.broadcast == b.broadcast && a.preferredLifetime == b.preferredLifetime;
}

}  // namespace

Instance complete(Instance claimed, const Configuration& configuration) {
  const Instance* known = find(claimed, configuration);
  if (known == nullptr) return claimed;  // edited since, or read with other eyes: the dump stands
  claimed.understood = claimed.understood && known->understood;
  claimed.unicast = claimed.unicast || known->unicast;  // a JSON dump does not say
  claimed.nopreempt = claimed.nopreempt || known->nopreempt;
  claimed.authentication = known->authentication;
  claimed.announce.arpInterval = known->announce.arpInterval;
  claimed.announce.naInterval = known->announce.naInterval;
  // A dump counts them; as many are the same ones, or keepalived has left out some that we would not have.
  if (claimed.virtualRoutes == known->virtualRoutes && claimed.virtualRules == known->virtualRules)
    claimed.routes = known->routes;
  const Places places(known->vips);
  for (Vip& vip : claimed.vips) {
    const Vip* same = places.find(vip);
    if (same == nullptr) continue;
    vip.flags |= same->flags;
    vip.deprecated = vip.deprecated || same->deprecated;
    vip.noTrack = vip.noTrack || same->noTrack;
    if (!vip.preferredLifetime) vip.preferredLifetime = same->preferredLifetime;
  }
  return claimed;
}

std::string drift(const Instance& running, const Configuration& configuration) {
  if (!configuration.accepted || !running.understood) return {};
  const Instance* written = find(running, configuration);
  if (written == nullptr) return "keepalived runs " + running.name + ", which its configuration file does not have";
  if (!written->understood) return {};
  const auto missing = [](const Instance& from, const Instance& in) {
    std::string list;
    const Places places(in.vips);
    for (const Vip& vip : from.vips)
      if (places.find(vip) == nullptr)
        list += (list.empty() ? "" : ", ") + toString(vip.address) + "/" + std::to_string(vip.prefixLength) + " on " +
                vip.interface;
    return list;
  };
  const std::string onlyWritten = missing(*written, running);
  const std::string onlyRunning = missing(running, *written);
  const bool sameRoutes =
      written->virtualRoutes == running.virtualRoutes && written->virtualRules == running.virtualRules;
  if (onlyWritten.empty() && onlyRunning.empty())
    return sameRoutes ? std::string()
                      : running.name + ": the running keepalived has " + std::to_string(running.virtualRoutes) +
                            " virtual routes and " + std::to_string(running.virtualRules) +
                            " virtual rules, its configuration file " + std::to_string(written->virtualRoutes) +
                            " and " + std::to_string(written->virtualRules) + "; their loss is not repaired";
  std::string text = running.name + ": the running keepalived is followed, not its configuration file:";
  if (!onlyWritten.empty()) text += " it does not have " + onlyWritten + ", which the file has";
  if (!onlyRunning.empty())
    text += (onlyWritten.empty() ? " it has " : "; it has ") + onlyRunning + ", which the file has not";
  return text;
}

std::string drift(const std::vector<const Instance*>& running, const Configuration& configuration) {
  if (!configuration.accepted) {
    std::string text = "keepalived runs, but would not start with its configuration file as it is now";
    for (const Problem& problem : configuration.problems) {
      if (problem.severity != Problem::Severity::Error) continue;
      text += ": " + problem.file + ":" + std::to_string(problem.line) + ": " + problem.text;
      break;
    }
    return text;
  }
  std::string names;
  for (const Instance& written : configuration.instances) {
    const bool runs = std::any_of(running.begin(), running.end(), [&](const Instance* i) {
      return i->name == written.name && i->vrid == written.vrid;
    });
    if (!runs && written.understood) names += (names.empty() ? "" : ", ") + written.name;
  }
  return names.empty() ? names : "keepalived does not run " + names + ", which its configuration file has";
}

bool sameInstance(const Instance& a, const Instance& b) {
  return a.vrid == b.vrid && a.family == b.family && a.interface == b.interface && a.name == b.name;
}

bool sameWatching(const Instance& a, const Instance& b) {
  return sameInstance(a, b) && (a.priority == 255) == (b.priority == 255) && a.understood == b.understood &&
         a.advertInterval == b.advertInterval && details(a.announce) == details(b.announce) && a.routes == b.routes &&
         std::equal(a.vips.begin(), a.vips.end(), b.vips.begin(), b.vips.end(), sameVip);
}

}  // namespace guardian::core
