// A host to start from: keepalived 1.3.9 on eth0, networkd 237 with a static address, a guardian that is well.
#pragma once

#include <algorithm>
#include <string>

#include "doctor/finding.hpp"

namespace guardian::test {

inline core::Vip vipOf(const char* address, int length, const char* interface = "eth0") {
  core::Vip vip;
  vip.address = *core::parseAddress(address);
  vip.prefixLength = static_cast<std::uint8_t>(length);
  vip.interface = interface;
  vip.deprecated = vip.address.family == core::Family::IPv6 && length == 128;
  return vip;
}

inline doctor::Link linkOf(const char* name) {
  doctor::Link link;
  link.name = name;
  link.network.emplace();
  link.network->path = std::string("/etc/systemd/network/10-") + name + ".network";
  link.network->addresses = {{*core::parseAddress("192.0.2.10"), 24}};
  link.addresses = link.network->addresses;
  link.promoteSecondaries = true;
  return link;
}

inline doctor::Host bionic() {
  doctor::Host host;
  host.keepalived.installed = true;
  host.keepalived.version = core::Version{1, 3, 9};
  host.keepalived.configFile = "/etc/keepalived/keepalived.conf";
  host.keepalived.hasUnit = host.keepalived.afterNetworkOnline = true;
  core::Instance instance;
  instance.name = "VI_1";
  instance.vrid = 51;
  instance.interface = "eth0";
  instance.priority = 150;
  instance.nopreempt = true;
  instance.announce.refresh = std::chrono::seconds(60);
  instance.vips = {vipOf("192.0.2.100", 32), vipOf("198.51.100.10", 24)};
  host.keepalived.configuration.emplace();
  host.keepalived.configuration->instances = {instance};
  host.networkd.version = 237;
  host.networkd.enabled = host.networkd.waitsOnline = true;
  host.links = {linkOf("eth0")};
  host.guardian.hasUnit = host.guardian.enabled = host.guardian.alive = true;
  host.guardian.document.emplace();
  core::Overview& picture = host.guardian.document->overview;
  picture.running = true;
  picture.version = {1, 3, 9};
  core::InstanceOverview shown;
  shown.name = "VI_1";
  shown.role = core::Role::Master;
  shown.standing = core::Standing::Guarded;
  picture.instances = {shown};
  return host;
}

inline core::Instance& instanceOf(doctor::Host& host) { return host.keepalived.configuration->instances[0]; }

/// The finding of this id, by its severity and statement; empty: there is none.
inline std::string said(const doctor::Report& report, const std::string& id) {
  for (const doctor::Finding& finding : report.findings)
    if (finding.id == id) return std::string(doctor::word(finding.severity)) + ": " + finding.statement;
  return {};
}

inline const doctor::Finding* find(const doctor::Report& report, const std::string& id) {
  for (const doctor::Finding& finding : report.findings)
    if (finding.id == id) return &finding;
  return nullptr;
}

}  // namespace guardian::test
