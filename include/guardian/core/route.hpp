// Routes and routing rules, as plain values: what keepalived is configured to install beside an instance's addresses,
// and what the kernel knows of them.
//
// The kernel is the best witness of the exact form, with its metrics, next hops and flags. So a record carries the
// kernel's own words, which are sent back unchanged to restore or to remove exactly that; only the few members that
// the judgement reads are told apart.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "guardian/core/address.hpp"

namespace guardian::core {

enum class RouteKind : std::uint8_t { Route, Rule };

/// `length` 0: any destination or source.
struct Prefix {
  IpAddress address;
  std::uint8_t length = 0;
};
inline bool operator==(const Prefix& a, const Prefix& b) { return a.length == b.length && a.address == b.address; }

/// The body of the kernel's message, without what only it may say (counters, the state of the link). Opaque to all but
/// the netlink adapter.
struct RouteForm {
  RouteKind kind = RouteKind::Route;
  std::string bytes;
};
inline bool operator==(const RouteForm& a, const RouteForm& b) { return a.kind == b.kind && a.bytes == b.bytes; }
inline bool operator<(const RouteForm& a, const RouteForm& b) {
  return std::tie(a.kind, a.bytes) < std::tie(b.kind, b.bytes);
}

constexpr std::uint8_t kUnicast = 1;  ///< RTN_UNICAST of a route, FR_ACT_TO_TBL of a rule
constexpr std::uint32_t kMainTable = 254;

struct RouteRecord {
  RouteForm form;
  Family family = Family::IPv4;
  std::uint32_t table = 0;  ///< of a rule: where it leads to; 0: nowhere
  Prefix to;
  Prefix from;
  std::uint32_t priority = 0;
  std::uint8_t tos = 0;
  std::uint8_t protocol = 0;
  std::uint8_t type = kUnicast;  ///< of a rule: its action
  // Of a route:
  std::optional<IpAddress> gateway;
  std::optional<IpAddress> preferredSource;
  std::vector<int> ifindexes;  ///< where it leads out: several of a multipath route, none of a blackhole
  bool multipath = false;
  // Of a rule:
  std::string inInterface;
  std::string outInterface;
  std::uint32_t mark = 0;
};

/// Whether both stand in the same place of the kernel's tables. An IPv6 route may lose its preferred source with that
/// address and go on without.
inline bool sameRoute(const RouteRecord& a, const RouteRecord& b) {
  const auto place = [](const RouteRecord& r) {
    return std::tie(r.form.kind, r.family, r.table, r.to, r.from, r.priority, r.tos, r.protocol, r.type, r.gateway,
                    r.ifindexes, r.inInterface, r.outInterface, r.mark);
  };
  return place(a) == place(b) && (a.family == Family::IPv6 || a.preferredSource == b.preferredSource);
}

/// One line of virtual_routes or virtual_rules, as far as it tells which of the kernel's is meant. What the line leaves
/// open is empty.
struct VirtualRoute {
  RouteKind kind = RouteKind::Route;
  std::string text;  ///< as written
  Family family = Family::IPv4;
  std::uint32_t table = kMainTable;  ///< of a rule: 0 where it does not lead to one
  Prefix to;
  Prefix from;
  std::optional<std::uint32_t> priority;
  std::optional<std::uint8_t> tos;
  std::optional<std::uint8_t> protocol;
  std::uint8_t type = kUnicast;
  std::optional<IpAddress> gateway;
  std::optional<IpAddress> preferredSource;
  std::string outInterface;
  bool multipath = false;
  std::string inInterface;
  std::optional<std::uint32_t> mark;
  bool noTrack = false;    ///< keepalived >= 2.0 ignores the loss of this one
  bool understood = true;  ///< false: never act on it
};
inline bool operator==(const VirtualRoute& a, const VirtualRoute& b) {
  return std::tie(a.kind, a.text, a.table, a.understood) == std::tie(b.kind, b.text, b.table, b.understood);
}

/// What is to be heard of. All else is dropped before it costs anything: a host may have a million routes that are not
/// keepalived's.
struct RouteInterest {
  std::set<std::uint8_t> protocols;
  std::set<std::pair<Family, std::uint32_t>> tables;  ///< of routes
  bool rules = false;

  bool empty() const { return tables.empty() && !rules; }
};
inline bool operator==(const RouteInterest& a, const RouteInterest& b) {
  return a.protocols == b.protocols && a.tables == b.tables && a.rules == b.rules;
}

}  // namespace guardian::core
