// The Decider's memory, and its rules grouped by what they are about:
//   decider.cpp   which event goes where, and the one timer
//   evidence.cpp  keepalived's process, its answers, its unit; epochs opened, doubted, closed
//   ownership.cpp which addresses keepalived owns; what a former life of ours left behind
//   presence.cpp  links and addresses coming and going; what is a loss
//   hint.cpp      what others tell of roles
//   wire.cpp      adverts: another node's claim, our own keepalived's last word or its silence
//   strangers.cpp who else is master, or answers for our addresses
//   peer.cpp      whether a master's addresses are answered for, seen from a backup
//   routes.cpp, route_repair.cpp  the same for virtual routes and rules
//   root_blocks.cpp  the same for what keepalived has on the host whatever its roles
//   fort.cpp      what stands in for an address that waits for its base address
//   repair.cpp    whether, when and how a missing address is put back; incidents told
//   ladder.cpp    when keepalived is restarted instead
//   stale.cpp     what keepalived has left behind on a node that is not master
//   withdrawal.cpp  taking off what is ours, until it is done
//   history.cpp, overview.cpp  what is remembered for people and the picture that they get; no rule reads it
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/announcements.hpp"
#include "core/attribution.hpp"
#include "core/fort.hpp"
#include "core/history.hpp"
#include "core/inquiry.hpp"
#include "core/kernel_view.hpp"
#include "core/ladder.hpp"
#include "core/networkd_window.hpp"
#include "core/root_blocks.hpp"
#include "core/route_watch.hpp"
#include "core/strangers.hpp"
#include "core/watch.hpp"
#include "guardian/core/decider.hpp"

namespace guardian::core {

constexpr int kAddressOwner = 255;  ///< RFC 5798: the priority of a node whose own addresses the virtual ones are

/// A base address that went longer ago was not taken in the same stroke, and may never return.
constexpr Duration kSameStroke = std::chrono::seconds(10);

/// networkd's burst lasts 0.2 to 0.6 ms; an address put back in its midst may be removed again with the primary.
constexpr Duration kBurstQuiet = std::chrono::milliseconds(5);

/// "MASTER", as keepalived says it.
const char* wordOf(Role role);

struct Decider::State {
  State(Settings s, std::uint32_t ownPort) : settings(std::move(s)), attribution(ownPort) {
    root.config.name = kRootName;
  }

  void dispatch(const Event& event);
  void mindSleep();
  void rearm();

  // decider.cpp
  void on(const TimerFired&);
  void on(const Stopping&);
  void on(const Remembered& fact);
  void on(const NetworkdName& fact) { networkd.nameChanged(fact.present, now); }
  void on(const LinkSetupChanged& fact);
  void on(const InstigatorFound& fact) { networkd.instigatedBy(fact.name); }
  void on(const NetworkdSocketFound& fact) { networkdPort = fact.portId; }
  void on(const SocketIdentified& fact);
  void on(const BusConnected&);
  void on(const BusLost&);

  // evidence.cpp
  void on(const KeepalivedStarted& fact);
  void on(const KeepalivedGone&);
  void on(const ConfigurationRead& fact) {
    configuration = fact.configuration;
    edited.reset();
    fileIsNews = true;
    layOutStatics();
  }
  void on(const ConfigurationEdited& fact) {
    edited = fact.configuration;
    fileIsNews = true;
    ask();
  }
  void on(const Answered& fact);
  void on(const AskFailed& fact);
  void on(const UnitChanged& fact);
  void on(const JobQueued& fact);
  void on(const JobFinished& fact);
  void ask() {
    if (running) inquiry.want(now, *out);
  }
  void keepalivedSlow();
  void keepalivedSilent(const std::string& why);
  void setHold(bool job, ActiveState state);
  bool holding() const;
  bool keepalivedWatches() const;
  void heard(InstanceState& instance, const InstanceClaim& claim, Instant askedAt);
  bool learnInstallers(const InstanceState& instance, Instant askedAt);
  void verify(InstanceState& instance, Instant askedAt);
  void tellEpoch(InstanceState& instance, bool wasOpen, const char* why = nullptr);
  void noteEpoch(InstanceState& instance);
  bool stillOurs(const AddressKey& key, const LedgerEntry& entry) const;
  void forgetAbsent();
  void withdrawInherited(bool confirmedToo);
  void tellUnguarded(InstanceState& instance);

  // hint.cpp
  void on(const RoleHinted& fact);
  void doubt(InstanceState& instance, const Hint& hint);
  void compareWithHint(InstanceState& instance, Instant askedAt);

  // ownership.cpp
  void adopt(const Answer& answer);
  void rebuildWatches(const std::vector<Instance>& wanted);
  void inherit(Watch& watch);
  std::set<int> interfacesOf(const InstanceState& instance) const;
  void resume(InstanceState& instance);
  void tellDrift();

  // presence.cpp
  void on(const AddressAppeared& fact);
  void on(const AddressVanished& fact);
  void on(const LinkChanged& fact);
  void on(const LinkVanished& fact);
  void on(const EventsLost&);
  void on(const Snapshot& fact);
  void setHostOwned(Watch& watch, bool own);
  void findHostOwned(const InstanceState& instance, Instant askedAt);
  void appeared(Watch& watch, const AddressRecord& record, Hand hand, Origin origin);
  bool thereAsOurs(Watch& watch);
  void ownAdditionSeen(Watch& watch, const AddressRecord& record);
  void vanished(Watch& watch, Hand hand, Origin origin);
  void lost(Watch& watch, Hand hand, Origin origin);
  void countLoss(InstanceState& owner, const AddressKey& key, const std::string& interface, Origin origin);
  void identify(std::uint32_t portId);
  void removedByKeepalived(Watch& watch);
  void removedUnknown(const AddressRecord& record);
  void interfacesMoved();
  bool mendsLater(const Watch& watch, const InstanceState* owner);
  void mendRank(const AddressRecord& base);
  void retryRanks();
  void noteBases();
  bool leads(const AddressRecord& record) const;
  bool tookFirstRank(const Watch& watch) const;
  void stepBack(Watch& watch);
  std::vector<AddressRecord> basesBehind(const AddressKey& key) const;

  // wire.cpp
  void on(const ForeignAdvert& fact);
  void on(const OwnAdvert& fact);
  void on(const AdvertsUnwatchable& fact);
  InstanceState* claimed(const Advert& advert);
  bool contested(const InstanceState& instance) const;
  Instant contestedUntil(const InstanceState& instance) const;
  bool outranked(const InstanceState& instance) const;
  static Duration tapLength(const InstanceState& instance);
  static bool needsTap(const InstanceState& instance);
  void openTap(const InstanceState& instance);
  void retryTaps();
  void closeTaps();

  // strangers.cpp
  void on(const ForeignClaim& fact);
  void rivalHeard(InstanceState& instance, const Advert& advert, const std::string& why);
  void tell(InstanceState& instance, Rival& rival, std::string text);
  void claimed(const Watch& watch, const Mac& mac);
  bool isToBeTold(const Watch& watch, const InstanceState& owner, Contender& contender);
  const Rival* rivalOf(const InstanceState& instance) const;
  void askAboutClaims();
  void tellContender(const InstanceState& owner, const Mac& mac, const std::vector<IpAddress>& addresses);
  void mindContenders();
  void mindRivals();
  void mindParted();
  int wireOf(const Watch& watch) const;
  void watchClaims();

  // peer.cpp
  void mindPeers();
  std::vector<const Watch*> unanswered(const InstanceState& instance) const;
  void askFor(const Watch& watch);
  void tellUnanswered(InstanceState& instance, const std::vector<const Watch*>& quiet);

  // repair.cpp
  void on(const AddDone& fact);
  void evaluate(Watch& watch);
  void tellHostLoss(Watch& watch, const InstanceState& owner);
  void evaluatePending();
  struct Obstacle {
    std::string why;
    bool rank = false;  ///< it only waits for its place among the addresses of its subnet
  };
  std::optional<Obstacle> obstacle(Watch& watch, const InstanceState& owner);
  std::optional<Obstacle> outOfRank(const Watch& watch);
  const Watch* leaderOf(const Watch& watch) const;
  const std::vector<std::size_t>& groupOf(const AddressKey& key) const;
  bool hasEvidence(const Watch& watch, const InstanceState& owner);
  void add(Watch& watch);
  bool mayReinstate(const Watch& watch, const InstanceState& owner) const;
  std::string whyObserved(const InstanceState& instance) const;
  InstanceState* openOwner(const Watch& watch);
  void settle(InstanceState& instance);
  void tell(InstanceState& instance, Outcome outcome, std::string evidence);
  struct Trail {
    Instant since;
    const std::set<std::uint32_t>& ports;
    int ifindex;
    bool duringNetworkd;
  };
  static Trail trailOf(const Incident& incident) {
    return {incident.since(), incident.ports(), incident.ifindex(), incident.duringNetworkd};
  }
  void nameRemover(const Trail& trail, IncidentReport& report) const;
  static constexpr const char* kNetworkdUnit = "systemd-networkd.service";
  std::string handBehind(std::uint32_t port) const;

  // fight.cpp
  void tellFight(const Watch& watch);
  bool givenUp(Watch& watch, const InstanceState& owner);
  static void endFight(Watch& watch);
  void endFights();

  // ladder.cpp
  void on(const RestartDone& fact);
  void on(const SettingsChanged& fact);
  void on(const PauseChanged& fact);
  void on(const VerifyRequested&);
  void mindPause();
  PolicyKind policyOf(const InstanceState& instance) const;
  void mindLadder(const Event& event);
  std::optional<RestartCause> causeForRestart() const;
  std::string whyNoRestart(const RestartCause& cause);
  void restartKeepalived(const RestartCause& cause);
  void followRestart();
  void followStop();
  std::set<int> advertInterfaces() const;
  bool allPresent(const InstanceState& instance) const;
  void unserved(const InstanceState& instance);
  void served(const InstanceState& instance);
  std::string describeGaps() const;
  static std::string describe(const RestartCause& cause);

  // stale.cpp
  void mindStale(const Event& event);
  bool isStale(const Watch& watch) const;

  // withdrawal.cpp
  void on(const RemoveDone& fact);
  void disown(Watch& watch);
  void remove(const AddressKey& key);
  void abandon(const AddressKey& key, bool stands);
  void withdraw(Watch& watch);
  void withdrawUnverified(InstanceState& instance, const std::string& why);
  void withdrawLedger(InstanceState& instance, const std::string& why);
  bool basePutBack(const AddDone& fact);
  void refused(const AddressKey& key, const std::string& what);
  void insist();
  bool orderAgain(const AddressKey& key);

  // routes.cpp
  void on(const RouteAppeared& fact);
  void on(const RouteVanished& fact);
  void on(const RoutesLost&);
  void on(const RoutesListed& fact);
  void rebuildRoutes();
  RouteWatch* routeMeant(const RouteRecord& record);
  static bool mayBecome(const RouteWatch& watch);
  void routeAppeared(RouteWatch& watch, const RouteRecord& record);
  void inheritRoutes();
  void withdrawInheritedRoutes();
  void suspectRoutes(const AddressVanished& fact);
  void suspectRoutes(const LinkRecord& link);
  void suspectRoute(RouteWatch& watch, std::uint32_t port);
  void forgetRoutesOver(int ifindex);

  // route_repair.cpp
  void mindRoutes(const Event& event);
  void on(const RouteAddDone& fact);
  void on(const RouteRemoveDone& fact);
  void followEpoch(RouteWatch& watch);
  void verifyRoute(RouteWatch& watch, bool stopping);
  void evaluate(RouteWatch& watch);
  std::optional<std::string> obstacle(RouteWatch& watch, const InstanceState& owner);
  bool mayReinstate(const RouteWatch& watch, const InstanceState& owner) const;
  InstanceState* openOwner(const RouteWatch& watch);
  void add(RouteWatch& watch, InstanceState& owner);
  void withdraw(RouteWatch& watch, const std::string& why);
  void tellWithdrawn();
  void abandon(const RouteForm& form);
  void insistOnRoutes();
  void disown(RouteWatch& watch);
  void routeLost(RouteWatch& watch, std::uint32_t port, Instant at);
  void routeBack(RouteWatch& watch, bool byUs);
  bool settleRoutes(std::size_t index, RouteIncident& incident);
  void tellRoutes(std::size_t index, const RouteIncident& incident, Outcome outcome, std::string evidence);
  static std::string nameOf(const VirtualRoute& route, std::size_t owner);

  // root_blocks.cpp
  InstanceState& ownerOf(std::size_t owner);
  bool isStatic(const AddressKey& key) const;
  void layOutStatics();
  bool missesBase(const AddressKey& key) const;
  bool wentWithBase(const StaticAddress& one) const;
  void place(StaticAddress& one);
  void hearRoot(Instant askedAt, bool filesUnchanged);
  void mindStatics(const Event& event);
  void follow(StaticAddress& one, const Event& event);
  void stands(StaticAddress& one, const AddressRecord& record, bool looked);
  void verify(StaticAddress& one, bool stopping);
  void takeBack(StaticAddress& one, const char* why);
  std::optional<std::string> obstacle(const StaticAddress& one);
  void evaluate(StaticAddress& one);
  bool staticAdded(const AddDone& fact);

  // fort.cpp
  void mindForts(const Event& event);
  void holdTheFort(Watch& watch, InstanceState& owner);
  void bridge(const AddressKey& member);
  void letGo(const AddressKey& vip);
  bool mayStand(const Fort& fort);
  void fortDown(const Fort& fort);
  bool fortAdded(const AddDone& fact);
  bool fortRemoved(const RemoveDone& fact);
  void fortFell(const AddressKey& key);
  void fortSeen(const AddressKey& key);

  // history.cpp
  void remember(const Event& event, std::size_t firstOrder);
  void rememberRoles(const Event& event);
  void remember(IncidentReport& report);
  void rememberLosses(const IncidentReport& report);
  VipPast::Last lastOf(const IncidentReport& report, const LossRecord& loss) const;
  void announced(const Announce& order);
  void recall(const Overview& former);

  // overview.cpp
  Overview overview() const;
  InstanceOverview overviewOf(const InstanceState& instance) const;
  VipOverview overviewOf(const Watch& watch, bool ofMaster) const;
  void addIncident(const Incident& incident, InstanceOverview& shown) const;

  Watch* watchOf(const AddressKey& key);
  std::size_t indexOf(const Watch& watch) const { return static_cast<std::size_t>(&watch - watches.data()); }
  std::size_t indexOf(const InstanceState& one) const { return static_cast<std::size_t>(&one - instances.data()); }
  void wakeAt(Instant at) {
    if (!wake || at < *wake) wake = at;
  }
  void notice(Notice::Kind kind, std::string text, const std::string& instance = {}) {
    out->push_back(Notice{kind, std::move(text), instance});
  }
  void showStatus();

  Settings settings;
  Attribution attribution;
  KernelView view;
  Inquiry inquiry;
  NetworkdWindow networkd;
  Announcements announcements;

  bool running = false;  ///< keepalived's VRRP process is there
  Version version{};
  Configuration configuration;          ///< in force, as far as we know
  std::optional<Configuration> edited;  ///< as it stands on the disk, if that is another one
  bool fileIsNews = false;              ///< what concerns the whole file is still to be compared
  std::string fileDrift;                ///< as told, beside what is told of each instance
  bool silent = false;                  ///< the last question brought no answer
  bool silenceTold = false;
  int silences = 0;
  std::optional<Instant> askAgainAt;
  Instant answeredAt = Instant::min();  ///< the question to the last answer
  bool busLost = false;
  bool unitJob = false;
  ActiveState unitState = ActiveState::Unknown;

  std::vector<InstanceState> instances;
  std::vector<Watch> watches;
  std::map<AddressKey, std::size_t> byKey;
  std::set<std::size_t> pending;  ///< missing watches
  /// IPv4 subnets in which keepalived has several addresses, in the order in which it installs these.
  std::map<AddressKey, std::vector<std::size_t>> groups;

  std::optional<Pause> paused;
  Ladder ladder;
  RouteBook routes;
  InstanceState root;  ///< stands for the root blocks
  std::vector<StaticAddress> statics;
  FortBook fortBook;

  Ledger inherited;  ///< of a former life, what has not been taken over yet
  std::uint32_t networkdPort = 0;
  std::map<std::uint32_t, SocketIdentified> sockets;
  struct Removal {
    Instant at;
    std::uint32_t portId;
  };
  std::map<int, Removal> lastNamedRemoval;  ///< per interface, IPv4: what an IPv6 loss of the same burst borrows

  std::set<AddressKey> notedBases;                   ///< on disk
  std::map<AddressKey, AddressRecord> basesPutBack;  ///< under way, after a removal of ours that takes them along
  std::set<AddressKey> ranksToMend;                  ///< base addresses behind a VIP, once that may be touched
  std::set<AddressKey> misranked;                    ///< base addresses behind a VIP that we can only tell of, and have

  std::set<AddressKey> orphans;  ///< ours, being removed, and no watch's

  /// What the kernel would not do, and must.
  struct Refusal {
    Instant again{};
    Duration pause = std::chrono::milliseconds(20);  ///< the next one
  };
  std::map<AddressKey, Refusal> refusals;

  Instant unclaimedAt = Instant::min();  ///< a claim of another node, or a hint, for no instance that we know

  std::vector<std::pair<IpAddress, std::size_t>> byAddress;  ///< watches, sorted
  std::set<int> wires;                                       ///< where claims to them are heard
  std::map<AddressKey, Contender> contenders;
  Instant claimAskedAt = Instant::min();
  std::map<AddressKey, Instant> answeredOnWire;  ///< by another node; only where peers are probed

  std::map<int, Instant> taps;         ///< by interface: until when its adverts are watched
  std::map<int, Refusal> refusedTaps;  ///< by interface

  History history;

  Instant snapshotAt = Instant::min();  ///< the last look at everything
  std::set<Instant> sweeps;
  std::optional<Instant> wake;
  std::optional<Instant> armed;
  std::string status;

  Instant now{};
  Actions* out = nullptr;
};

}  // namespace guardian::core
