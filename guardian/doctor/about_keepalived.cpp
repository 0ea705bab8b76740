// keepalived as installed, configured and started by systemd.
#include "doctor/themes.hpp"

namespace guardian::doctor {
namespace {

void lookAtVersion(const Host& host, Findings& findings) {
  const Keepalived& keepalived = host.keepalived;
  Finding finding{"keepalived.version", Severity::Ok, {}, {}, {}, {}, {}};
  if (!keepalived.installed) {
    finding.severity = Severity::Note;
    finding.statement = "keepalived is not installed";
    finding.reason = "vip-guardian waits for it and does nothing else.";
  } else if (!keepalived.version) {
    finding.severity = Severity::Note;
    finding.statement = "the version of keepalived is not known";
    finding.reason = "Before 2.0 it does not notice a lost address; that is what is taken for granted here.";
    finding.remedy = "keepalived --version\n";
  } else if (answersLosses(host)) {
    finding.statement = "keepalived " + toText(*keepalived.version) + " answers a lost address by a new election";
  } else {
    finding.statement = "keepalived " + toText(*keepalived.version) + " does not notice a lost address";
  }
  findings.push_back(std::move(finding));
}

void lookAtConfiguration(const Keepalived& keepalived, Findings& findings) {
  if (!keepalived.configuration) return;
  const core::Configuration& configuration = *keepalived.configuration;
  const std::string inspect = "vip-guardian inspect " + keepalived.configFile + "\n";
  Finding finding{"keepalived.config", Severity::Ok, {}, {}, {}, inspect, {}};
  std::size_t odd = 0;
  std::string first;
  for (const core::Problem& problem : configuration.problems) {
    if (problem.severity == core::Problem::Severity::Note) continue;
    if (++odd == 1) first = (problem.line > 0 ? "Line " + std::to_string(problem.line) + ": " : "") + problem.text;
  }
  for (const core::Instance& instance : configuration.instances)
    if (!instance.understood) finding.about.push_back(instance.name);
  if (!configuration.accepted) {
    finding.severity = Severity::Bad;
    finding.statement = "keepalived does not start with " + keepalived.configFile;
    finding.reason = first;
  } else if (!finding.about.empty()) {
    finding.severity = Severity::Warning;
    finding.statement = "the configuration of " + listOf(finding.about) + " is not understood";
    finding.reason = "vip-guardian puts nothing back for it. " + first;
  } else if (odd > 0) {
    finding.severity = Severity::Warning;
    finding.statement = "keepalived reads " + std::to_string(odd) + (odd == 1 ? " line" : " lines") + " of " +
                        keepalived.configFile + " otherwise than written";
    finding.reason = first;
  } else {
    const std::size_t many = configuration.instances.size();
    finding.statement = keepalived.configFile + " has " + std::to_string(many) +
                        (many == 1 ? " instance" : " instances") + " and no odd line";
    finding.remedy.clear();
  }
  findings.push_back(std::move(finding));
}

void lookAtDrift(const Guardian& guardian, Findings& findings) {
  if (!guardian.alive || !guardian.document) return;
  for (const core::InstanceOverview& instance : guardian.document->overview.instances) {
    if (instance.drift.empty()) continue;
    findings.push_back({"keepalived.drift",
                        Severity::Warning,
                        {instance.name},
                        instance.name + ": its configuration was edited, and is not in force",
                        instance.drift + ".",
                        "systemctl reload keepalived\n",
                        {}});
  }
}

void lookAtOrdering(const Host& host, Findings& findings) {
  if (!host.keepalived.hasUnit) return;
  if (!host.keepalived.afterNetworkOnline) {
    const std::string text = "[Unit]\nWants=network-online.target\nAfter=network-online.target\n";
    const std::string path = "/etc/systemd/system/keepalived.service.d/90-vip-guardian.conf";
    findings.push_back({"keepalived.ordering",
                        Severity::Warning,
                        {},
                        "keepalived.service does not wait for the network",
                        "An interface that is not there yet ends keepalived, or has it start in FAULT.",
                        "# " + path + "\n" + text,
                        {{path, std::string(kOurMark) + "\n" + text,
                          "in force after systemctl daemon-reload, from keepalived's next start on"}}});
    return;
  }
  Finding finding{"keepalived.ordering", Severity::Ok, {}, "keepalived starts after the network is online", {}, {}, {}};
  if (host.networkd.enabled && !host.networkd.waitsOnline) {
    finding.severity = Severity::Note;
    finding.statement = "keepalived waits for network-online.target, which waits for nothing";
    finding.reason = "systemd-networkd-wait-online.service is not enabled, so the target is reached at once.";
    finding.remedy = "systemctl enable systemd-networkd-wait-online.service\n";
  }
  findings.push_back(std::move(finding));
}

}  // namespace

void lookAtKeepalived(const Host& host, Findings& findings) {
  lookAtVersion(host, findings);
  if (!host.keepalived.installed) return;
  lookAtConfiguration(host.keepalived, findings);
  lookAtDrift(host.guardian, findings);
  lookAtOrdering(host, findings);
}

}  // namespace guardian::doctor
