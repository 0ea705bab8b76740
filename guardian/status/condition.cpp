#include "status/condition.hpp"

#include <algorithm>

#include "status/verdict.hpp"
#include "status/words.hpp"

namespace guardian::status {
namespace {

using core::InstanceOverview;
using core::VipOverview;

std::string countOf(const InstanceOverview& instance) {
  const std::size_t count = instance.vips.size();
  return count == 1 ? "its address is here" : "all " + std::to_string(count) + " addresses are here";
}

std::string nameOf(const VipOverview& vip, std::size_t others) {
  return core::toString(vip.address) + "/" + std::to_string(vip.prefixLength) + " on " + vip.interface +
         (others == 0 ? "" : " and " + std::to_string(others) + " more");
}

Check ofMaster(const InstanceOverview& instance, const core::Overview& picture, const Sight& sight) {
  const VipOverview* missing = nullptr;  // for longest
  std::size_t count = 0;
  bool unnoticed = false;
  for (const VipOverview& vip : instance.vips) {
    if (vip.held || sight.isHere(vip)) continue;
    ++count;
    unnoticed = unnoticed || !vip.goneAt;
    if (missing == nullptr || vip.goneAt.value_or(sight.now) < missing->goneAt.value_or(sight.now)) missing = &vip;
  }
  if (missing == nullptr) return {Condition::Fine, "MASTER, and " + countOf(instance)};
  const std::string what = "MASTER, but without " + nameOf(*missing, count - 1);
  if (picture.paused) return {Condition::Paused, what + ": paused for maintenance"};
  const std::string why = instance.waiting.empty() ? "" : "; " + instance.waiting;
  const core::Duration gone = missing->goneAt ? sight.now - *missing->goneAt : core::Duration::zero();
  if (gone >= sight.grace) return {Condition::Lost, what + why};
  if (unnoticed) return {Condition::Unnoticed, what + ", which vip-guardian has not noticed"};
  if (instance.policy == core::PolicyKind::Observe) return {Condition::Lost, what + "; the policy is to observe"};
  return {Condition::Repairing, what + ", which is being put back" + why};
}

}  // namespace

bool isMaster(const InstanceOverview& instance) {
  return instance.role == core::Role::Master || instance.standing == core::Standing::Guarded;
}

Check conditionOf(const InstanceOverview& instance, const core::Overview& picture, const Sight& sight) {
  if (!picture.running) return {Condition::Unknown, "keepalived is not running"};
  if (isMaster(instance)) return ofMaster(instance, picture, sight);
  if (instance.role == core::Role::Unknown || instance.role == core::Role::Other)
    return {Condition::Unknown, "keepalived has not said yet which role it has"};
  const std::string owner = ownerOf(instance);
  return {Condition::Elsewhere,
          std::string(word(instance.role)) + (owner == "unknown" ? "" : "; the addresses are at " + owner)};
}

int scriptStatus(Condition condition) {
  return condition == Condition::Lost || condition == Condition::Unnoticed || condition == Condition::Unserved ? 1 : 0;
}

int monitorStatus(Condition condition) {
  switch (condition) {
    case Condition::Fine:
    case Condition::Elsewhere: return 0;
    case Condition::Repairing:
    case Condition::Paused: return 1;
    case Condition::Unnoticed:
    case Condition::Lost:
    case Condition::Unserved: return 2;
    case Condition::Unknown: break;
  }
  return 3;
}

const char* word(Condition condition) {
  switch (condition) {
    case Condition::Fine: return "fine";
    case Condition::Elsewhere: return "elsewhere";
    case Condition::Repairing: return "being repaired";
    case Condition::Paused: return "paused";
    case Condition::Unnoticed:
    case Condition::Lost: return "lost";
    case Condition::Unserved: return "no answer";
    case Condition::Unknown: break;
  }
  return "unknown";
}

}  // namespace guardian::status
