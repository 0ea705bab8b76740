// Interfaces that somebody else than networkd runs, and those that keepalived makes: macvlans (VMAC) and ipvlans.
#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

/// As tried with NetworkManager 1.42.
void lookAtNetworkManager(const Host& host, Findings& findings) {
  Finding finding{"networkmanager.connections", Severity::Note, networkManagersOf(host), {}, {}, {}, {}};
  if (finding.about.empty()) return;
  if (!isGuarded(host) && !answersLosses(host)) finding.severity = Severity::Bad;
  finding.statement = "NetworkManager runs " + listOf(finding.about);
  finding.reason =
      "Where a connection is activated anew or reapplied, it drops whatever is not the connection's; a restart of its "
      "own leaves the addresses alone.";
  finding.remedy = "# in a maintenance window only: nmcli connection up, nmcli device reapply\n";
  findings.push_back(std::move(finding));
}

}  // namespace

std::vector<std::string> networkManagersOf(const Host& host) {
  std::vector<std::string> names;
  for (const Link& link : host.links)
    if (link.networkManager && !(host.networkd.enabled && link.network && !link.network->unmanaged))
      names.push_back(link.name);
  return names;
}

void lookAtInterfaces(const Host& host, Findings& findings) {
  lookAtNetworkManager(host, findings);
  Finding vmac{"keepalived.vmac", Severity::Note, {}, {}, {}, {}, {}};
  Finding ipvlan{"keepalived.ipvlan", Severity::Note, {}, {}, {}, {}, {}};
  for (const core::Instance& instance : instancesOf(host))
    if (!instance.vmac.empty()) (instance.ipvlan ? ipvlan : vmac).about.push_back(instance.name);
  if (!vmac.about.empty()) {
    vmac.statement = listOf(vmac.about) + (vmac.about.size() == 1 ? " uses" : " use") + " a MAC address of VRRP's own";
    vmac.reason =
        "networkd leaves such an interface alone, but a port that allows one MAC address only (clouds, hypervisors, "
        "port security) drops what it sends.";
    vmac.remedy = "# where addresses do not answer: allow the MAC at the port, or\nvmac_xmit_base\n";
    findings.push_back(std::move(vmac));
  }
  if (!ipvlan.about.empty()) {
    ipvlan.statement = listOf(ipvlan.about) + (ipvlan.about.size() == 1 ? " uses" : " use") + " an ipvlan";
    ipvlan.reason = "networkd leaves it alone, and it needs no MAC address of its own; a port for one MAC suits it.";
    ipvlan.remedy = "# no use_vmac on the same interface: a macvlan cannot stand beside an ipvlan\n";
    findings.push_back(std::move(ipvlan));
  }
}

}  // namespace guardian::doctor
