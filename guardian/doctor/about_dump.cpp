// Where keepalived's answers stand, and who else can write there.
#include "doctor/themes.hpp"

namespace guardian::doctor {

void lookAtDump(const Host& host, Findings& findings) {
  const Keepalived& keepalived = host.keepalived;
  if (!keepalived.installed || !keepalived.version) return;
  // 2.0.10 was the first to write it for root alone and to follow no link (CVE-2018-19044 to 19046).
  const bool open = *keepalived.version < core::Version{2, 0, 10};
  const std::string both =
      "# /etc/systemd/system/vip-guardian.service.d/dump.conf\n[Service]\n"
      "CapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW CAP_SYS_PTRACE\n";
  Finding finding{"keepalived.dump", Severity::Ok, {}, {}, {}, {}, {}};
  if (keepalived.privateTmp && host.guardian.hasUnit && !host.guardian.seesAllProcesses) {
    finding.severity = Severity::Bad;
    finding.statement = "keepalived has a /tmp of its own, and vip-guardian cannot look into it";
    finding.reason = "Its answers go there, and without answers nothing is put back.";
    finding.remedy = both + "# then: systemctl daemon-reload && systemctl restart vip-guardian\n";
  } else if (open && !keepalived.privateTmp) {
    finding.severity = Severity::Warning;
    finding.statement = "anybody on this host can write to keepalived's answers in /tmp";
    finding.reason = "keepalived " + toText(*keepalived.version) +
                     " makes its dump with mode 0666; a forged one is not believed, but holds up a repair.";
    finding.remedy = "# /etc/systemd/system/keepalived.service.d/dump.conf\n[Service]\nPrivateTmp=yes\n" + both +
                     "# both, then: systemctl daemon-reload; restart keepalived and vip-guardian\n";
  } else {
    finding.statement = keepalived.privateTmp ? "keepalived answers in a /tmp of its own"
                                              : "keepalived's answers in /tmp can be written to by root alone";
  }
  findings.push_back(std::move(finding));
}

}  // namespace guardian::doctor
