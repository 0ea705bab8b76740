#include <nlohmann/json.hpp>

#include "cli/inspect.hpp"
#include "cli/inspect_words.hpp"

namespace guardian::cli {
namespace {

using nlohmann::json;

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

/// Length of the UTF-8 sequence at `at`, 0 if there is none.
std::size_t sequenceAt(const std::string& text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                                                             : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[at + i])) return 0;
  }
  // Overlong forms and surrogates.
  const auto second = length == 3 ? static_cast<unsigned char>(text[at + 1]) : 0U;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0)) return 0;
  return length;
}

/// A configuration may hold any bytes; JSON may not.
std::string clean(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequenceAt(text, at);
    result += length == 0 ? "?" : text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return result;
}

json vipJson(const core::Vip& vip) {
  json result = {{"address", prefixText(vip)}, {"interface", clean(vip.interface)}, {"label", clean(vip.label)}};
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
  json result = {{"name", clean(instance.name)},
                 {"vrid", instance.vrid},
                 {"interface", clean(instance.interface)},
                 {"family", instance.family == core::Family::IPv4 ? "ipv4" : "ipv6"},
                 {"version", instance.vrrpVersion},
                 {"priority", instance.priority},
                 {"advert_interval_ms", instance.advertInterval.count()},
                 {"nopreempt", instance.nopreempt},
                 {"sync_group", clean(instance.syncGroup)},
                 {"understood", instance.understood},
                 {"virtual_routes", instance.virtualRoutes},
                 {"virtual_rules", instance.virtualRules},
                 {"vips", json::array()},
                 {"excluded", json::array()},
                 {"unicast_peers", json::array()}};
  if (!instance.vmac.empty()) result["vmac"] = clean(instance.vmac);
  for (const core::Vip& vip : instance.vips) result[vip.excluded ? "excluded" : "vips"].push_back(vipJson(vip));
  for (const core::IpAddress& peer : instance.unicastPeers) result["unicast_peers"].push_back(core::toString(peer));
  return result;
}

json problemJson(const core::Problem& problem) {
  json result = {{"line", problem.line}, {"severity", severityText(problem.severity)}, {"text", clean(problem.text)}};
  if (!problem.file.empty()) result["file"] = clean(problem.file);
  return result;
}

void addConfiguration(const Inspection& inspection, json& result) {
  const core::Configuration& content = inspection.content;
  result["accepted"] = content.accepted;
  if (inspection.version) result["keepalived_version"] = versionText(*inspection.version);
  result["sync_groups"] = json::array();
  for (const core::SyncGroup& group : content.syncGroups) {
    json members = json::array();
    for (const std::string& member : group.members) members.push_back(clean(member));
    result["sync_groups"].push_back({{"name", clean(group.name)}, {"members", members}});
  }
  result["static_addresses"] = json::array();
  for (const core::Vip& vip : content.staticAddresses) result["static_addresses"].push_back(vipJson(vip));
  json globals = {{"dbus", content.globals.dbus}};
  if (!content.globals.netNamespace.empty()) globals["net_namespace"] = clean(content.globals.netNamespace);
  if (!content.globals.instanceName.empty()) globals["instance"] = clean(content.globals.instanceName);
  if (!content.globals.notifyFifo.empty()) globals["notify_fifo"] = clean(content.globals.notifyFifo);
  if (!content.globals.vrrpNotifyFifo.empty()) globals["vrrp_notify_fifo"] = clean(content.globals.vrrpNotifyFifo);
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
