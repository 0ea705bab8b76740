// A picture as of a daemon that has done something: master of VI_1, backup of VI_6.
#pragma once

#include "status/document.hpp"

namespace guardian::test {

inline core::VipOverview vipOf(const char* address, int length, bool present) {
  core::VipOverview vip;
  vip.address = *core::parseAddress(address);
  vip.prefixLength = static_cast<std::uint8_t>(length);
  vip.interface = "eth0";
  vip.present = present;
  return vip;
}

inline core::IncidentOverview incidentOf(core::Instant at) {
  using std::chrono::microseconds;
  core::IncidentOverview incident;
  core::IncidentReport& report = incident.report;
  report.id = "3f2a91c0";
  report.instance = "VI_1";
  report.outcome = core::Outcome::Repaired;
  core::LossRecord loss;
  loss.address = *core::parseAddress("192.0.2.100");
  loss.prefixLength = 24;
  loss.interface = "eth0";
  loss.outage = microseconds(210);
  loss.back = true;
  loss.reinstated = 1;
  report.losses = {loss};
  report.remover = "systemd-networkd.service";
  report.trigger = "restarted by apt-daily-upgrade.service";
  report.evidence = "keepalived confirms MASTER";
  report.timeline = {at, at, at + microseconds(210), at + microseconds(900), at + microseconds(700)};
  incident.toldAt = at + std::chrono::milliseconds(205);
  return incident;
}

/// All is well; the incident was at second 5000 after the boot.
inline status::Document picture() {
  const core::Instant boot = core::Instant{};
  const core::Instant incident = boot + std::chrono::seconds(5000);
  status::Document document;
  document.version = "0.1.0";
  document.guardian = {4711, 1200, boot + std::chrono::seconds(12)};
  document.keepalived = {812, 1100, boot + std::chrono::seconds(11)};
  core::Overview& picture = document.overview;
  picture.running = true;
  picture.version = {1, 3, 9};

  core::InstanceOverview instance;
  instance.name = "VI_1";
  instance.vrid = 51;
  instance.interface = "eth0";
  instance.priority = 150;
  instance.role = core::Role::Master;
  instance.source = core::RoleSource::Answer;
  instance.standing = core::Standing::Guarded;
  instance.roleSince = boot + std::chrono::seconds(14);
  instance.roleKnownAt = incident + std::chrono::milliseconds(1);
  instance.vips = {vipOf("192.0.2.100", 24, true), vipOf("192.0.2.101", 32, true)};
  instance.vips[0].past.losses = instance.vips[0].past.reinstated = 3;
  instance.vips[0].past.outage = std::chrono::microseconds(700);
  instance.vips[0].past.last = core::VipPast::Last{incident, std::chrono::microseconds(210), "systemd-networkd.service",
                                                   "restarted by apt-daily-upgrade.service", "3f2a91c0"};
  picture.instances.push_back(instance);

  instance.name = "VI_6";
  instance.vrid = 61;
  instance.family = core::Family::IPv6;
  instance.role = core::Role::Backup;
  instance.standing = core::Standing::Unguarded;
  instance.peer = core::PeerOverview{"fe80::12", 200, boot + std::chrono::seconds(20), true};
  instance.vips = {vipOf("2001:db8::100", 64, false)};
  picture.instances.push_back(instance);

  picture.incidents.push_back(incidentOf(incident));
  picture.counters.losses = picture.counters.reinstated = 3;
  picture.counters.incidents[static_cast<std::size_t>(core::Outcome::Repaired)] = 3;
  picture.counters.outages[0] = 3;
  picture.counters.outage = std::chrono::microseconds(700);
  picture.counters.questions = 9;
  return document;
}

}  // namespace guardian::test
