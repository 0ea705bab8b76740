// The root blocks beside the instances: static addresses, routes and rules, sync groups, garp groups.
#include <cstdlib>

#include "keepalived/config_builder.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

}  // namespace

void Builder::staticAddresses(const Words& words) {
  parser_.valueBlock(words, [this](const Words& item) {
    auto vip = readVip(item, true);
    if (vip && vip->possible) result_.staticAddresses.push_back(std::move(vip->vip));
  });
}

void Builder::routeBlock(const Words& words, const std::function<void(const Words&)>& each) {
  parser_.valueBlock(words, [&](const Words& item) {
    each(item);
    for (std::size_t i = 0; i + 1 < item.size(); ++i) {
      const bool names = item[i] == "dev" || item[i] == "iif" || item[i] == "oif";
      if (names && !exists(item[i + 1]) && !dynamicInterfaces_) missingInterface(item[i + 1]);
    }
  });
}

void Builder::staticRoutes(const Words& words) {
  routeBlock(words, [this](const Words& item) { result_.staticRoutes.push_back(readRoute(item, routeNames_)); });
}

void Builder::staticRules(const Words& words) {
  routeBlock(words, [this](const Words& item) { result_.staticRoutes.push_back(readRule(item, routeNames_)); });
}

void Builder::syncGroup(const Words& words) {
  if (words.size() != 2) {
    problem(Severity::Error, "A vrrp_sync_group needs exactly one name; keepalived skips the block.");
    parser_.skipBlock(braceSeen);
    return;
  }
  for (const core::SyncGroup& group : result_.syncGroups) {
    if (group.name != words[1]) continue;
    problem(Severity::Error, "There is a vrrp_sync_group '" + words[1] + "' already; keepalived skips this one.");
    parser_.skipBlock(braceSeen);
    return;
  }
  result_.syncGroups.push_back({words[1], {}});
}

void Builder::syncGroupMembers(const Words& words) {
  if (result_.syncGroups.empty()) refuse("'group' stands where no sync group is; keepalived crashes on it.");
  core::SyncGroup& group = result_.syncGroups.back();
  if (!group.members.empty()) {
    problem(Severity::Error, "The sync group has its members already; keepalived skips this list.");
    parser_.skipBlock(braceSeen);
    if (parser_.grammar().since(2, 3, 0)) doubtAll();  // it loses count of the braces, and with it the group
    return;
  }
  group.members = parser_.wordBlock(words);
}

void Builder::garpGroup(const Words&) { garpGroups_.emplace_back(); }

void Builder::garpGroupInterval(const Words& words) {
  const double seconds = std::strtod(parser_.need(words, 1).c_str(), nullptr);
  if (garpGroups_.empty() || !(seconds >= 0) || seconds > 4000) return;
  // Up to 1.3.9 the cast to an integer comes before the multiplication: whole seconds remain.
  const double micros =
      parser_.grammar().since(1, 4, 0) ? seconds * 1e6 : static_cast<double>(static_cast<unsigned>(seconds)) * 1e6;
  garpGroups_.back().arp = std::chrono::microseconds(static_cast<std::int64_t>(micros));
}

void Builder::garpGroupNaInterval(const Words& words) {
  const double seconds = std::strtod(parser_.need(words, 1).c_str(), nullptr);
  if (garpGroups_.empty() || !(seconds >= 0) || seconds > 4000) return;
  garpGroups_.back().na = std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1e6));
}

void Builder::garpGroupInterface(const Words& words) { joinGarpGroup(parser_.need(words, 1)); }

void Builder::garpGroupInterfaces(const Words& words) {
  for (const std::string& name : parser_.wordBlock(words)) joinGarpGroup(name);
}

void Builder::joinGarpGroup(const std::string& interface) {
  if (garpGroups_.empty()) return;
  if (!exists(interface) && !dynamicInterfaces_) {
    missingInterface(interface);
    return;
  }
  for (const GarpGroup& group : garpGroups_) {
    if (group.interfaces.count(interface) == 0) continue;
    problem(Severity::Warning, "'" + interface + "' is in a garp_group already; keepalived ignores it here.");
    return;
  }
  garpGroups_.back().interfaces.insert(interface);
}

}  // namespace guardian::keepalived
