// The daemon's shell on the virtual clock: events in, orders carried out, notes kept, as guardian/app/ does it. It
// can be stalled, deafened and killed, also between any two orders.
#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "core/simulator/fake_keepalived.hpp"
#include "guardian/core/decider.hpp"

namespace guardian::simulator {

class Judge;

/// What happened, for reading; and its fingerprint, for comparing.
struct Chronicle {
  bool wanted = false;
  std::string text;
  std::uint64_t print = 0xcbf29ce484222325ULL;

  void say(Instant now, std::size_t node, const std::string& what);
  void mix(std::uint64_t value) { print = (print ^ value) * 0x100000001b3ULL; }
};

class FakeDaemon {
 public:
  enum class DeathPoint : std::uint8_t { None, InNote, AfterNote, AfterAdd };

  FakeDaemon(Agenda& agenda, FakeKernel& kernel, FakeKeepalived& keepalived, std::size_t node, const Setup& setup,
             std::uint64_t seed, Judge& judge, Chronicle& chronicle);

  /// How its keepalived is restarted, through its unit.
  void onRestart(std::function<void()> restart) { restart_ = std::move(restart); }

  void begin();
  void die();
  void dieAt(DeathPoint point) { deathPoint_ = point; }
  void stopCleanly();
  void jumpClock(Duration by);
  void stall(Duration length);
  void loseEvents(Duration length);
  void refuseOrders(Duration length) { refusedUntil_ = agenda_.now() + length; }

  /// The kernel says something: it arrives in its order, after a moment.
  void notify(const core::Event& event);
  /// Somebody else says something, now.
  void deliver(const core::Event& event, Instant dumpedAt = {});

  bool alive() const { return life_ != 0; }
  Instant clock() const { return now(); }
  bool stalled() const { return agenda_.now() < stalledUntil_; }
  bool taps(int ifindex) const { return tapped_ == ifindex; }
  std::uint64_t steps() const { return steps_; }

 private:
  static constexpr std::uint32_t kOwnPort = 0x00400007;

  void dispatch(const core::Event& event, Instant dumpedAt);
  void perform(const core::Action& action);
  void addAddress(const core::AddressRecord& record);
  void removeAddress(const core::AddressKey& key);
  void remember(const core::LedgerNote& note);
  void askKeepalived(std::uint64_t request);
  void armTimer();
  void restartKeepalived();
  bool refused(const core::AddressKey& key);
  Instant now() const { return agenda_.now() + clockAhead_; }
  core::Decider newDecider() const;
  void later(Duration delay, core::Event event, Instant dumpedAt = {});

  Agenda& agenda_;
  FakeKernel& kernel_;
  FakeKeepalived& keepalived_;
  std::size_t node_;
  Setup setup_;
  Chance chance_;
  Judge& judge_;
  Chronicle& chronicle_;
  std::function<void()> restart_;
  core::Decider decider_;
  core::Ledger ledger_;
  core::Actions actions_;
  std::deque<core::Event> inbox_;
  unsigned life_ = 0;  ///< 0 while dead; what was on its way to a former life is lost
  unsigned lives_ = 0;
  DeathPoint deathPoint_ = DeathPoint::None;
  Duration clockAhead_{};
  Instant stalledUntil_{};
  Instant refusedUntil_{};
  Instant netlinkAt_{};
  bool dropping_ = false;
  int tapped_ = 0;
  std::optional<Instant> alarm_;
  std::uint64_t alarms_ = 0;
  std::uint64_t steps_ = 0;
};

std::string describe(const core::AddressKey& key);
/// One line a person can follow.
std::string describe(const core::Action& action);
std::string describe(const core::Event& event);

}  // namespace guardian::simulator
