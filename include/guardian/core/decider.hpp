// All judgement of the daemon: facts and the time in, orders out. No I/O, no clock, no logging; the same events
// at the same instants give the same orders.
//
// Owned by the composition root, used on its one thread. It learns its own sockets' port id at construction so
// that it can tell its own changes from others'.
#pragma once

#include <memory>

#include "guardian/core/action.hpp"
#include "guardian/core/event.hpp"
#include "guardian/core/settings.hpp"

namespace guardian::core {

struct Overview;

class Decider {
 public:
  /// `ownPort`: the port id of the socket that carries AddAddress and RemoveAddress.
  Decider(Settings settings, std::uint32_t ownPort);
  ~Decider();
  Decider(Decider&&) noexcept;
  Decider& operator=(Decider&&) noexcept;

  /// Appends to `out`. `now` must never go back.
  void handle(const Event& event, Instant now, Actions& out);

  /// The picture for people, as of the last event.
  Overview overview() const;
  /// Another number than before: overview() may be another one, too.
  std::uint64_t revision() const;
  /// Goes on with the counters and incidents of a former life. Before the first event.
  void recall(const Overview& former);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace guardian::core
