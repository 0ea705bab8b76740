#include <nlohmann/json.hpp>

#include "cli/inspect.hpp"
#include "cli/inspect_words.hpp"
#include "guardian/util/utf8.hpp"

namespace guardian::cli {
namespace {

using nlohmann::json;

json vipJson(const core::Vip& vip) {
  json result = {
      {"address", prefixText(vip)}, {"interface", cleanUtf8(vip.interface)}, {"label", cleanUtf8(vip.label)}};
  if (vip.scope) result["scope"] = scopeText(*vip.scope);
  if (vip.broadcast) result["broadcast"] = core::toString(*vip.broadcast);
  if (vip.peer) result["peer"] = core::toString(*vip.peer);
  if (vip.flags != 0) result["flags"] = vip.flags;
  if (vip.deprecated) result["deprecated"] = true;
  if (vip.noTrack) result["no_track"] = true;
  if (vip.preferredLifetime) result["preferred_lifetime"] = *vip.preferredLifetime;
  return result;
}

json instanceJson(const core::Instance& instance) {
  json result = {{"name", cleanUtf8(instance.name)},
                 {"vrid", instance.vrid},
                 {"interface", cleanUtf8(instance.interface)},
                 {"family", instance.family == core::Family::IPv4 ? "ipv4" : "ipv6"},
                 {"version", instance.vrrpVersion},
                 {"priority", instance.priority},
                 {"advert_interval_ms", instance.advertInterval.count()},
                 {"nopreempt", instance.nopreempt},
                 {"sync_group", cleanUtf8(instance.syncGroup)},
                 {"understood", instance.understood},
                 {"virtual_routes", instance.virtualRoutes},
                 {"virtual_rules", instance.virtualRules},
                 {"vips", json::array()},
                 {"excluded", json::array()},
                 {"unicast_peers", json::array()}};
  if (!instance.vmac.empty()) result["vmac"] = cleanUtf8(instance.vmac);
  for (const core::Vip& vip : instance.vips) result[vip.excluded ? "excluded" : "vips"].push_back(vipJson(vip));
  for (const core::IpAddress& peer : instance.unicastPeers) result["unicast_peers"].push_back(core::toString(peer));
  return result;
}

json problemJson(const core::Problem& problem) {
  json result = {
      {"line", problem.line}, {"severity", severityText(problem.severity)}, {"text", cleanUtf8(problem.text)}};
  if (!problem.file.empty()) result["file"] = cleanUtf8(problem.file);
  return result;
}

void addConfiguration(const Inspection& inspection, json& result) {
  const core::Configuration& content = inspection.content;
  result["accepted"] = content.accepted;
  if (inspection.version) result["keepalived_version"] = versionText(*inspection.version);
  result["sync_groups"] = json::array();
  for (const core::SyncGroup& group : content.syncGroups) {
    json members = json::array();
    for (const std::string& member : group.members) members.push_back(cleanUtf8(member));
    result["sync_groups"].push_back({{"name", cleanUtf8(group.name)}, {"members", members}});
  }
  result["static_addresses"] = json::array();
  for (const core::Vip& vip : content.staticAddresses) result["static_addresses"].push_back(vipJson(vip));
  json globals = {{"dbus", content.globals.dbus}};
  if (!content.globals.netNamespace.empty()) globals["net_namespace"] = cleanUtf8(content.globals.netNamespace);
  if (!content.globals.instanceName.empty()) globals["instance"] = cleanUtf8(content.globals.instanceName);
  if (!content.globals.notifyFifo.empty()) globals["notify_fifo"] = cleanUtf8(content.globals.notifyFifo);
  if (!content.globals.vrrpNotifyFifo.empty()) globals["vrrp_notify_fifo"] = cleanUtf8(content.globals.vrrpNotifyFifo);
  result["globals"] = globals;
}

}  // namespace

std::string toJson(const Inspection& inspection) {
  json result = {{"kind", inspection.kind}, {"instances", json::array()}, {"problems", json::array()}};
  if (inspection.kind == "config") addConfiguration(inspection, result);
  for (const core::Instance& instance : inspection.content.instances)
    result["instances"].push_back(instanceJson(instance));
  for (const core::InstanceClaim& claim : inspection.claims) {
    json instance = instanceJson(claim.instance);
    instance["role"] = roleText(claim.role);
    instance["last_transition_us"] = claim.lastTransition.count();
    result["instances"].push_back(instance);
  }
  for (const core::Problem& problem : inspection.content.problems) result["problems"].push_back(problemJson(problem));
  return result.dump(2) + "\n";
}

}  // namespace guardian::cli
