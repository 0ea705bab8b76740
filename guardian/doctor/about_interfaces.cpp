// Interfaces that keepalived makes for its addresses: macvlans (VMAC) and ipvlans.
#include "doctor/themes.hpp"

namespace guardian::doctor {

void lookAtInterfaces(const Host& host, Findings& findings) {
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
