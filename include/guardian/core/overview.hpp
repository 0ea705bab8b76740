// The picture at one moment, for people: plain data that the core hands out and no rule of it ever reads.
// The adapters make dates of the Instants. Nothing in here counts time, so that it only changes when something happens.
#pragma once

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "guardian/core/action.hpp"
#include "guardian/core/decider.hpp"
#include "guardian/core/pause.hpp"

namespace guardian::core {

/// What a VIP went through since the guardian first saw it.
struct VipPast {
  std::uint64_t losses = 0;
  std::uint64_t reinstated = 0;  ///< put back by us
  Duration outage{};             ///< unserved time of all finished incidents
  struct Last {
    Instant at{};
    std::optional<Duration> outage;  ///< empty: it is not back
    std::string remover;             ///< as IncidentReport has it
    std::string trigger;
    std::string incident;
  };
  std::optional<Last> last;
};

struct VipOverview {
  IpAddress address;
  std::uint8_t prefixLength = 0;
  std::string interface;
  bool present = false;
  bool held = false;              ///< missing, and a /32 stands in for it
  bool hostOwned = false;         ///< put there by another hand than keepalived's
  std::optional<Instant> goneAt;  ///< of a master's address that is missing
  VipPast past;
};

/// How a role became known.
enum class RoleSource : std::uint8_t {
  Nothing,
  Answer,     ///< keepalived said so when asked
  Installed,  ///< it was seen putting its addresses there
  Removed,    ///< it was seen taking them off
  Farewell,   ///< its last advert, seen leaving
  Gone,       ///< its process has ended
  Interface   ///< its interface was removed or replaced
};

enum class Standing : std::uint8_t { Unguarded, Doubt, Guarded };  ///< as Epoch::State

/// Another node that claimed the same virtual router.
struct PeerOverview {
  std::string address;
  int priority = 0;
  Instant since{};     ///< of its claim; another one's, or another priority, starts it anew
  bool heard = false;  ///< still, when something was last looked at
};

struct InstanceOverview {
  std::string name;
  std::uint8_t vrid = 0;
  Family family = Family::IPv4;
  std::string interface;
  int priority = 0;
  bool nopreempt = false;
  PolicyKind policy = PolicyKind::Reinstate;
  bool understood = true;
  Role role = Role::Unknown;
  RoleSource source = RoleSource::Nothing;
  Instant roleSince{};                          ///< as far as we know
  Instant roleKnownAt{};                        ///< age of the evidence
  std::chrono::microseconds transitionDate{0};  ///< keepalived's own, wall clock; 0: it has not said it of this role
  std::uint64_t transitions = 0;
  Standing standing = Standing::Unguarded;
  bool mute = false;       ///< says MASTER and sends nothing
  bool unguarded = false;  ///< says MASTER, and lastingly nothing may be added for it
  std::string waiting;     ///< of an open incident: for what
  std::string drift;       ///< in what the file on disk differs from what is in force
  std::optional<PeerOverview> peer;
  std::vector<std::string> strangers;  ///< a sentence each: who else claims what this node has
  std::vector<VipOverview> vips;
};

/// One incident as last told. `report.outcome` of one that still goes on is what its opening entry said.
struct IncidentOverview {
  IncidentReport report;
  Instant toldAt{};
  bool over = true;
};

constexpr std::size_t kOutcomes = 6;

/// Since the guardian's first start in this boot; a later life goes on with them.
struct Counters {
  std::array<std::uint64_t, kOutcomes> incidents{};  ///< that are over, by Outcome
  std::uint64_t losses = 0;
  std::uint64_t reinstated = 0;
  std::uint64_t additionsFailed = 0;
  std::uint64_t announcements = 0;
  std::uint64_t questions = 0;  ///< to keepalived
  std::uint64_t unanswered = 0;
  std::uint64_t eventsLost = 0;  ///< times the kernel's notifications overran
  std::uint64_t restarts = 0;    ///< of keepalived, ordered by us
  std::uint64_t rivals = 0;      ///< times that another master, or one that would be, was told
  std::uint64_t claims = 0;      ///< of others to our addresses, while this node was master
  /// Outages of addresses, by their length: the last has no bound.
  static constexpr std::array<Duration, 6> kBounds{std::chrono::milliseconds(1),   std::chrono::milliseconds(10),
                                                   std::chrono::milliseconds(100), std::chrono::seconds(1),
                                                   std::chrono::seconds(10),       std::chrono::seconds(60)};
  std::array<std::uint64_t, kBounds.size() + 1> outages{};
  Duration outage{};  ///< their sum
};

struct Overview {
  bool running = false;  ///< keepalived
  bool silent = false;   ///< it does not answer
  Version version{};
  bool answersItself = false;  ///< to the loss of an address, so that we only look on
  PolicyKind policy = PolicyKind::Reinstate;
  bool busLost = false;
  std::optional<Pause> paused;
  std::vector<InstanceOverview> instances;
  std::deque<IncidentOverview> incidents;  ///< the last ones, oldest first
  Counters counters;
};

}  // namespace guardian::core
