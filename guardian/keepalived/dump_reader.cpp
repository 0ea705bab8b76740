#include "keepalived/dump_reader.hpp"

#include <cstdlib>
#include <map>
#include <string>

#include "keepalived/dump_vip.hpp"

namespace guardian::keepalived {
namespace {

using core::InstanceClaim;
using core::Role;
using Severity = core::Problem::Severity;

constexpr std::string_view kInstance = " VRRP Instance = ";
constexpr std::string_view kTopology = "------< VRRP Topology >------";
constexpr std::string_view kSyncGroups = "------< VRRP Sync groups >------";
constexpr std::string_view kNic = "------< NIC >------";
constexpr std::string_view kHeader = "------< ";
constexpr std::string_view kHeaderEnd = " >------";
// 1.3 to 2.0 write this line without its end when there are unicast peers: the next text is glued on.
constexpr std::string_view kGlue = "   Unicast checksum compatibility = ";

bool startsWith(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

bool endsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

/// Within bounds that nothing makes overflow that is done with it: a thousand times it, or seconds of it in
/// microseconds.
long long numberAt(std::string_view text) {
  constexpr long long kMost = 1'000'000'000'000;
  const long long number = std::strtoll(std::string(text.substr(0, 24)).c_str(), nullptr, 10);
  return std::max(-kMost, std::min(number, kMost));
}

Role roleOf(std::string_view word) {
  if (word == "MASTER") return Role::Master;
  if (word == "BACKUP") return Role::Backup;
  if (word == "FAULT") return Role::Fault;
  return Role::Other;  // INIT, the numbers of 1.3.9, words of versions to come
}

class DumpReader {
 public:
  DumpReader(std::string_view text, const ScopeNames& scopes) : rest_(text), scopes_(scopes) {}

  core::Answer read() {
    const bool endsInLine = !rest_.empty() && rest_.back() == '\n';
    while (!rest_.empty()) readLine(nextLine());
    if (inInstance_ && !endsInLine && !lastWasGlue_) doubt("The dump ends in the middle of a line.");
    // Behind the last instance 2.0 and later always list the interfaces; 1.3 need not write anything more.
    if (inInstance_ && (age_ == DumpAge::Since2 || !sawVips_)) doubt("The dump may end too early.");
    closeInstance();
    if (!sawTopology_) say(Severity::Warning, "There are no VRRP instances in this text.");
    refuseTwins();
    return std::move(answer_);
  }

 private:
  enum class List { None, Vips, Excluded, Peers, Routes, Rules };

  std::string_view nextLine() {
    ++line_;
    const std::size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return line;
  }

  void readLine(std::string_view line) {
    lastWasGlue_ = false;
    if (startsWith(line, kHeader)) {
      readHeader(line);
    } else if (inSyncGroups_) {
      readSyncGroup(line);
    } else if (!inTopology_) {
      return;
    } else if (startsWith(line, kInstance)) {
      openInstance(line.substr(kInstance.size()));
    } else if (inInstance_) {
      readInstanceLine(line);
    }
  }

  void readHeader(std::string_view line) {
    if (line_ == 1 && line != kTopology) age_ = DumpAge::Since2;
    if (line == kNic) {
      list_ = List::None;  // stands inside an instance of 1.3.9, before its addresses
      return;
    }
    if (inInstance_ && !endsWith(line, kHeaderEnd)) doubt("The dump ends in the middle of a line.");
    closeInstance();
    inTopology_ = line == kTopology;
    inSyncGroups_ = line == kSyncGroups;
    sawTopology_ = sawTopology_ || inTopology_;
  }

  /// Before 2.0 only the groups name their members.
  void readSyncGroup(std::string_view line) {
    constexpr std::string_view group = " VRRP Sync Group = ";
    constexpr std::string_view member = "   monitor = ";
    if (startsWith(line, group)) syncGroup_ = std::string(line.substr(group.size(), line.rfind(", ") - group.size()));
    if (!startsWith(line, member)) return;
    for (InstanceClaim& claim : answer_.instances) {
      if (claim.instance.name == line.substr(member.size())) claim.instance.syncGroup = syncGroup_;
    }
  }

  void openInstance(std::string_view name) {
    closeInstance();
    claim_ = InstanceClaim();
    claim_.instance.name = std::string(name);
    claim_.instance.vrid = 0;
    seen_.clear();
    expected_.clear();
    sawVips_ = false;
    impossible_.clear();
    inInstance_ = true;
    list_ = List::None;
  }

  void closeInstance() {
    if (!inInstance_) return;
    inInstance_ = false;
    for (const char* key : {"State", "Virtual Router ID", "Priority", "VRRP Version"}) {
      if (seen_.count(key) == 0) doubt(std::string("The line '") + key + "' is missing.");
    }
    if (claim_.instance.interface.empty()) doubt("The interface is missing.");
    std::size_t vips = 0, excluded = 0;
    for (const core::Vip& vip : claim_.instance.vips) ++(vip.excluded ? excluded : vips);
    checkCount(List::Vips, vips);
    checkCount(List::Excluded, excluded);
    claim_.instance.unicast = claim_.instance.unicast || !claim_.instance.unicastPeers.empty();
    answer_.instances.push_back(std::move(claim_));
  }

  void checkCount(List list, std::size_t found) {
    const auto expected = expected_.find(list);
    found += impossible_[list];
    if (expected != expected_.end() && expected->second != found)
      doubt("There are " + std::to_string(found) + " addresses where the dump announces " +
            std::to_string(expected->second) + ".");
  }

  void readInstanceLine(std::string_view line) {
    if (startsWith(line, "     ")) {
      readItem(line.substr(5));
    } else if (startsWith(line, "    ") && list_ == List::Rules) {
      ++claim_.instance.virtualRules;  // 1.3.9 indents rules by four
    } else if (startsWith(line, "   ")) {
      list_ = List::None;
      if (startsWith(line, kGlue)) {
        readGlue(line.substr(kGlue.size()));
      } else {
        readField(line.substr(3));
      }
    }
    // One blank: lines of a NIC or a script inside the instance.
  }

  void readGlue(std::string_view value) {
    lastWasGlue_ = true;
    const std::size_t header = value.find(kHeader);
    const std::size_t instance = value.find(kInstance);
    const std::size_t field = value.find("   ");
    if (instance != std::string_view::npos) {
      openInstance(value.substr(instance + kInstance.size()));
    } else if (header != std::string_view::npos) {
      readHeader(value.substr(header));
    } else if (field != std::string_view::npos) {
      readField(value.substr(field + 3));
    }
  }

  void readItem(std::string_view item) {
    switch (list_) {
      case List::Vips:
      case List::Excluded: readVip(item); break;
      case List::Peers: readPeer(item); break;
      case List::Routes: ++claim_.instance.virtualRoutes; break;
      case List::Rules: ++claim_.instance.virtualRules; break;
      case List::None: break;
    }
  }

  void readVip(std::string_view item) {
    std::optional<DumpVip> vip = readDumpVip(item, age_, scopes_);
    if (!vip) {
      doubt("This is not an address: " + std::string(item.substr(0, 80)) + ".");
      return;
    }
    if (!vip->possible) {
      say(Severity::Error, "keepalived has an address that the kernel never takes: " + std::string(item.substr(0, 60)));
      ++impossible_[list_];
      return;
    }
    if (!vip->certain) doubt("This address line does not say all: " + std::string(item.substr(0, 120)) + ".");
    vip->vip.excluded = list_ == List::Excluded;
    claim_.instance.vips.push_back(std::move(vip->vip));
  }

  void readPeer(std::string_view item) {
    item = item.substr(0, item.find(' '));
    if (const auto peer = core::parseAddress(item)) claim_.instance.unicastPeers.push_back(*peer);
  }

  void readField(std::string_view field) {
    core::Instance& instance = claim_.instance;
    if (field == "Using Native IPv6") instance.family = core::Family::IPv6;
    if (openList(field)) return;
    const std::size_t equals = field.find(" = ");
    if (equals == std::string_view::npos) return;
    const std::string key(field.substr(0, equals));
    const std::string_view value = field.substr(equals + 3);
    if (!seen_.emplace(key, std::string(value)).second && (key == "State" || key == "Virtual Router ID"))
      doubt("The line '" + key + "' stands twice.");
    readValue(key, value);
  }

  void readValue(const std::string& key, std::string_view value) {
    core::Instance& instance = claim_.instance;
    if (key == "State") {
      claim_.role = roleOf(value);
    } else if (key == "Last transition") {
      readTransition(value);
    } else if (key == "Listening device" || key == "Interface") {
      readInterface(value);
    } else if (key == "Real interface" || key == "Configured interface") {
      if (instance.vmac.empty() && key == "Real interface") instance.vmac = instance.interface;
      instance.interface = std::string(value);
    } else if (key == "Virtual Router ID") {
      instance.vrid = static_cast<std::uint8_t>(numberAt(value));
    } else if (key == "Priority") {
      instance.priority = static_cast<int>(numberAt(value));
    } else if (key == "VRRP Version") {
      instance.vrrpVersion = static_cast<int>(numberAt(value));
    } else if (key == "Advert interval") {
      const bool millis = value.find("milli") != std::string_view::npos;
      instance.advertInterval = std::chrono::milliseconds(numberAt(value) * (millis ? 1 : 1000));
    } else if (key == "Sync group") {
      instance.syncGroup = std::string(value);
    } else if (key == "Preempt") {
      instance.nopreempt = value == "disabled";
    } else {
      readAnnouncement(key, value);
    }
  }

  void readAnnouncement(const std::string& key, std::string_view value) {
    core::AnnounceSettings& announce = claim_.instance.announce;
    const long long number = numberAt(value);
    if (key == "Gratuitous ARP delay") announce.delay = std::chrono::seconds(number);
    if (key == "Gratuitous ARP repeat") announce.repeat = static_cast<int>(number);
    if (key == "Gratuitous ARP refresh repeat") announce.refreshRepeat = static_cast<int>(number);
    // 1.3 divides the seconds by a million before it prints them: always 0, which says nothing.
    if (key == "Gratuitous ARP refresh" && age_ == DumpAge::Since2) announce.refresh = std::chrono::seconds(number);
  }

  /// "eth0", "vrrp.51, vmac on eth0, xmit base i/f" and the like.
  void readInterface(std::string_view value) {
    core::Instance& instance = claim_.instance;
    if (value == "not configured") value = {};
    const std::size_t comma = value.find(", ");
    const std::size_t on = comma == std::string_view::npos ? comma : value.find(" on ", comma);
    instance.interface = std::string(value.substr(0, comma));
    if (on == std::string_view::npos) return;
    instance.vmac = instance.interface;
    const std::string_view base = value.substr(on + 4);
    instance.interface = std::string(base.substr(0, base.find(',')));
  }

  void readTransition(std::string_view value) {
    const long long seconds = numberAt(value);
    const std::size_t dot = value.find('.');
    const std::size_t blank = value.find(' ');
    long long micros = 0;
    if (dot != std::string_view::npos && dot < blank) micros = numberAt(value.substr(dot + 1));
    claim_.lastTransition = std::chrono::seconds(seconds) + std::chrono::microseconds(micros);
  }

  /// "Virtual IP = 3", "Virtual IP :", "Virtual IP (3):", and the other lists.
  bool openList(std::string_view field) {
    const struct {
      std::string_view name;
      List list;
    } lists[] = {{"Virtual IP Excluded", List::Excluded},
                 {"Virtual IP", List::Vips},
                 {"Unicast Peer", List::Peers},
                 {"Virtual Routes", List::Routes},
                 {"Virtual Rules", List::Rules}};
    for (const auto& known : lists) {
      if (!startsWith(field, known.name)) continue;
      const std::string_view rest = field.substr(known.name.size());
      const bool counts = startsWith(rest, " = ") || startsWith(rest, " (");
      if (!counts && rest != " :" && rest != ":") continue;
      list_ = known.list;
      sawVips_ = sawVips_ || list_ == List::Vips;
      if (counts) expected_[list_] = static_cast<std::size_t>(numberAt(rest.substr(rest[1] == '=' ? 3 : 2)));
      return true;
    }
    return false;
  }

  void refuseTwins() {
    std::map<std::string, std::size_t> names;
    for (const InstanceClaim& claim : answer_.instances) ++names[claim.instance.name];
    for (InstanceClaim& claim : answer_.instances) {
      if (names[claim.instance.name] == 1) continue;
      claim.instance.understood = false;
      say(Severity::Error, "Instance '" + claim.instance.name + "' stands twice in the dump.");
    }
  }

  void doubt(const std::string& text) {
    claim_.instance.understood = false;
    say(Severity::Error, "Instance '" + claim_.instance.name + "': " + text);
  }

  void say(Severity severity, const std::string& text) {
    constexpr std::size_t kMostProblems = 1000;
    if (answer_.problems.size() < kMostProblems) answer_.problems.push_back({severity, "", line_, text});
  }

  std::string_view rest_;
  const ScopeNames& scopes_;
  core::Answer answer_;
  InstanceClaim claim_;
  std::map<std::string, std::string> seen_;
  std::map<List, std::size_t> expected_;    ///< the length that the dump announces
  std::map<List, std::size_t> impossible_;  ///< lines of it that were left out
  DumpAge age_ = DumpAge::Before2;
  List list_ = List::None;
  int line_ = 0;
  bool inTopology_ = false;
  bool inSyncGroups_ = false;
  std::string syncGroup_;
  bool sawTopology_ = false;
  bool inInstance_ = false;
  bool sawVips_ = false;  ///< the running instance lists addresses
  bool lastWasGlue_ = false;
};

}  // namespace

core::Answer readDump(std::string_view text, const ScopeNames& scopes) { return DumpReader(text, scopes).read(); }

bool looksLikeDump(std::string_view text) { return startsWith(text, kHeader); }

}  // namespace guardian::keepalived
