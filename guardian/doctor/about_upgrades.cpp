// Who restarts networkd at night.
#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

/// A restart that takes addresses is worth a warning where nobody brings them back at once.
Severity weightOf(const Host& host) {
  if (!host.networkd.enabled) return Severity::Ok;
  if (placesOf(host).empty()) return Severity::Note;  // nobody knows
  if (!isExposedToRestarts(host)) return Severity::Ok;
  return isGuarded(host) ? Severity::Note : Severity::Warning;
}

}  // namespace

void lookAtUpgrades(const Host& host, Findings& findings) {
  const Upgrades& upgrades = host.upgrades;
  const Severity weight = weightOf(host);
  if (upgrades.unattended && weight != Severity::Ok)
    findings.push_back({"upgrades.unattended",
                        weight,
                        {},
                        "an unattended upgrade may restart networkd" +
                            (upgrades.nextRun.empty() ? "" : "; the next is on " + upgrades.nextRun),
                        "Each update of systemd restarts it, on all nodes in the same hour.",
                        "# /etc/systemd/system/apt-daily-upgrade.timer.d/hour.conf, another hour on each node\n"
                        "[Timer]\nOnCalendar=\nOnCalendar=Tue 10:00\nRandomizedDelaySec=0\n",
                        {}});
  if (upgrades.needrestart && !upgrades.needrestartSparesNetwork && weight != Severity::Ok)
    findings.push_back({"upgrades.needrestart",
                        weight,
                        {},
                        "needrestart may restart networkd or keepalived",
                        "It restarts what uses an updated library, and spares neither of them by itself.",
                        "# /etc/needrestart/conf.d/vip.conf\n"
                        "$nrconf{override_rc}{qr(^systemd-networkd)} = 0;\n"
                        "$nrconf{override_rc}{qr(^keepalived)} = 0;\n",
                        {}});
  if (weight == Severity::Ok && (upgrades.unattended || upgrades.needrestart))
    findings.push_back(
        {"upgrades", Severity::Ok, {}, "an upgrade that restarts networkd takes no virtual address", {}, {}, {}});
}

}  // namespace guardian::doctor
