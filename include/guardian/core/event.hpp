// Facts, in the past tense. Every one may arrive late or twice; what they mean is the Decider's affair.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "guardian/core/advert.hpp"
#include "guardian/core/kernel.hpp"
#include "guardian/core/ledger.hpp"
#include "guardian/core/model.hpp"
#include "guardian/core/pause.hpp"
#include "guardian/core/route.hpp"
#include "guardian/core/settings.hpp"

namespace guardian::core {

// One fact a line.
// clang-format off

// ---- the kernel ----
struct AddressAppeared { AddressRecord record; Origin origin; };   ///< also sent for a change
struct AddressVanished { AddressRecord record; Origin origin; };
struct LinkChanged { LinkRecord link; };
struct LinkVanished { int ifindex = 0; };
struct EventsLost {};                                              ///< the socket overran: our picture is stale
/// The whole truth at one moment. It overrules all that deltas said before.
struct Snapshot { std::vector<LinkRecord> links; std::vector<AddressRecord> addresses; };
/// Who owns a socket, as far as it can be known; empty strings where it cannot.
struct SocketIdentified { std::uint32_t portId = 0; std::string process; std::string unit; };
/// networkd's socket, found in the kernel's table (0: not found). PID 1 may have made it: no process id.
struct NetworkdSocketFound { std::uint32_t portId = 0; };
// Of routes and rules, only those of WatchRoutes:
struct RouteAppeared { RouteRecord record; Origin origin; };
struct RouteVanished { RouteRecord record; Origin origin; };
struct RoutesLost {};                                              ///< as EventsLost
struct RoutesListed { std::vector<RouteRecord> routes; };          ///< as Snapshot

// ---- what our own orders brought ----
struct AddDone { AddressKey key; int error = 0; bool existed = false; };  ///< error: errno, 0 if it is there now
struct RemoveDone { AddressKey key; int error = 0; bool existed = true; };  ///< existed false: it was not there
struct RouteAddDone { RouteForm form; int error = 0; bool existed = false; };
struct RouteRemoveDone { RouteForm form; int error = 0; };

struct RestartDone { std::string why; };  ///< or stop, or start; empty: systemd has done it; else why not

// ---- keepalived ----
/// A VRRP process was found that we did not know; all that was believed of its predecessor is void.
struct KeepalivedStarted { ProcessId process; Version version; Configuration configuration; };
struct KeepalivedGone {};
struct ConfigurationRead { Configuration configuration; };          ///< anew, after a reload
struct ConfigurationEdited { Configuration configuration; };        ///< and not reloaded, as far as we know
struct Answered { std::uint64_t request = 0; Answer answer; };
struct AskFailed { std::uint64_t request = 0; std::string why; };
/// Somebody tells of a role: on the bus, in a FIFO, by a notify script. It names the instance, or, as a path on D-Bus does,
/// the other three. A reason to ask keepalived, and to be careful until it has answered; never a proof.
struct RoleHinted {
  Role role = Role::Unknown;
  std::string source;     ///< in words: "D-Bus"
  std::string instance;
  std::string interface;  ///< with '_' for all that is neither letter nor digit
  std::uint8_t vrid = 0;
  Family family = Family::IPv4;
};

// ---- the wire ----
struct ForeignAdvert { Advert advert; };                            ///< received
struct OwnAdvert { Advert advert; };                                ///< seen leaving, while WatchAdverts is in force
struct ForeignClaim { Claim claim; };                               ///< to an address of WatchClaims
struct AdvertsUnwatchable { int ifindex = 0; };                     ///< there can be no tap: its silence means nothing

// ---- systemd ----
enum class Unit : std::uint8_t { Keepalived, Networkd };
enum class ActiveState : std::uint8_t { Unknown, Active, Reloading, Inactive, Failed, Activating, Deactivating };
struct UnitChanged { Unit unit; ActiveState state; bool jobPending = false; };
struct JobQueued { Unit unit; };
struct JobFinished { Unit unit; };
struct NetworkdName { bool present = false; };                     ///< org.freedesktop.network1 on the bus
enum class LinkSetup : std::uint8_t { Other, Configuring, Configured, Unmanaged };
struct LinkSetupChanged { int ifindex = 0; LinkSetup state = LinkSetup::Other; };
/// Who made networkd do it; empty: nobody that can be seen.
struct InstigatorFound { std::string name; };
struct BusConnected {};
struct BusLost {};

/// What a former life of ours left behind. Comes first of all, before the first snapshot.
struct Remembered { Ledger ledger; };
struct SettingsChanged { Settings settings; };
/// Maintenance begins, changes or ends (unset).
struct PauseChanged { std::optional<Pause> pause; };
/// Somebody wants all that is believed to be looked at anew.
struct VerifyRequested {};
/// A hint that time has passed; the Decider compares `now` itself.
struct TimerFired {};
/// We are asked to end.
struct Stopping {};

// clang-format on

using Event =
    std::variant<AddressAppeared, AddressVanished, LinkChanged, LinkVanished, EventsLost, Snapshot, SocketIdentified,
                 NetworkdSocketFound, RouteAppeared, RouteVanished, RoutesLost, RoutesListed, AddDone, RemoveDone,
                 RouteAddDone, RouteRemoveDone, KeepalivedStarted, KeepalivedGone, ConfigurationRead,
                 ConfigurationEdited, Answered, AskFailed, RoleHinted, ForeignAdvert, OwnAdvert, ForeignClaim,
                 AdvertsUnwatchable, UnitChanged, JobQueued, JobFinished, NetworkdName, LinkSetupChanged,
                 InstigatorFound, BusConnected, BusLost, Remembered, RestartDone, SettingsChanged, PauseChanged,
                 VerifyRequested, TimerFired, Stopping>;

}  // namespace guardian::core
