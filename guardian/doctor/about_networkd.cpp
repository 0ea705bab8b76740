// What networkd does to the virtual addresses when it restarts or a cable loses its signal, by version and settings.
#include <algorithm>
#include <map>

#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

bool knowsKeeping(const Networkd& networkd) {
  return networkd.version >= 243 || networkd.knowsKeepConfiguration.value_or(false);
}

bool isManaged(const Link& link, const Networkd& networkd) {
  return networkd.enabled && link.network && !link.network->unmanaged;
}

/// IPv6 addresses that keepalived installs with a preferred lifetime of 0: networkd takes these for dynamic ones.
bool hasDeprecated(const Host& host, const Link& link) {
  for (const core::Instance& instance : placesOf(host))
    for (const core::Vip& vip : instance.vips)
      if (vip.interface == link.name && vip.deprecated && !vip.address.isLinkLocal()) return true;
  return false;
}

/// Likewise for all interfaces that the same file is for: there is one drop-in.
bool needsAll(const Host& host, const NetworkFile& file) {
  return std::any_of(host.links.begin(), host.links.end(), [&](const Link& link) {
    return link.network && link.network->path == file.path && hasDeprecated(host, link);
  });
}

std::size_t routesOn(const Host& host, const std::string& interface) {
  std::size_t many = 0;
  for (const core::Instance& instance : placesOf(host))
    if (instance.interface == interface) many += instance.virtualRoutes;
  return many;
}

/// A hole with the same cure, on however many interfaces.
enum class Hole { None, Everything, Deprecated, Critical, CriticalWithDhcp };

Hole holeOf(const Host& host, const Link& link) {
  const Protection protection = protectionOf(link, host.networkd);
  if (protection.restart) return !protection.deprecated && hasDeprecated(host, link) ? Hole::Deprecated : Hole::None;
  if (knowsKeeping(host.networkd)) return Hole::Everything;
  return link.network->dhcp ? Hole::CriticalWithDhcp : Hole::Critical;
}

Fix fixOf(const Host& host, const Link& link, Hole hole) {
  Fix fix;
  fix.path = "/etc/systemd/network/" + link.network->name() + ".d/90-vip-guardian.conf";
  fix.text = std::string(kOurMark) + "\n";
  if (hole == Hole::Critical || hole == Hole::CriticalWithDhcp)
    fix.text += "[DHCP]\nCriticalConnection=yes\n";
  else
    fix.text +=
        std::string("[Network]\nKeepConfiguration=") + (needsAll(host, *link.network) ? "yes" : "static") + "\n";
  fix.effect = "in force from networkd's next start on, which is when it is needed";
  return fix;
}

std::string reasonOf(Hole hole, const Host& host, const Link& link) {
  const int number = host.networkd.version;
  const std::string version = number == 0 ? "of this version" : std::to_string(number);
  std::string text;
  switch (hole) {
    case Hole::Deprecated:
      text =
          "KeepConfiguration=static does not hold keepalived's IPv6 /128 addresses: networkd takes them for dynamic.";
      break;
    case Hole::Everything:
      text = "It drops whatever it did not set itself, and nothing in " + link.network->name() + " forbids it.";
      break;
    case Hole::Critical:
      text = "It drops whatever it did not set itself; networkd " + version + " knows no KeepConfiguration=, but this.";
      break;
    case Hole::CriticalWithDhcp:
      text = "It drops whatever it did not set itself; what forbids it in networkd " + version +
             " also makes DHCP leases last for ever, so decide yourself.";
      break;
    case Hole::None: break;
  }
  if (!link.network->certain) text += " (That this file applies is a guess: networkd was not there to say.)";
  return text;
}

/// What becomes of an address that networkd takes: bad where nobody brings it back.
Severity weightOf(const Host& host) {
  return isGuarded(host) || answersLosses(host) ? Severity::Warning : Severity::Bad;
}

std::string remedyOf(const Host& host, const Link& link, const Fix& fix) {
  std::string text = "# " + fix.path + "\n" + fix.text.substr(fix.text.find('\n') + 1);
  if (host.networkd.version == 257 && fix.text.find("KeepConfiguration=yes") != std::string::npos)
    text += "# the first releases of 257 had a fault there (systemd issue 36411): update before\n";
  if (link.network->netplan) text += "# or in netplan's YAML, for " + link.name + ": critical: true\n";
  return text;
}

/// The other interfaces of the same file need nothing more.
void offer(Finding& finding, const Fix& fix) {
  const bool known =
      std::any_of(finding.fixes.begin(), finding.fixes.end(), [&](const Fix& one) { return one.path == fix.path; });
  if (!known) finding.fixes.push_back(fix);
}

void lookAtRestarts(const Host& host, Findings& findings) {
  std::map<Hole, Finding> holes;
  std::vector<std::string> safe;
  for (const Link& link : host.links) {
    const Hole hole = holeOf(host, link);
    if (hole == Hole::None) {
      safe.push_back(link.name);
      continue;
    }
    Finding& finding = holes[hole];
    const Fix fix = fixOf(host, link, hole);
    if (finding.about.empty()) {
      finding.reason = reasonOf(hole, host, link);
      finding.remedy = remedyOf(host, link, fix);
    }
    finding.about.push_back(link.name);
    if (hole != Hole::CriticalWithDhcp) offer(finding, fix);
  }
  for (auto& [hole, finding] : holes) {
    finding.id = "networkd.restart";
    finding.severity = weightOf(host);
    finding.statement = "a restart of networkd takes " +
                        std::string(hole == Hole::Deprecated ? "IPv6 /128 addresses" : "the virtual addresses") +
                        " off " + listOf(finding.about);
    if (finding.fixes.size() > 1)
      finding.remedy += "# likewise for " + std::to_string(finding.fixes.size() - 1) + " more .network files\n";
    findings.push_back(std::move(finding));
  }
  if (!safe.empty())
    findings.push_back({"networkd.restart",
                        Severity::Ok,
                        safe,
                        "a restart of networkd leaves the addresses on " + listOf(safe),
                        {},
                        {},
                        {}});
}

void lookAtCarrier(const Host& host, Findings& findings) {
  Finding finding{"networkd.carrier", Severity::Note, {}, {}, {}, {}, {}};
  for (const Link& link : host.links)
    if (!protectionOf(link, host.networkd).carrierLoss) finding.about.push_back(link.name);
  if (finding.about.empty()) return;
  const int version = host.networkd.version;
  if (!isGuarded(host) && !answersLosses(host)) finding.severity = Severity::Warning;
  finding.statement = "a loss of carrier has networkd take the addresses off " + listOf(finding.about);
  finding.reason = "Before systemd 250 it drops foreign addresses whenever the cable's signal goes, however shortly.";
  finding.remedy =
      version >= 242 ? "# in the .network file or a drop-in of it\n[Network]\nIgnoreCarrierLoss=yes\n"
                     : "# nothing in networkd " + std::to_string(version) + " forbids it; vip-guardian is what helps\n";
  findings.push_back(std::move(finding));
}

void lookAtDhcp(const Host& host, Findings& findings) {
  Finding finding{"networkd.dhcp", Severity::Note, {}, {}, {}, {}, {}};
  for (const Link& link : host.links)
    if (isManaged(link, host.networkd) && link.network->dhcp) finding.about.push_back(link.name);
  if (finding.about.empty()) return;
  finding.statement = "DHCP gives " + listOf(finding.about) + " the host's own address";
  finding.reason =
      "With a lost lease the address goes, and the virtual addresses of its subnet wait until there is a new one.";
  finding.remedy = "# in the .network file: a static Address=, and DHCP=no\n";
  findings.push_back(std::move(finding));
}

void lookAtRoutes(const Host& host, Findings& findings) {
  if (host.networkd.version < 246 || host.networkd.keepsRoutes) return;
  Finding finding{"networkd.routes", isGuarded(host) ? Severity::Note : Severity::Warning, {}, {}, {}, {}, {}};
  for (const Link& link : host.links)
    if (isManaged(link, host.networkd) && routesOn(host, link.name) > 0) finding.about.push_back(link.name);
  if (finding.about.empty()) return;
  finding.statement = "networkd takes keepalived's virtual_routes off " + listOf(finding.about) + " as well";
  finding.reason = "It drops routes and rules that it did not set, unless it is told to leave foreign ones alone.";
  finding.remedy = "# /etc/systemd/networkd.conf.d/foreign.conf\n[Network]\nManageForeignRoutes=no\n";
  if (host.networkd.version >= 249) finding.remedy += "ManageForeignRoutingPolicyRules=no\n";
  findings.push_back(std::move(finding));
}

}  // namespace

Protection protectionOf(const Link& link, const Networkd& networkd) {
  if (!isManaged(link, networkd)) return {true, true, true};
  const NetworkFile& file = *link.network;
  Protection protection;
  const bool all = file.critical || (knowsKeeping(networkd) && file.keepConfiguration == "yes");
  protection.restart = all || (knowsKeeping(networkd) && file.keepConfiguration == "static");
  protection.deprecated = all;
  protection.carrierLoss =
      networkd.version == 0 || networkd.version >= 250 ||
      (networkd.version >= 242 && !file.ignoreCarrierLoss.empty() && file.ignoreCarrierLoss != "no");
  return protection;
}

bool isExposedToRestarts(const Host& host) {
  return std::any_of(host.links.begin(), host.links.end(),
                     [&](const Link& link) { return holeOf(host, link) != Hole::None; });
}

void lookAtNetworkd(const Host& host, Findings& findings) {
  const Networkd& networkd = host.networkd;
  Finding version{"networkd.version", Severity::Ok, {}, {}, {}, {}, {}};
  if (!networkd.enabled) {
    version.statement = "systemd-networkd does not run here, and takes nothing";
  } else if (networkd.version == 0) {
    version.severity = Severity::Note;
    version.statement = "the version of systemd-networkd is not known";
    version.reason = "What it does to foreign addresses, and what forbids it, differs by version.";
    version.remedy = "networkctl --version\n";
  } else {
    version.statement = "systemd-networkd " + std::to_string(networkd.version);
  }
  findings.push_back(std::move(version));
  if (!networkd.enabled || host.links.empty()) return;
  lookAtRestarts(host, findings);
  lookAtCarrier(host, findings);
  lookAtDhcp(host, findings);
  lookAtRoutes(host, findings);
}

}  // namespace guardian::doctor
