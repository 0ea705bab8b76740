#include <algorithm>

#include "cli/inspect.hpp"
#include "cli/inspect_words.hpp"
#include "guardian/util/utf8.hpp"

namespace guardian::cli {
namespace {

void addVip(const core::Vip& vip, const core::Instance& instance, std::string& text) {
  std::string line = "  " + prefixText(vip);
  line.resize(std::max<std::size_t>(line.size(), 24), ' ');
  const std::string& own = instance.vmac.empty() ? instance.interface : instance.vmac;
  if (vip.interface != own) line += " on " + vip.interface;
  if (!vip.label.empty()) line += " label " + vip.label;
  if (vip.scope && *vip.scope != 0) line += " scope " + scopeText(*vip.scope);
  if (vip.broadcast) line += " broadcast " + core::toString(*vip.broadcast);
  if (vip.peer) line += " peer " + core::toString(*vip.peer);
  if (vip.deprecated) line += " deprecated";
  if (vip.noTrack) line += " no_track";
  if (vip.excluded) line += " (excluded)";
  while (line.back() == ' ') line.pop_back();
  text += printable(line) + "\n";
}

void addInstance(const core::Instance& instance, const std::string& role, std::string& text) {
  std::string line = instance.name + ": VRID " + std::to_string(instance.vrid) + " on " + instance.interface;
  if (!instance.vmac.empty()) line += " through " + instance.vmac;
  line += instance.family == core::Family::IPv4 ? ", IPv4" : ", IPv6";
  line += ", VRRPv" + std::to_string(instance.vrrpVersion) + ", priority " + std::to_string(instance.priority);
  if (instance.nopreempt) line += ", nopreempt";
  if (!instance.unicastPeers.empty()) line += ", " + std::to_string(instance.unicastPeers.size()) + " unicast peer(s)";
  if (!role.empty()) line += ", says " + role;
  if (!instance.understood) line += " - NOT UNDERSTOOD";
  text += printable(line) + "\n";
  for (const core::Vip& vip : instance.vips) addVip(vip, instance, text);
  if (instance.virtualRoutes > 0) text += "  " + std::to_string(instance.virtualRoutes) + " virtual route(s)\n";
  if (instance.virtualRules > 0) text += "  " + std::to_string(instance.virtualRules) + " virtual rule(s)\n";
}

void addProblem(const core::Problem& problem, std::string& text) {
  std::string line = severityText(problem.severity) + ": ";
  if (!problem.file.empty()) line = problem.file + (problem.line > 0 ? ":" : ": ") + line;
  if (problem.line > 0)
    line.insert(problem.file.empty() ? 0 : problem.file.size() + 1, std::to_string(problem.line) + ": ");
  text += printable(line + problem.text) + "\n";
}

}  // namespace

std::string toText(const Inspection& inspection) {
  const core::Configuration& content = inspection.content;
  std::string text;
  if (inspection.version) text += "Read as keepalived " + versionText(*inspection.version) + " reads it.\n";
  if (!content.accepted) text += "keepalived does not start with this configuration.\n";
  for (const core::Instance& instance : content.instances) addInstance(instance, "", text);
  for (const core::InstanceClaim& claim : inspection.claims) addInstance(claim.instance, roleText(claim.role), text);
  if (content.instances.empty() && inspection.claims.empty()) text += "There are no VRRP instances.\n";
  for (const core::SyncGroup& group : content.syncGroups) {
    std::string line = "Sync group " + group.name + ":";
    for (const std::string& member : group.members) line += " " + member;
    text += printable(line) + "\n";
  }
  for (const core::Vip& vip : content.staticAddresses)
    text += printable("Static address " + prefixText(vip) + " on " + vip.interface) + "\n";
  for (const core::Problem& problem : content.problems) addProblem(problem, text);
  return text;
}

}  // namespace guardian::cli
