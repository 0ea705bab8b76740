// What keepalived does once all lines are read and before it starts: defaults, checks that end it, names and
// devices (vrrp.c: vrrp_complete_instance, vrrp_complete_init).
#include <algorithm>
#include <map>
#include <tuple>

#include "keepalived/config_builder.hpp"
#include "keepalived/config_vip.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;
using std::chrono::microseconds;

constexpr std::size_t kMostVips4 = 255;  // the count in an advert is eight bits
constexpr std::size_t kMostVips6 = 89;   // what fits behind the headers in 1500 bytes
constexpr std::size_t kLongestInterfaceName = 15;

}  // namespace

std::optional<Builder::DraftVip> Builder::readVip(const Words& words, bool isStatic) {
  VipLine line(words, parser_.grammar(), scopes_, isStatic);
  const bool kept = line.read();
  for (const auto& [severity, text] : line.findings) problem(severity, text);
  // Since 2.0.0 the name of a missing interface is enough to end keepalived, whatever becomes of the address.
  const bool ends = parser_.grammar().dynamicInterfaces() && !dynamicInterfaces_;
  for (const std::string& device : line.devices) {
    if (ends && !exists(device)) missingInterface(device);
  }
  if (!kept) return std::nullopt;
  if (!line.certain && !isStatic) doubt(draft());
  core::Vip& vip = line.vip;
  if (!vip.interface.empty() && !exists(vip.interface) && !dynamicInterfaces_) {
    if (!ends)
      problem(Severity::Error,
              "Interface '" + vip.interface + "' does not exist; keepalived drops this address until it is restarted.");
    return std::nullopt;
  }
  // Before 2.1.0 an address is taken for a static one while its instance has no interface yet.
  const bool early = !parser_.grammar().since(2, 1, 0);
  if (vip.interface.empty() && (isStatic || (early && draft().instance.interface.empty()))) {
    const std::string& fallback = result_.globals.defaultInterface;
    if (!exists(fallback)) {
      if (early && ends) missingInterface(fallback);
      problem(Severity::Error, "There is no interface for this address; keepalived drops it.");
      return std::nullopt;
    }
    if (!isStatic)
      problem(Severity::Error,
              "The instance has no interface yet at this line; keepalived puts the address on " + fallback + ".");
    vip.interface = fallback;
  }
  return DraftVip{std::move(vip), line.usesVmac, line.possible};
}

void Builder::complete() {
  if (hasMissingInterface_) refuse("An interface does not exist; this keepalived then ends with an error.");
  if (options_.interfaces) takenNames_ = *options_.interfaces;
  for (Draft& draft : drafts_) {
    draft.namedVmac = !draft.instance.vmac.empty();
    if (draft.namedVmac) takenNames_.insert(draft.instance.vmac);
  }
  for (Draft& draft : drafts_) {
    completing_ = &draft;
    completeInstance(draft);
  }
  completing_ = nullptr;
  checkVmacNames();
  checkUniqueVrids();
  checkSockets();
  joinSyncGroups();
}

void Builder::completeInstance(Draft& draft) {
  chooseVersion(draft);
  checkMinimum(draft);
  moveExcess(draft);
  choosePriority(draft);
  chooseAdvertInterval(draft);
  chooseInterfaces(draft);
  if (draft.instance.interface.empty()) doubt(draft);  // keepalived finds one by the source address
  finishAnnouncement(draft);
  draft.instance.unicast = !draft.instance.unicastPeers.empty();
}

void Builder::chooseVersion(Draft& draft) {
  core::Instance& instance = draft.instance;
  if (!draft.strictGiven) draft.strict = globalStrict_;
  const bool isIpv6 = draft.hasFamily && instance.family == core::Family::IPv6;
  if (isIpv6 && (!draft.hasVersion || (instance.vrrpVersion == 2 && draft.strict))) {
    instance.vrrpVersion = 3;
  } else if (!draft.hasVersion) {
    instance.vrrpVersion = globalVersion_;
  }
  // keepalived knows no authentication in version 3, and none without a password.
  if (instance.vrrpVersion == 3 || instance.authentication.password[0] == 0) instance.authentication = {};
}

void Builder::checkMinimum(Draft& draft) const {
  const core::Instance& instance = draft.instance;
  const bool isIpv6 = instance.family == core::Family::IPv6;
  const bool needsVip = instance.vrrpVersion == 3 || draft.strict || (isIpv6 && !parser_.grammar().since(2, 2, 8));
  if (draft.vips.empty() && needsVip && !draft.needsNoVip)
    refuse("Instance '" + instance.name + "' has no virtual address; keepalived ends with an error.");
  if (instance.vrid == 0)
    refuse("Instance '" + instance.name + "' has no valid virtual_router_id; keepalived ends with an error.");
  // 2.2.5 to 2.2.7 test a flag that is set later only, so they always want an interface.
  const Grammar& grammar = parser_.grammar();
  const bool wanted = !grammar.since(2, 1, 0) || (grammar.since(2, 2, 5) && !grammar.since(2, 2, 8));
  const bool interfaceOptional = !wanted && !instance.unicastPeers.empty();
  if (instance.interface.empty() && !(interfaceOptional && draft.hasSourceAddress))
    refuse("Instance '" + instance.name + "' has no interface that exists; keepalived ends with an error.");
  // 2.2.5 to 2.3.4 test a flag that is set later only, so they never find out.
  const bool blind = grammar.since(2, 2, 5) && !grammar.since(2, 4, 0);
  if (draft.strict && !instance.unicastPeers.empty() && !blind)
    refuse("Instance '" + instance.name + "' has unicast peers in strict mode; keepalived ends with an error.");
}

void Builder::moveExcess(Draft& draft) {
  std::size_t most = draft.instance.family == core::Family::IPv4 ? kMostVips4 : kMostVips6;
  if (draft.vips.size() <= most) return;
  if (parser_.grammar().since(2, 1, 0) && !parser_.grammar().since(2, 2, 5)) --most;  // miscounts by one
  addProblem(Severity::Warning, draft.file, draft.line,
             "Instance '" + draft.instance.name +
                 "' has more addresses than fit into an advert; keepalived treats the last ones as excluded.");
  const auto first = draft.vips.begin() + static_cast<std::ptrdiff_t>(most);
  draft.excluded.insert(draft.excluded.end(), std::make_move_iterator(first),
                        std::make_move_iterator(draft.vips.end()));
  draft.vips.erase(first, draft.vips.end());
}

void Builder::choosePriority(Draft& draft) {
  core::Instance& instance = draft.instance;
  if (!draft.hasPriority) instance.priority = draft.startsAsMaster ? 255 : 100;
  // Strict mode starts as MASTER exactly when it is the address owner.
  if (draft.strict && parser_.grammar().since(2, 0, 0)) draft.startsAsMaster = instance.priority == 255;
  instance.startsAsMaster = draft.startsAsMaster || instance.priority == 255;
  const bool noChoice = parser_.grammar().since(2, 0, 0) && draft.startsAsMaster;
  if (instance.nopreempt && (instance.priority == 255 || noChoice)) {
    addProblem(Severity::Warning, draft.file, draft.line,
               "nopreempt does not go with being the address owner or starting as MASTER; keepalived drops it.");
    instance.nopreempt = false;
  }
}

void Builder::chooseAdvertInterval(Draft& draft) {
  microseconds interval = draft.advertInterval;
  if (interval.count() == 0) interval = std::chrono::seconds(1);
  const bool old = draft.instance.vrrpVersion == 2;
  const microseconds step = old ? microseconds(1000000) : microseconds(10000);
  const microseconds most = old ? 255 * step : 4095 * step;
  if (interval >= most + step) {
    interval = most;
  } else if ((interval % step).count() != 0) {
    interval += step / 2;
    interval -= interval % step;
    if (interval.count() == 0) interval = step;
  }
  draft.instance.advertInterval = std::chrono::duration_cast<std::chrono::milliseconds>(interval);
}

std::string Builder::freeVmacName(const std::string& prefix, const Draft& draft, core::Family family) {
  const std::string ending = "." + std::to_string(draft.instance.vrid);
  const auto make = [&](const std::string& number) {
    const std::size_t room = kLongestInterfaceName - number.size() - ending.size();
    return prefix.substr(0, std::min(prefix.size(), room)) + number + ending;
  };
  std::string name = make("");
  for (int attempt = 1; takenNames_.count(name) > 0; ++attempt) {
    int number = attempt;
    // IPv6 instances try 6 first, so that the two families of one VRID get vrrp.N and vrrp6.N.
    if (family == core::Family::IPv6) number = attempt == 1 ? 6 : attempt <= 6 ? attempt - 1 : attempt;
    name = make(std::to_string(number));
  }
  takenNames_.insert(name);
  return name;
}

void Builder::chooseInterfaces(Draft& draft) {
  core::Instance& instance = draft.instance;
  bool hasVmac = draft.usesMacvlan || draft.usesIpvlan;
  if (hasVmac && !instance.vmac.empty() && !isInterfaceName(instance.vmac)) {
    addProblem(Severity::Error, draft.file, draft.line,
               "'" + instance.vmac + "' is no name for an interface; keepalived goes on without the VMAC.");
    hasVmac = false;
  }
  if (!hasVmac) instance.vmac.clear();
  if (hasVmac) takeVmac(draft);
  instance.ipvlan = hasVmac && draft.usesIpvlan;
  const std::string own = hasVmac ? instance.vmac : instance.interface;
  for (std::vector<DraftVip>* list : {&draft.vips, &draft.excluded}) {
    for (DraftVip& vip : *list) {
      if (parser_.grammar().since(2, 2, 0)) {
        chooseLaterInterface(draft, vip);
      } else if (vip.vip.interface.empty()) {
        vip.vip.interface = own;
      }
    }
  }
}

void Builder::takeVmac(Draft& draft) {
  core::Instance& instance = draft.instance;
  if (instance.vmac.empty()) instance.vmac = freeVmacName(vmacPrefix_, draft, instance.family);
  if (!draft.usesMacvlan || !parser_.grammar().since(2, 2, 0)) return;
  std::string& name = vmacOn(instance.interface, draft, instance.family);
  if (!name.empty()) doubt(draft);  // keepalived finds that one by its MAC and may take it
  name = instance.vmac;
}

/// The VMAC on `base` with the MAC that `draft` gives; empty: none yet. keepalived looks for the MAC alone, so
/// instances of one VRID share it.
std::string& Builder::vmacOn(const std::string& base, const Draft& draft, core::Family family) {
  const std::string ending = family == core::Family::IPv6 ? " IPv6" : " IPv4";
  return vmacs_[{base, draft.mac.empty() ? std::to_string(draft.instance.vrid) + ending : draft.mac}];
}

/// Since 2.2.0 naming the instance's own interface is the same as naming none, an excluded address of the
/// other family stays off the VMAC, and an address may have a VMAC of its own.
void Builder::chooseLaterInterface(Draft& draft, DraftVip& vip) {
  const core::Instance& instance = draft.instance;
  const bool own = vip.vip.interface.empty() || vip.vip.interface == instance.interface;
  const bool sameFamily = vip.vip.address.family == instance.family;
  if (own && draft.usesMacvlan && sameFamily) {
    vip.vip.interface = instance.vmac;
    // Asking for the VMAC that it gets anyway makes keepalived take the VMAC for a foreign interface.
    if (!(vip.usesVmac && draft.vmacForAddresses)) return;
  }
  if (vip.vip.interface.empty()) vip.vip.interface = instance.interface;
  const bool onOwnVmac = !instance.vmac.empty() && vip.vip.interface == instance.vmac;
  const bool wantsOne = vip.usesVmac || onOwnVmac || (draft.vmacForAddresses && (!own || !sameFamily));
  if (!wantsOne) return;
  std::string& name = vmacOn(vip.vip.interface, draft, vip.vip.address.family);
  const std::string& prefix = vmacAddressPrefix_.empty() ? vmacPrefix_ : vmacAddressPrefix_;
  if (name.empty()) name = freeVmacName(prefix, draft, vip.vip.address.family);
  vip.vip.interface = name;
}

/// Two VMACs of one name: each version does something else with them. 2.x removes the first, and most often dies of it,
/// with all its instances.
void Builder::checkVmacNames() {
  if (parser_.grammar().since(2, 2, 0)) return;
  std::map<std::string, Draft*> owners;
  for (Draft& draft : drafts_) {
    if (draft.instance.vmac.empty()) continue;
    const auto [owner, first] = owners.emplace(draft.instance.vmac, &draft);
    const bool mayDie = parser_.grammar().since(2, 0, 0);
    const bool clashes = mayDie && draft.namedVmac && draft.instance.vmac.compare(0, 4, "vrrp") == 0;
    if (first && !clashes) continue;
    doubt(draft);
    for (Draft& other : drafts_) {
      if (mayDie || &other == owner->second) doubt(other);
    }
    addProblem(Severity::Error, draft.file, draft.line,
               "'" + draft.instance.vmac + "' may be the name of two VMACs; what keepalived does then is not certain.");
  }
}

void Builder::checkUniqueVrids() {
  std::map<std::tuple<std::uint8_t, core::Family, std::string, bool>, Draft*> owners;
  const bool checks = parser_.grammar().since(2, 1, 0);
  for (Draft& draft : drafts_) {
    const core::Instance& instance = draft.instance;
    const bool unicast = checks && instance.unicast;
    const auto [owner, first] =
        owners.emplace(std::make_tuple(instance.vrid, instance.family, instance.interface, unicast), &draft);
    if (first) continue;
    const std::string text =
        "VRID " + std::to_string(instance.vrid) + " stands twice on interface " + instance.interface;
    if (checks && !unicast) {
      completing_ = &draft;
      refuse(text + "; keepalived ends with an error.");
    }
    // Before 2.1.0 the check looks into a list that is filled only later; for unicast it depends on addresses.
    addProblem(Severity::Error, draft.file, draft.line, text + ", which keepalived does not notice.");
    doubt(draft);
    doubt(*owner->second);
  }
}

/// From 2.1.0 to 2.2.2 the VRRP process dies of a unicast instance behind a multicast one on the same interface: it
/// compares source addresses where one of the two has none.
void Builder::checkSockets() {
  if (!parser_.grammar().since(2, 1, 0) || parser_.grammar().since(2, 2, 3)) return;
  std::set<std::pair<std::string, core::Family>> multicast;
  for (const Draft& draft : drafts_) {
    const core::Instance& instance = draft.instance;
    const bool onBase = instance.vmac.empty() || (!instance.unicast && draft.transmitsOnBase);
    const std::pair<std::string, core::Family> socket(onBase ? instance.interface : instance.vmac, instance.family);
    if (!instance.unicast) {
      multicast.insert(socket);
    } else if (multicast.count(socket) > 0) {
      addProblem(Severity::Error, draft.file, draft.line,
                 "There is a multicast instance before this unicast one on " + socket.first +
                     "; this keepalived crashes and is started again without end.");
      allUncertain_ = true;
    }
  }
}

void Builder::joinSyncGroups() {
  for (const core::SyncGroup& group : result_.syncGroups) {
    std::vector<core::Instance*> members;
    for (Draft& draft : drafts_) {
      const bool named = std::count(group.members.begin(), group.members.end(), draft.instance.name) > 0;
      if (named && draft.instance.syncGroup.empty()) members.push_back(&draft.instance);
    }
    if (members.size() < 2 && !parser_.grammar().keepsGroupOfOne()) continue;
    for (core::Instance* member : members) member->syncGroup = group.name;
  }
}

void Builder::finishAnnouncement(Draft& draft) const {
  core::AnnounceSettings& settings = draft.instance.announce;
  settings.arpInterval = globalIntervals_.first;
  settings.naInterval = globalIntervals_.second;
  for (const GarpGroup& group : garpGroups_) {
    if (group.interfaces.count(draft.instance.interface) == 0) continue;
    settings.arpInterval = group.arp.value_or(globalIntervals_.first);
    settings.naInterval = group.na.value_or(globalIntervals_.second);
  }
}

}  // namespace guardian::keepalived
