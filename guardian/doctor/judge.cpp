#include <algorithm>

#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

/// keepalived's own configuration is what everything else is measured by.
bool isBlind(const Host& host) {
  const Keepalived& keepalived = host.keepalived;
  return keepalived.installed &&
         (keepalived.configuration ? !keepalived.configuration->accepted : keepalived.reported.empty());
}

std::string summaryOf(const Host& host) {
  const Keepalived& keepalived = host.keepalived;
  if (!keepalived.installed) return "There is no keepalived here, and nothing to guard.";
  if (isBlind(host)) return "Without keepalived's configuration, most of it cannot be judged.";
  const std::string name = "keepalived" + (keepalived.version ? " " + toText(*keepalived.version) : "");
  if (answersLosses(host))
    return name + " answers a loss itself, by a new election: vip-guardian watches and reports here.";
  if (!networkManagersOf(host).empty())
    return "This host needs a guardian: " + name +
           " never notices that an address is gone, and NetworkManager takes them where a connection is activated "
           "anew.";
  if (!host.networkd.enabled)
    return name +
           " never notices that an address is gone. networkd does not run here; vip-guardian is for all other "
           "hands.";
  const bool safe = std::all_of(host.links.begin(), host.links.end(), [&](const Link& link) {
    const Protection protection = protectionOf(link, host.networkd);
    return protection.restart && protection.deprecated && protection.carrierLoss;
  });
  if (safe)
    return name +
           " never notices that an address is gone. networkd is kept from taking any; vip-guardian is for all "
           "other hands.";
  return "This host needs a guardian: " + name + " never notices that an address is gone, and networkd takes them.";
}

Verdict verdictOf(const Host& host, const Findings& findings) {
  const Severity worst = findings.empty() ? Severity::Ok : findings.front().severity;
  if (worst == Severity::Bad) return Verdict::Critical;
  if (isBlind(host)) return Verdict::Unknown;
  return worst == Severity::Warning ? Verdict::Degraded : Verdict::Fine;
}

}  // namespace

const char* const kOurMark = "# Written by vip-guardian doctor --fix; vip-guardian doctor --undo removes it.";

const char* word(Severity severity) {
  switch (severity) {
    case Severity::Bad: return "bad";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
    case Severity::Ok: break;
  }
  return "ok";
}

Report judge(const Host& host) {
  Report report;
  for (const auto look : {lookAtGuardian, lookAtKeepalived, lookAtNetworkd, lookAtUpgrades, lookAtAddresses, lookAtDump,
                          lookAtElection, lookAtWire, lookAtInterfaces})
    look(host, report.findings);
  std::stable_sort(report.findings.begin(), report.findings.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  report.verdict = verdictOf(host, report.findings);
  report.summary = summaryOf(host);
  report.unseen = host.unseen;
  return report;
}

bool answersLosses(const Host& host) {
  // The daemon knows better where a build differs from its version, and was told so.
  if (host.guardian.alive && host.guardian.document && host.guardian.document->overview.running)
    return host.guardian.document->overview.answersItself;
  return host.keepalived.version && !(*host.keepalived.version < core::Version{2, 0, 0});
}

bool isGuarded(const Host& host) {
  const Guardian& guardian = host.guardian;
  return guardian.alive && guardian.document && !guardian.document->overview.paused &&
         guardian.document->overview.policy != core::PolicyKind::Observe;
}

const core::InstanceOverview* overviewOf(const Host& host, const core::Instance& instance) {
  if (!host.guardian.document) return nullptr;
  for (const core::InstanceOverview& shown : host.guardian.document->overview.instances)
    if (shown.name == instance.name) return &shown;
  return nullptr;
}

const std::vector<core::Instance>& instancesOf(const Host& host) {
  static const std::vector<core::Instance> none;
  return host.keepalived.configuration ? host.keepalived.configuration->instances : none;
}

const std::vector<core::Instance>& placesOf(const Host& host) {
  return host.keepalived.configuration ? instancesOf(host) : host.keepalived.reported;
}

std::string listOf(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 4;
  const std::size_t named = names.size() > kNamed ? kNamed - 1 : names.size();
  std::string text;
  for (std::size_t i = 0; i < named; ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return named < names.size() ? text + " and " + std::to_string(names.size() - named) + " more" : text;
}

std::string toText(const core::Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

}  // namespace guardian::doctor
