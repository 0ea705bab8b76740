// Whether vip-guardian itself is there to help.
#include "doctor/themes.hpp"
#include "status/verdict.hpp"

namespace guardian::doctor {
namespace {

void lookAtRunning(const Host& host, Findings& findings) {
  const Guardian& guardian = host.guardian;
  const bool needed = host.keepalived.installed && !answersLosses(host);
  Finding finding{"guardian.running", Severity::Ok, {}, {}, {}, {}, {}};
  if (guardian.alive) {
    const std::string& version = guardian.document->version;
    finding.statement = "vip-guardian" + (version.empty() ? "" : " " + version) + " runs";
  } else {
    finding.severity = needed ? Severity::Bad : Severity::Note;
    finding.statement = "vip-guardian does not run";
    finding.reason = needed ? "Nobody puts back a lost address: keepalived does not notice."
                            : "Nobody says who took an address, and for how long it was gone.";
    finding.remedy = "systemctl enable --now vip-guardian\njournalctl -u vip-guardian -n 20    # why it ended\n";
  }
  findings.push_back(std::move(finding));
}

void lookAtEnabled(const Host& host, Findings& findings) {
  const Guardian& guardian = host.guardian;
  if (!guardian.hasUnit || guardian.enabled || !guardian.alive) return;
  findings.push_back({"guardian.enabled",
                      Severity::Warning,
                      {},
                      "vip-guardian is not enabled",
                      "It runs, and will not after the next start of the host.",
                      "systemctl enable vip-guardian\n",
                      {}});
}

void lookAtPause(const core::Overview& picture, Findings& findings) {
  if (!picture.paused) return;
  const std::string reason = picture.paused->reason.empty() ? "" : " (" + picture.paused->reason + ")";
  findings.push_back({"guardian.paused",
                      Severity::Warning,
                      {},
                      "vip-guardian is paused" + reason,
                      "Nothing is put back meanwhile.",
                      "vip-guardian resume\n",
                      {}});
}

void lookAtPolicy(const core::Overview& picture, Findings& findings) {
  if (picture.policy != core::PolicyKind::Observe) return;
  findings.push_back({"guardian.policy",
                      Severity::Warning,
                      {},
                      "vip-guardian only observes, by its configuration",
                      "It says what is lost, and puts nothing back.",
                      "# /etc/vip-guardian/vip-guardian.json\n{\"policy\": \"reinstate\"}\n",
                      {}});
}

/// What `status` would say, in one line: the details are there.
void lookAtHealth(const Host& host, Findings& findings) {
  status::Document document = *host.guardian.document;
  document.overview.paused.reset();  // has its own finding, and so have these
  for (core::InstanceOverview& instance : document.overview.instances) {
    instance.drift.clear();
    instance.strangers.clear();
  }
  const status::Verdict verdict = status::judge(document, true);
  Finding finding{"guardian.health", Severity::Ok, {}, {}, {}, {}, {}};
  if (verdict.findings.empty()) {
    finding.statement = "what it knows of keepalived and the addresses is in order";
  } else {
    finding.severity = verdict.level == status::Level::Critical  ? Severity::Bad
                       : verdict.level == status::Level::Unknown ? Severity::Note
                                                                 : Severity::Warning;
    const std::size_t more = verdict.findings.size() - 1;
    finding.statement = "vip-guardian status says " + std::string(status::word(verdict.level));
    finding.reason =
        verdict.findings.front().text + (more == 0 ? "" : " (and " + std::to_string(more) + " more)") + ".";
    finding.remedy = "vip-guardian status\n";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void lookAtGuardian(const Host& host, Findings& findings) {
  lookAtRunning(host, findings);
  lookAtEnabled(host, findings);
  if (!host.guardian.alive || !host.guardian.document) return;
  lookAtPause(host.guardian.document->overview, findings);
  lookAtPolicy(host.guardian.document->overview, findings);
  lookAtHealth(host, findings);
}

}  // namespace guardian::doctor
