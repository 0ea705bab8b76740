// What the keywords do: builds the Configuration from the lines that the parser hands over, in their order,
// and completes it at the end as keepalived completes its instances before it starts.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "guardian/core/model.hpp"
#include "keepalived/config_parser.hpp"
#include "keepalived/config_reader.hpp"
#include "keepalived/config_route.hpp"
#include "keepalived/config_words.hpp"
#include "keepalived/scope_names.hpp"

namespace guardian::keepalived {

class Builder {
 public:
  Builder(const ReadOptions& options, FileSource& files);

  core::Configuration build(const std::string& path);

  // For the parser.
  void addProblem(core::Problem::Severity severity, const std::string& file, int line, const std::string& text);
  void unknownKeyword(const Words& words, bool insideBlock);
  void doubtAll() { allUncertain_ = true; }
  bool braceSeen = false;  ///< the `{` of the running keyword stood on its line

  // The keywords' handlers, for the tables in config_keywords.cpp.

  // config_globals.cpp
  void defaultInterface(const Words& words);
  void globalVersion(const Words& words);
  void globalStrict(const Words& words);
  void globalGarpDelay(const Words& words);
  void globalGarpRepeat(const Words& words);
  void globalGarpRefresh(const Words& words);
  void globalGarpRefreshRepeat(const Words& words);
  void globalGarpInterval(const Words& words);
  void globalGnaInterval(const Words& words);
  void notifyFifo(const Words& words);
  void vrrpNotifyFifo(const Words& words);
  void enableDbus(const Words& words);
  void dbusServiceName(const Words& words);
  void netNamespace(const Words& words);
  void instanceName(const Words& words);
  void usePidDirectory(const Words& words);
  void dataUseInstance(const Words& words);
  void dynamicInterfaces(const Words& words);
  void vmacPrefix(const Words& words);
  void vmacAddressPrefix(const Words& words);
  void randomSeed(const Words& words);
  void wordList(const Words& words);
  void itemList(const Words& words);
  void needsParameter(const Words& words);
  void ignored(const Words& words);
  void vrrpIsConfigured(const Words& words);

  // config_static.cpp
  void staticAddresses(const Words& words);
  void staticRoutes(const Words& words);
  void staticRules(const Words& words);
  void syncGroup(const Words& words);
  void syncGroupMembers(const Words& words);
  void garpGroup(const Words& words);
  void garpGroupInterval(const Words& words);
  void garpGroupNaInterval(const Words& words);
  void garpGroupInterface(const Words& words);
  void garpGroupInterfaces(const Words& words);

  // config_instance.cpp
  void instance(const Words& words);
  void instanceEnd();
  void interface(const Words& words);
  void state(const Words& words);
  void vrid(const Words& words);
  void priority(const Words& words);
  void advertInterval(const Words& words);
  void version(const Words& words);
  void nativeIpv6(const Words& words);
  void sourceAddress(const Words& words);
  void unicastPeers(const Words& words);
  void virtualAddresses(const Words& words);
  void excludedAddresses(const Words& words);
  void virtualRoutes(const Words& words);
  void virtualRules(const Words& words);
  void useVmac(const Words& words);
  void useIpvlan(const Words& words);
  void transmitOnBase(const Words& words);
  void useVmacForAddresses(const Words& words);
  void nopreempt(const Words& words);
  void preempt(const Words& words);
  void strictMode(const Words& words);
  void authenticationType(const Words& words);
  void authenticationPassword(const Words& words);
  void garpDelay(const Words& words);
  void garpRepeat(const Words& words);
  void garpRefresh(const Words& words);
  void garpRefreshRepeat(const Words& words);
  void noVirtualAddress(const Words& words);
  void notifyScript(const Words& words);
  void trackInterfaces(const Words& words);

 private:
  struct DraftVip {
    core::Vip vip;
    bool usesVmac = false;  ///< its own `use_vmac`, since 2.2.0
    bool possible = true;   ///< false: counts for keepalived, but never reaches the kernel
  };

  int readAsParent(const std::string& path);
  void takeGlobals(Builder& parent);

  /// What keepalived keeps about an instance beyond what is of interest outside.
  struct Draft {
    core::Instance instance;
    std::string file;
    int line = 0;
    bool hasFamily = false;
    bool hasVersion = false;
    bool hasPriority = false;
    bool startsAsMaster = false;
    bool hasSourceAddress = false;
    bool usesMacvlan = false;
    bool usesIpvlan = false;
    bool transmitsOnBase = false;
    std::string mac;  ///< of its VMACs, in lower case; empty: the one that its VRID gives, since 2.2.0
    bool namedVmac = false;
    bool vmacForAddresses = false;
    bool strictGiven = false;
    bool strict = false;
    bool hasUnicastPeers = false;
    bool needsNoVip = false;
    std::chrono::microseconds advertInterval{0};  ///< 0: not given
    std::vector<DraftVip> vips;
    std::vector<DraftVip> excluded;
  };

  // config_vip.cpp
  std::optional<DraftVip> readVip(const Words& words, bool isStatic);
  bool isDuplicate(const Draft& d, const DraftVip& vip, bool excluded);

  // config_complete.cpp
  void complete();
  void completeInstance(Draft& draft);
  void chooseVersion(Draft& draft);
  void checkMinimum(Draft& draft) const;
  void moveExcess(Draft& draft);
  void choosePriority(Draft& draft);
  void chooseAdvertInterval(Draft& draft);
  void chooseInterfaces(Draft& draft);
  void takeVmac(Draft& draft);
  void chooseLaterInterface(Draft& draft, DraftVip& vip);
  std::string& vmacOn(const std::string& base, const Draft& draft, core::Family family);
  void checkVmacNames();
  std::string freeVmacName(const std::string& prefix, const Draft& draft, core::Family family);
  void checkUniqueVrids();
  void checkSockets();
  void joinSyncGroups();
  void finishAnnouncement(Draft& draft) const;

  Draft& draft();
  bool exists(const std::string& interface) const;
  void problem(core::Problem::Severity severity, const std::string& text);
  void refuse(const std::string& text) const;
  void doubt(Draft& draft);
  void routeBlock(const Words& words, const std::function<void(const Words&)>& each);
  bool takeFamily(Draft& draft, core::Family family);
  void skipInstance();
  void missingInterface(const std::string& name);
  void nameVmac(Draft& draft, const std::string& name);
  void dropTakenName(Draft& draft);
  static bool isInterfaceName(const std::string& name);
  static std::string addressPart(const std::string& word);

  void joinGarpGroup(const std::string& interface);

  struct GarpGroup {
    std::optional<std::chrono::microseconds> arp;
    std::optional<std::chrono::microseconds> na;
    std::set<std::string> interfaces;
  };

  const ReadOptions& options_;
  FileSource& files_;
  core::Configuration result_;
  std::vector<Draft> drafts_;
  std::vector<GarpGroup> garpGroups_;
  core::AnnounceSettings announce_;
  std::pair<std::chrono::microseconds, std::chrono::microseconds> globalIntervals_{0, 0};  ///< ARP, NA
  bool dynamicInterfaces_ = false;
  bool hasMissingInterface_ = false;  ///< since 2.0.0 keepalived ends for it, once all is read
  int globalVersion_ = 2;
  bool globalStrict_ = false;
  bool hasVmacPrefix_ = false;
  std::string vmacPrefix_ = "vrrp";
  std::string vmacAddressPrefix_;
  ScopeNames scopes_;
  RouteNames routeNames_;
  bool allUncertain_ = false;
  std::vector<core::Problem> parentProblems_;
  std::set<std::string> takenNames_;
  std::map<std::pair<std::string, std::string>, std::string> vmacs_;  ///< name by base interface and what its MAC says
  bool vrrpConfigured_ = false;                                       ///< there is something that a VRRP process is for
  const Draft* completing_ = nullptr;  ///< whose lines a Refused of the completion is about
  Parser parser_;
};

/// All keywords of the VRRP process of a version. config_keywords.cpp
Block rootBlock(const Grammar& grammar);

/// What the parent process does with the same root keywords: it reads what is its own and skips all other blocks.
Block parentBlock(const Grammar& grammar);

/// The decimal numbers of keepalived, by version: strtoul with all its tolerance before 2.0.7, the whole
/// word and within its limits since.
/// `tolerant`: text behind the number is let pass with a warning.
std::optional<unsigned long> readUnsigned(const Grammar& grammar, const std::string& word, unsigned long least,
                                          unsigned long most, bool tolerant);

}  // namespace guardian::keepalived
