// Those who tell a guardian of roles: keepalived on the bus and its notify scripts, each late, out of order or not
// at all; and, where they may speak as well, liars.
#pragma once

#include <functional>

#include "core/simulator/fake_keepalived.hpp"

namespace guardian::simulator {

class FakeHints {
 public:
  using Receiver = std::function<void(const core::Event&)>;
  FakeHints(Agenda& agenda, const Setup& setup, std::uint64_t seed, Receiver receiver);

  /// keepalived has changed its role, and done all that belongs to it.
  void changed(const FakeKeepalived::Router& router);
  /// A loss makes liars speak.
  void saw(const core::Event& kernelEvent);
  /// No more lies.
  void calmDown() { liars_ = false; }

 private:
  core::RoleHinted lie();
  void lieAgain();

  Agenda& agenda_;
  Setup setup_;
  Chance chance_;
  Receiver receiver_;
  bool bus_;  ///< what is not enabled is silent
  bool liars_;
};

}  // namespace guardian::simulator
