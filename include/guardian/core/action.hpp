// Orders, in the imperative. The composition root carries them out in the order given; what they bring back
// returns as events.
#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::core {

// One order a line.
// clang-format off

/// To be on disk before the next order is carried out.
struct Remember { LedgerNote note; };
/// Never replaces: an address that stands already counts as success (AddDone::existed).
struct AddAddress { AddressRecord record; };
struct RemoveAddress { AddressKey key; };
struct TakeSnapshot {};
/// From now on these are told of as they come and go; empty: none.
struct WatchRoutes { RouteInterest interest; };
/// Not needed: only where the kernel can do it without listing every route that the host has.
struct ListRoutes { bool needed = true; };
struct RememberRoute { RouteNote note; };  ///< as Remember
struct AddRoute { RouteForm form; };
struct RemoveRoute { RouteForm form; };
/// Makes the neighbours of a subnet reachable while none of its addresses is there. Of all routes to them the last.
struct AddLinkRoute { int ifindex = 0; Prefix subnet; };
struct RemoveLinkRoute { int ifindex = 0; Prefix subnet; };
/// Ask the running keepalived for its instances. The answer must have been begun after this order.
struct AskKeepalived { std::uint64_t request = 0; };
/// One gratuitous ARP (request and reply form) or one unsolicited neighbour advertisement.
struct Announce { int ifindex = 0; IpAddress address; std::array<std::uint8_t, 6> mac{}; bool router = false; };
/// Ask the neighbours who has this address. No claim of ours: for IPv4 the question has no sender.
struct Probe { int ifindex = 0; IpAddress address; Mac mac{}; IpAddress source; };
/// Hear who says on that wire that he has one of these. For good, so it must cost nothing while nobody does. Empty: no more.
struct WatchClaims { int ifindex = 0; std::vector<IpAddress> addresses; };
/// See our own adverts leave. A tap taxes every packet of its interface: never in force for long.
struct WatchAdverts { int ifindex = 0; };
struct StopWatchingAdverts { int ifindex = 0; };
/// networkd is about to act, and whoever asked it to may be gone soon.
struct FindInstigator {};
struct IdentifySocket { std::uint32_t portId = 0; };
/// Through its unit, and only if it is active. Whether it worked comes back.
struct RestartKeepalived {};
/// What it has heard of the others on these interfaces has to be heard without it.
struct StopKeepalived { std::set<int> interfaces; };
struct StartKeepalived {};  ///< after a stop of ours that helped nobody
struct ArmTimer { Instant at; };  ///< there is one timer; a new order replaces the old

// clang-format on

// ---- what we say ----

/// One VIP's part in an incident.
struct LossRecord {
  IpAddress address;
  std::uint8_t prefixLength = 0;
  std::string interface;
  Duration outage{};  ///< time unserved, summed over all losses of the incident
  int timesLost = 1;
  Instant lostAt{};          ///< the last time
  std::uint32_t portId = 0;  ///< of the socket behind that; 0: not known
  bool back = false;
  bool held = false;   ///< a /32 stood in for it for a part of that, which is not counted
  int reinstated = 0;  ///< times that we put it back
};

/// The same of a virtual route or rule.
struct RouteLossRecord {
  std::string name;  ///< "virtual route 203.0.113.0/24 via 192.0.2.50 table 100", as keepalived is configured
  Duration outage{};
  int timesLost = 1;
  bool back = false;
};

enum class Outcome : std::uint8_t {
  Open,        ///< still missing after a while: an opening entry
  Repaired,    ///< put back and confirmed
  Returned,    ///< somebody else put it back; nothing was left for us to do
  Withdrawn,   ///< put back, then taken back for want of confirmation
  HandedOver,  ///< the node is no longer master: not ours to repair
  Observed,    ///< policy or version says hands off
};

/// The steps of a repair, as far as they were taken.
struct Timeline {
  Instant noticed{};                 ///< the first loss
  std::optional<Instant> decided;    ///< to put something back, first
  std::optional<Instant> added;      ///< the last of what we put back
  std::optional<Instant> announced;  ///< first
  std::optional<Instant> verified;   ///< by keepalived, last
};

/// One journal entry about one incident.
struct IncidentReport {
  std::string id;  ///< the same in all entries of one incident
  std::string instance;
  Timeline timeline;
  std::vector<LossRecord> losses;
  std::vector<RouteLossRecord> routes;  ///< instead of addresses
  std::string remover;                  ///< "systemd-networkd.service"; empty: unknown
  bool removerInferred = false;
  std::string trigger;   ///< "restarted by apt-daily-upgrade.service"; empty: none seen
  std::string evidence;  ///< why we believed what we believed
  std::string waiting;   ///< Open: for what
  Outcome outcome = Outcome::Open;
};

/// Anything else worth a line; at most once per change of condition.
struct Notice {
  enum class Kind : std::uint8_t {
    KeepalivedFound,
    KeepalivedGone,
    InstanceTaken,
    InstanceLeft,
    BusLost,
    BusBack,
    EventsLost,
    RankMended,
    Restarting,
    Restarted,
    SettingsRead,
    Paused,
    Resumed,
    Stale,
    Stranger,
    Fight,
    GivenUp,
    HandedOver,
    Unserved,
    Doubt,
    Failure
  };
  Kind kind;
  std::string text;
  std::string instance;
};

/// What `systemctl status` shows in one line.
struct SetStatus {
  std::string text;
};

using Action =
    std::variant<Remember, AddAddress, RemoveAddress, TakeSnapshot, WatchRoutes, ListRoutes, RememberRoute, AddRoute,
                 RemoveRoute, AddLinkRoute, RemoveLinkRoute, AskKeepalived, Announce, Probe, WatchClaims, WatchAdverts,
                 StopWatchingAdverts, FindInstigator, IdentifySocket, RestartKeepalived, StopKeepalived,
                 StartKeepalived, ArmTimer, IncidentReport, Notice, SetStatus>;
using Actions = std::vector<Action>;

}  // namespace guardian::core
