#include "status/verdict.hpp"

#include <algorithm>

#include "status/condition.hpp"
#include "status/words.hpp"

namespace guardian::status {
namespace {

using core::InstanceOverview;
using core::Role;
using core::VipOverview;

/// As monitoring has it: what is known to be broken is worse than what is not known.
int rank(Level level) {
  switch (level) {
    case Level::Fine: return 0;
    case Level::Degraded: return 1;
    case Level::Unknown: return 2;
    case Level::Critical: break;
  }
  return 3;
}

template <class Which> std::string listOf(const InstanceOverview& instance, const Which& which) {
  constexpr int kNamed = 3;
  std::string text;
  int more = 0;
  for (const VipOverview& vip : instance.vips) {
    if (!which(vip)) continue;
    if (++more > kNamed) continue;
    text += (text.empty() ? "" : ", ") + core::toString(vip.address) + "/" + std::to_string(vip.prefixLength);
  }
  return more > kNamed ? text + " and " + std::to_string(more - kNamed) + " more" : text;
}

class Judge {
 public:
  Verdict take() {
    std::stable_sort(verdict_.findings.begin(), verdict_.findings.end(),
                     [](const Finding& a, const Finding& b) { return rank(a.level) > rank(b.level); });
    if (!verdict_.findings.empty()) verdict_.level = verdict_.findings.front().level;
    return std::move(verdict_);
  }

  void find(Level level, std::string text) { verdict_.findings.push_back({level, std::move(text)}); }

  void look(const core::Overview& picture) {
    if (picture.paused)
      find(Level::Degraded, "paused for maintenance" +
                                (picture.paused->reason.empty() ? "" : " (" + picture.paused->reason + ")") +
                                ", so nothing is put back; vip-guardian resume ends it");
    if (picture.busLost)
      find(Level::Degraded,
           "the system bus is gone: losses are repaired, but what led to them is not known; systemctl status dbus");
    if (!picture.running) return lookWithoutKeepalived(picture);
    if (picture.silent)
      find(Level::Degraded,
           "keepalived does not answer, and nothing is added until it does; systemctl status keepalived");
    if (picture.instances.empty() && !picture.silent) find(Level::Unknown, "keepalived has not named any instance yet");
    for (const InstanceOverview& instance : picture.instances) look(instance);
  }

 private:
  void lookWithoutKeepalived(const core::Overview& picture) {
    if (picture.instances.empty()) return find(Level::Unknown, "keepalived is not running; vip-guardian waits for it");
    const bool elsewhere = std::all_of(picture.instances.begin(), picture.instances.end(),
                                       [](const auto& instance) { return instance.peer && instance.peer->heard; });
    find(elsewhere ? Level::Degraded : Level::Critical,
         std::string("keepalived is not running here") +
             (elsewhere ? "; another node has the addresses" : ", and no other node is heard") +
             "; systemctl start keepalived");
  }

  void look(const InstanceOverview& instance) {
    const std::string name = instance.name + ": ";
    if (!instance.understood)
      find(Level::Degraded, name +
                                "its configuration is not understood, so nothing is added for it; vip-guardian "
                                "inspect names the line");
    if (instance.mute)
      find(Level::Critical, name + "keepalived says MASTER, but none of its adverts leaves " + instance.interface +
                                "; systemctl restart keepalived");
    else if (instance.unguarded)
      find(Level::Degraded, name +
                                "keepalived says MASTER, but was not seen to be it, so nothing is added; if that "
                                "lasts, systemctl restart keepalived");
    else if (instance.role == Role::Master && instance.standing != core::Standing::Guarded)
      find(Level::Degraded, name + "keepalived says MASTER; it is asked again before anything is added");
    if (instance.role == Role::Fault)
      find(Level::Degraded, name + "FAULT: " + instance.interface +
                                " is down, or a check of keepalived's fails; journalctl -u keepalived");
    if (instance.role == Role::Unknown || instance.role == Role::Other)
      find(Level::Unknown, name + "keepalived has not said yet which role it has");
    if (isMaster(instance))
      lookAtMaster(instance);
    else
      lookForStrays(instance);
    for (const std::string& stranger : instance.strangers) find(Level::Degraded, name + stranger);
    if (!instance.drift.empty()) find(Level::Degraded, instance.drift);
  }

  void lookAtMaster(const InstanceOverview& instance) {
    const std::string missing = listOf(instance, [](const VipOverview& vip) { return !vip.present && !vip.held; });
    if (!missing.empty())
      find(Level::Critical, instance.name + ": missing on " + instance.interface + ": " + missing +
                                (instance.waiting.empty() ? "" : "; " + instance.waiting));
    const std::string held = listOf(instance, [](const VipOverview& vip) { return !vip.present && vip.held; });
    if (!held.empty())
      find(Level::Degraded, instance.name + ": served as /32 until the host's own address is back: " + held);
  }

  void lookForStrays(const InstanceOverview& instance) {
    const std::string strays = listOf(instance, [](const VipOverview& vip) { return vip.present; });
    if (strays.empty()) return;
    const bool twice = instance.peer && instance.peer->heard;
    find(twice ? Level::Critical : Level::Degraded,
         instance.name + ": " + word(instance.role) + " here, and yet on this host: " + strays +
             (twice ? "; " + instance.peer->address + " claims the same; remove what does not belong here" : ""));
  }

  Verdict verdict_;
};

}  // namespace

Verdict judge(const Document& document, bool alive) {
  Judge judge;
  if (alive)
    judge.look(document.overview);
  else
    judge.find(Level::Unknown,
               "vip-guardian is not running, and nobody puts back what is lost; systemctl start vip-guardian");
  return judge.take();
}

std::string ownerOf(const InstanceOverview& instance) {
  if (isMaster(instance)) return "this host";
  return instance.peer && instance.peer->heard ? instance.peer->address : "unknown";
}

const char* word(Level level) {
  switch (level) {
    case Level::Fine: return "fine";
    case Level::Degraded: return "degraded";
    case Level::Critical: return "critical";
    case Level::Unknown: break;
  }
  return "unknown";
}

}  // namespace guardian::status
