// The invariants of the core, in one place. A Judge sits beside a simulated world. It knows two things: the truth
// (what each keepalived really is, who really installed each address) and what each guardian has been told. A
// guardian is judged only by what was delivered to it; the host is judged by the truth.
//
//   1  Epoch.      Nothing is added for an instance unless keepalived's own installation of it was told of (seen, or
//                  answered for), nor after contrary evidence that was told later: another role, a removal by
//                  keepalived itself, silence, the process gone, the interface replaced, the unit changing, a farewell
//                  or a stronger claim on the wire, an unanswered weaker one, anybody's word that it is not master.
//   2  Taken back. What a guardian added is gone within 10 ms of delivered contrary evidence, and within 150 ms
//                  unless keepalived owns it and has confirmed it; a former life's additions likewise, from
//                  the beginning of the new life. A /32 that holds the fort, which keepalived never takes over, is gone
//                  within 650 ms of the end of mastership where nothing tells of that, and when all is calm. Where the
//                  kernel refuses, it is asked again within 1.1 s, as often as it takes.
//   3  Back.       Once all is calm, each address of a master is there, if a guardian could know of its installation
//                  (saw it; or heard of it twice, a window apart, on 1.3.9), or the operator was told to restart.
//                  Told of lost notifications, it looks at everything at once.
//   4  Foreign.    Nothing else is ever added; what is added equals what keepalived installed; nothing that others
//                  installed is removed, directly or by the kernel as a consequence, unless to put it back at once;
//                  base addresses keep their rank, or the operator was told why not; so does the first of the virtual
//                  addresses of a subnet of their own. What the host owns itself, at
//                  priority 255, is left alone.
//                  (An addition that a dead guardian saw no acknowledgement of may be taken for its own.)
//   5  Observing.  Under the policy to observe, and beside a keepalived that answers losses itself, nothing is added.
//   6  Same.       The same events at the same instants give the same orders.
//   7  Absent.     Once all is calm, no node has an address that it would not have without guardians, unless keepalived
//                  is master there and owns it; and each has the base addresses that it would have.
//   8  Twice.      No two nodes have an address because of a guardian, beyond the limits of 2. The time within them is
//                  counted.
//  10  Budget.     keepalived is restarted only where a setting allows it, at most so often within an hour, over all
//  lives
//                  of a guardian; never where the policy is to observe, and never while its unit is changing.
//  11  Root.      Of keepalived's root blocks nothing is added but what stood there under an answer of this process's
//  and
//                 was not removed by it, with an answer written after the loss was told; it is gone again as in 2
//                 unless an answer confirms it; and once all is calm, what was known so is there.
//   9  Storm.      One event never leads to an endless chain of orders.
//
// Each is held by
//   test_simulator.cpp   at every step of random histories; 6 and 7 by playing a history twice
//   mutants/table        its mutants there: the core broken in the place that keeps it, which it alone has to notice
//   test/lab/run --all   real nodes, whose addresses are watched from outside:
//      1  master-window, hung-keepalived, interface-recreated, forged-dump, failover
//      2  kill-child, guardian-killed-mid-repair, failover-during-loss, demoted-during-loss
//      3  all where something is lost and node1 stays master; after lost notifications: netlink-flood, netlink-overflow
//      4  the same: every attribute, base address and route is as before
//      5  as-it-is-delete, as-it-is-restart
//      7  keepalived-stop, failover, takeover-during-repair
//      8  all traps, by both nodes' events and by ARP: stop-races-restart, takeover-during-repair, ...
//   test_epoch.cpp, test_attribution.cpp, test_known_model.cpp   1, in single steps
#pragma once

#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/simulator/fake_daemon.hpp"
#include "core/simulator/fake_networkd.hpp"

namespace guardian::simulator {

constexpr Duration kAfterContrary = std::chrono::milliseconds(10);
constexpr Duration kAfterSilence = std::chrono::milliseconds(150);
constexpr Duration kFortAfterSilence = std::chrono::milliseconds(650);
constexpr Duration kAfterRefusal = std::chrono::milliseconds(1100);  ///< what the kernel refused is tried again by then

struct Violation {
  int invariant = 0;
  std::string text;
};

class Judge {
 public:
  Judge(const Agenda& agenda, const Setup& setup);
  void attach(const FakeKernel& kernel, const FakeKeepalived& keepalived, const FakeNetworkd& networkd,
              const FakeDaemon& daemon);

  // ---- what a guardian is told and does ----
  void lifeBegan(std::size_t index, const core::Ledger& left);
  void heard(std::size_t index, const core::Event& event, Instant dumpedAt);
  void ordered(std::size_t index, const core::Action& action);
  void added(std::size_t index, const core::AddressKey& key, int error);
  /// On whose behalf an addition is: a base address is only put back where an order took it along.
  Hand handBehind(std::size_t index, const core::AddressKey& key) const;
  /// The kernel would not do as it was told.
  void refused(std::size_t index, const core::AddressKey& key);
  void removing(std::size_t index, const core::AddressKey& key);
  void removed(std::size_t index);
  void settled(std::size_t index);
  /// A death that took a note along: what it said is not known any more.
  void forgot(std::size_t node);
  void storm(std::size_t node) { accuse(9, node, "the orders do not end"); }

  /// After each step.
  void look();
  /// At the end, when all has been calm for long.
  void atRest();

  /// That a base address stands behind a virtual one, where the kernel does not promote.
  bool toldOfRank(std::size_t node) const { return nodes_[node].toldOfRank; }
  const std::optional<Violation>& violation() const { return violation_; }
  Duration twice() const { return twice_; }
  Duration longestStay() const { return longest_; }
  std::uint64_t additions() const { return additions_; }
  std::uint64_t restarts() const { return restarts_; }

 private:
  /// What a guardian has been told of one instance.
  struct Belief {
    bool supported = false;
    std::string contrary = "nothing was ever told";
    Instant contraryAt{};  ///< told
    Instant contraryOf{};  ///< true: answers that were written before do not count against it
    Instant supportedAt{};
    bool notMaster = false;  ///< the contrary evidence says so; silence, for one, does not
    Instant proof{};         ///< when keepalived last wrote an answer that arrived and said MASTER
    Instant installing{};    ///< when it was last seen at it
    Instant foreignAt{};     ///< the last claim of another node
    core::IpAddress foreignSource;
    Instant contestedSince{};
    bool outranked = false;
  };
  /// An address that stands only because of a guardian, and that nobody answers for.
  struct Stay {
    Instant since{};
    bool owned = false;  ///< by keepalived, in truth
    Instant disownedAt{};
    bool seen = false;
    bool twice = false;
  };
  /// What a guardian was last told of an address.
  struct Shown {
    std::uint32_t created = 0;  ///< the kernel's stamp
    Instant at{};
  };
  /// What a guardian has been told of the root blocks; see invariants_root.cpp.
  struct Root {
    std::vector<core::Vip> statics;
    bool running = false;
    Instant goneAt{};                               ///< the process, as told
    Instant dumpedAt{};                             ///< the last answer; 0: none, or it has failed since
    std::set<core::AddressKey> standing;            ///< as told
    std::set<core::AddressKey> known;               ///< stood there under an answer, and keepalived has not removed it
    std::set<core::AddressKey> behind;              ///< keepalived's, when one of these is removed
    std::set<core::AddressKey> cameBehind;          ///< a base address of its subnet, when it was added
    std::map<core::AddressKey, Instant> lostAt;     ///< told
    std::map<core::AddressKey, Instant> confirmed;  ///< until when an answer speaks for what was added
  };
  struct Node {
    const FakeKernel* kernel = nullptr;
    const FakeKeepalived* keepalived = nullptr;
    const FakeNetworkd* networkd = nullptr;
    const FakeDaemon* daemon = nullptr;
    std::vector<Belief> beliefs;
    core::ProcessId process;  ///< keepalived's, as a guardian knows it, or a former life of its
    bool unitChanging = false;
    bool unitStopping = false;
    bool unitJob = false;
    int ifindex = 2;
    std::map<core::AddressKey, Stay> stays;
    std::map<std::int64_t, Instant> heardOf;    ///< installations, by keepalived's date: when first confirmed
    std::set<std::int64_t> advertised;          ///< those of which an own advert was seen leaving
    std::set<std::int64_t> known;               ///< those that a guardian could know for certain
    std::set<std::string> told;                 ///< instances whose operator was told to restart keepalived
    std::set<core::AddressKey> countedAsBase;   ///< by a guardian, of this life or a former one
    bool toldOfRank = false;                    ///< where the kernel does not promote
    std::set<core::AddressKey> unacknowledged;  ///< additions; what a former life left of them as well
    std::vector<core::AddressKey> owed;         ///< keepalived's own, taken off to mend the order
    std::vector<core::AddressKey> foreign;      ///< what others have, before an order
    std::map<core::AddressKey, Shown> shown;
    std::map<core::AddressKey, Instant> refusedAt;  ///< by the kernel, last
    bool presumptuous = false;                      ///< the address that it is adding is neither a VIP nor owed
    std::vector<Instant> restarts;                  ///< of its keepalived by a guardian
    bool mustLook = false;                          ///< told that notifications were lost, and has not looked yet
    Root root;
  };

  void accuse(int invariant, std::size_t node, const std::string& text);
  void support(Belief& belief);
  void contradict(Belief& belief, bool notMaster, const std::string& why);
  void contradictAll(Node& node, bool notMaster, const std::string& why);
  void installationHeard(Node& node, std::size_t instance, std::int64_t date, Instant dumpedAt);
  void answered(Node& node, const core::Answer& answer, Instant dumpedAt);
  void ownAdvert(Node& node, const core::Advert& advert);
  void foreignAdvert(Node& node, const core::Advert& advert);
  void hinted(Node& node, const core::RoleHinted& hint);
  std::vector<std::size_t> ownersOf(const core::AddressKey& key) const;
  core::AddressKey meant(const core::AddressKey& key) const;
  bool isKeepaliveds(const Node& node, const core::AddressKey& key, core::Origin origin) const;
  std::string objection(const Node& node, const core::AddressKey& key) const;
  void restarted(std::size_t index);
  void checkRecord(std::size_t node, const core::AddressRecord& record);
  std::vector<core::AddressKey> othersAddresses(const Node& node) const;
  bool answeredFor(const Node& node, const FakeKernel::Address& address) const;
  static bool goesAnyhow(const Node& node, const FakeKernel::Address& address);
  std::optional<Instant> contraryFor(const Node& node, const core::AddressKey& key) const;
  void judgeOrder(std::size_t index);
  // invariants_root.cpp
  static bool isStatic(const Node& node, const core::AddressKey& key);
  void rootHeard(Node& node, const core::Event& event, Instant dumpedAt);
  void rootShown(Node& node, const core::Snapshot& snapshot);
  static std::string rootObjection(const Node& node, const core::AddressKey& key);
  void rootAtRest(std::size_t index);
  void measure(std::size_t index, const core::AddressKey& key, Stay& stay);

  const Agenda& agenda_;
  Setup setup_;
  std::vector<core::Instance> instances_;
  std::vector<Node> nodes_;
  std::optional<Violation> violation_;
  Duration twice_{};
  Duration longest_{};
  Instant lastLook_{};
  std::uint64_t additions_ = 0;
  std::uint64_t restarts_ = 0;
};

}  // namespace guardian::simulator
