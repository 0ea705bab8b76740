// What keepalived is configured to do, and what it says of itself: plain data that the readers in
// guardian/keepalived/ fill in and the core judges by. No reader knows the core's rules and no rule
// knows a file format; this header is where they meet.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guardian/core/advert.hpp"
#include "guardian/core/route.hpp"

namespace guardian::core {

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;
};
inline bool operator<(const Version& a, const Version& b) {
  return std::tie(a.major, a.minor, a.patch) < std::tie(b.major, b.minor, b.patch);
}
inline bool operator==(const Version& a, const Version& b) { return !(a < b) && !(b < a); }

/// The role keepalived claims for an instance. Other covers every state that is neither (INIT, the
/// `State = 4` of a 1.3.9 reload, words of versions to come): never a reason to act.
enum class Role : std::uint8_t { Unknown, Master, Backup, Fault, Other };

/// One virtual address as keepalived means it. What its source did not say stays empty: a text dump, for
/// one, prints no flags, and the kernel fills in a label that nobody configured.
struct Vip {
  IpAddress address;
  std::uint8_t prefixLength = 32;      ///< 0 to 32 or 128; always resolved, also where a dump omits it
  std::string interface;               ///< the device it stands on: `dev`, the VMAC, or the instance's interface
  std::string label;                   ///< empty: none configured
  std::optional<std::uint8_t> scope;   ///< kernel number; IPv4 only
  std::optional<IpAddress> broadcast;  ///< IPv4 only
  std::optional<IpAddress> peer;       ///< keepalived >= 2.0
  std::uint32_t flags = 0;             ///< IFA_F_* bits asked for by the configuration
  bool deprecated = false;             ///< installed with preferred lifetime 0 (IPv6 /128)
  bool noTrack = false;                ///< keepalived >= 2.0 ignores the loss of this one
  bool excluded = false;               ///< from virtual_ipaddress_excluded: not in adverts
  /// Preferred lifetime in seconds where the configuration names one (IPv6, keepalived >= 2.0.20); empty:
  /// keepalived's default, forever, or 0 for a /128.
  std::optional<std::uint32_t> preferredLifetime;
};

/// When and how often keepalived announces. Zero repeat or refresh means it does not.
struct AnnounceSettings {
  int repeat = 5;                         ///< rounds of one burst
  std::chrono::milliseconds delay{5000};  ///< from the first burst to the second
  std::chrono::milliseconds refresh{0};   ///< between refreshes; 0: none
  int refreshRepeat = 1;
  std::chrono::microseconds arpInterval{0};  ///< least time between two ARPs on one interface
  std::chrono::microseconds naInterval{0};   ///< the same for neighbour advertisements
};

struct Instance {
  std::string name;
  std::uint8_t vrid = 0;
  Family family = Family::IPv4;
  std::string interface;  ///< the one named in the configuration
  std::string vmac;       ///< the macvlan or ipvlan on top of it; empty: none
  int priority = 100;
  std::chrono::milliseconds advertInterval{1000};
  bool nopreempt = false;
  bool startsAsMaster = false;  ///< `state MASTER`: claims it at once when it starts
  bool ipvlan = false;          ///< what `vmac` names is an ipvlan
  bool unicast = false;
  std::vector<Vip> vips;  ///< in configuration order; excluded ones at the end
  AnnounceSettings announce;
  std::size_t virtualRoutes = 0;
  std::size_t virtualRules = 0;
  std::vector<VirtualRoute> routes;  ///< both of them, as the configuration has them; a dump only counts them
  int vrrpVersion = 2;
  Authentication authentication;
  std::vector<IpAddress> unicastPeers;
  std::string syncGroup;   ///< whose members change their role together; empty: in none
  bool understood = true;  ///< false: the reader is not sure, so never act on it
};

/// A finding of a reader, for a person.
struct Problem {
  enum class Severity : std::uint8_t { Note, Warning, Error };
  Severity severity = Severity::Warning;
  std::string file;
  int line = 0;      ///< 1-based; 0: the file as a whole
  std::string text;  ///< one sentence: what keepalived does with it
};

struct SyncGroup {
  std::string name;
  std::vector<std::string> members;  ///< instance names as written, whether they exist or not
};

/// What is said once for the whole of keepalived.
struct GlobalSettings {
  std::string netNamespace;  ///< keepalived moves itself into this one; empty: none
  std::string instanceName;  ///< `instance`: part of pid file and dump names; empty: none
  bool usePidDirectory = false;
  bool dataUseInstance = false;  ///< keepalived >= 2.2.3: the dump's name has namespace and instance in it
  bool dbus = false;
  std::string dbusServiceName = "org.keepalived.Vrrp1";
  std::string notifyFifo;      ///< empty: none
  std::string vrrpNotifyFifo;  ///< empty: none
  std::string defaultInterface = "eth0";
};

/// What a configuration says.
struct Configuration {
  bool accepted = true;  ///< false: keepalived does not start with it, so nothing below is in force
  GlobalSettings globals;
  std::vector<Instance> instances;
  std::vector<SyncGroup> syncGroups;
  std::vector<Vip> staticAddresses;
  std::vector<VirtualRoute> staticRoutes;  ///< and rules, as they stand in their blocks
  std::vector<Problem> problems;
};

/// One instance of a dump: the configuration in force, and the claim.
struct InstanceClaim {
  Instance instance;
  Role role = Role::Unknown;
  /// `Last transition`, wall clock since the epoch. On 1.3.9 it moves when VIPs are installed, one advert
  /// interval after the role says MASTER.
  std::chrono::microseconds lastTransition{0};
};

/// What keepalived answered when asked.
struct Answer {
  std::vector<InstanceClaim> instances;
  std::vector<Problem> problems;
  /// keepalived's files were, after it had been asked, as they were when they were last read: what no dump names (the
  /// root blocks) is as they say. False: not known.
  bool filesUnchanged = false;
};

}  // namespace guardian::core
