// The history of a world in words.
#include <cstdio>

#include "core/simulator/fake_daemon.hpp"
#include "guardian/core/wording.hpp"
#include "guardian/util/overloaded.hpp"

namespace guardian::simulator {

using namespace core;

void Chronicle::say(Instant now, std::size_t node, const std::string& what) {
  if (!wanted) return;
  char at[48];
  std::snprintf(at, sizeof at, "%13.6f  node %zu  ",
                std::chrono::duration<double>(now.time_since_epoch()).count() - 1000, node + 1);
  text += at + what + "\n";
}

std::string describe(const AddressKey& key) {
  return toString(key.address) + "/" + std::to_string(key.prefixLength) + " on " + std::to_string(key.ifindex);
}

namespace {

std::string from(Origin origin) { return " through " + std::to_string(origin.portId); }

std::string text(const Advert& advert) {
  return "router " + std::to_string(advert.vrid) + ", priority " + std::to_string(advert.priority) + ", from " +
         toString(advert.source);
}

std::string text(const Answer& answer) {
  static const char* const roles[] = {"?", "MASTER", "BACKUP", "FAULT", "another state"};
  std::string out;
  for (const InstanceClaim& claim : answer.instances)
    out += " " + claim.instance.name + " " + roles[static_cast<int>(claim.role)] + " since " +
           std::to_string(claim.lastTransition.count());
  return out;
}

}  // namespace

std::string describe(const Event& event) {
  return std::visit(
      Overloaded{
          [](const AddressAppeared& e) {
            return "appeared " + describe(e.record.key) + (e.record.isSecondary() ? " secondary" : "") + from(e.origin);
          },
          [](const AddressVanished& e) { return "vanished " + describe(e.record.key) + from(e.origin); },
          [](const LinkChanged& e) {
            return "link " + std::to_string(e.link.ifindex) + (e.link.up && e.link.carrier ? " usable" : " down");
          },
          [](const LinkVanished& e) { return "link " + std::to_string(e.ifindex) + " vanished"; },
          [](const EventsLost&) { return std::string("events lost"); },
          [](const Snapshot& e) { return "snapshot of " + std::to_string(e.addresses.size()); },
          [](const AddDone& e) {
            return "added " + describe(e.key) +
                   (e.existed      ? ": existed"
                    : e.error != 0 ? ": error " + std::to_string(e.error)
                                   : "");
          },
          [](const RemoveDone& e) { return "removed " + describe(e.key) + (e.existed ? "" : ": was not there"); },
          [](const KeepalivedStarted& e) { return "keepalived runs, process " + std::to_string(e.process.pid); },
          [](const KeepalivedGone&) { return std::string("keepalived is gone"); },
          [](const Answered& e) { return "answer " + std::to_string(e.request) + ":" + text(e.answer); },
          [](const AskFailed& e) { return "asking failed: " + e.why; },
          [](const RoleHinted& e) {
            return "hint, VRID " + std::to_string(e.vrid) + " is " + std::to_string(static_cast<int>(e.role));
          },
          [](const ForeignAdvert& e) { return "foreign advert, " + text(e.advert); },
          [](const OwnAdvert& e) { return "own advert, " + text(e.advert); },
          [](const UnitChanged& e) {
            return std::string(e.unit == Unit::Keepalived ? "keepalived" : "networkd") + ".service: state " +
                   std::to_string(static_cast<int>(e.state));
          },
          [](const JobQueued& e) {
            return std::string("job queued for ") + (e.unit == Unit::Keepalived ? "keepalived" : "networkd");
          },
          [](const JobFinished& e) {
            return std::string("job done for ") + (e.unit == Unit::Keepalived ? "keepalived" : "networkd");
          },
          [](const LinkSetupChanged& e) { return "link setup " + std::to_string(static_cast<int>(e.state)); },
          [](const NetworkdName& e) {
            return std::string(e.present ? "networkd's name is there" : "networkd's name is gone");
          },
          [](const BusConnected&) { return std::string("bus connected"); },
          [](const BusLost&) { return std::string("bus lost"); },
          [](const Remembered& e) { return "remembered " + std::to_string(e.ledger.addresses.size()) + " addresses"; },
          [](const VerifyRequested&) { return std::string("a look is wanted"); },
          [](const TimerFired&) { return std::string("timer"); },
          [](const Stopping&) { return std::string("stopping"); },
          [](const auto&) { return std::string("..."); }},
      event);
}

std::string describe(const Action& action) {
  static const char* const kinds[] = {"process",      "added",        "confirmed",  "gone",
                                      "epoch opened", "epoch closed", "base known", "base forgotten"};
  return std::visit(
      Overloaded{
          [](const Remember& a) {
            const auto kind = static_cast<std::size_t>(a.note.kind);
            return std::string("remember ") + (kind < sizeof kinds / sizeof *kinds ? kinds[kind] : "?") +
                   (a.note.key.ifindex != 0 ? " " + describe(a.note.key) : " " + a.note.epoch.instance.name);
          },
          [](const AddAddress& a) { return "ADD " + describe(a.record.key); },
          [](const RemoveAddress& a) { return "REMOVE " + describe(a.key); },
          [](const TakeSnapshot&) { return std::string("take a snapshot"); },
          [](const AskKeepalived& a) { return "ask " + std::to_string(a.request); },
          [](const Announce& a) { return "announce " + toString(a.address); },
          [](const IncidentReport& a) { return "say: " + describe(a); },
          [](const Notice& a) { return "say: " + a.text; }, [](const SetStatus& a) { return "status: " + a.text; },
          [](const ArmTimer&) { return std::string("arm the timer"); }, [](const auto&) { return std::string("..."); }},
      action);
}

}  // namespace guardian::simulator
