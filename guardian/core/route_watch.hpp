// The Decider's memory of virtual routes and rules; its rules about them stand in routes.cpp (what came and went) and
// route_repair.cpp (putting back, taking back, telling).
//
// The same safety as for addresses: only inside an epoch, only what was seen there in that epoch, only with an answer
// of keepalived's that was asked for after the loss, noted in the ledger before it is made, and gone again as soon as
// the instance turns out not to be master. None of it reaches into the rules for addresses: after each event the routes
// look at what these have made of it.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "guardian/core/event.hpp"

namespace guardian::core {

struct RouteWatch {
  VirtualRoute config;
  std::vector<std::size_t> owners;    ///< instances; wanted while any of them is in an epoch
  std::optional<RouteRecord> record;  ///< the kernel's own, from while it was there
  Instant presentSince{};
  bool present = false;
  /// The kernel may have dropped it, or its preferred source, without a word. Adding it tells.
  bool suspect = false;
  /// Was there in this epoch. Nothing else is put back.
  bool seen = false;
  bool hostOwned = false;  ///< stands while its owners are not master: not keepalived's to lose

  // While it is missing:
  bool blocked = false;
  std::uint32_t removerPort = 0;
  Instant goneAt{};
  Instant answerAfter{};  ///< evidence must have been asked for at or after this
  Instant askedAt = Instant::min();
  Attempts attempts;

  // What we did:
  int ownAdditions = 0;  ///< acknowledged, their notifications still to come
  std::optional<Instant> unverifiedSince;
  Instant removeNot{};  ///< before then
  int refusals = 0;     ///< in a row, of our removal
  bool ledger = false;
  bool adding = false;
  bool removing = false;

  // Its part in the incident of its first owner:
  bool lost = false;
  int timesLost = 0;
  Duration outage{};
};

struct RouteIncident {
  Instant since{};
  Instant lastChange{};
  std::set<std::uint32_t> ports;  ///< who removed
  int ifindex = 0;
  bool duringNetworkd = false;
  bool byUs = false;
  bool openReported = false;
  std::string waiting;
};

struct RouteBook {
  std::vector<RouteWatch> watches;
  std::map<std::size_t, RouteIncident> incidents;  ///< by instance
  std::map<std::size_t, std::string> withdrawn;    ///< by instance: why; still to be told
  std::map<RouteForm, bool> inherited;             ///< of a former life, what has not been taken over yet
  struct Orphan {
    std::optional<Instant> again;  ///< the kernel refused
    int refusals = 0;
  };
  std::map<RouteForm, Orphan> orphans;  ///< ours, being removed, and no watch's
  RouteInterest interest;
  std::set<std::string> toldStrange;  ///< lines that are not understood
  bool listing = false;               ///< the first list of this interest is still to come
};

}  // namespace guardian::core
