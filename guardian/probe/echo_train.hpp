// Echo requests at a steady pace from an address of this host, also while it is not here: for how long no answer came
// to it is what a client of that address has lost. The requests go out all the time, for the one that is answered tells
// when the address was back, and on the wire; nothing of ours asks for what comes in for an address that is away.
#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"
#include "probe/probe.hpp"

namespace guardian::probe {

class EchoTrain {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds kPace{2};

  /// Of the same family. Takes root: the address may be none of this host's.
  static Result<EchoTrain> start(const Target& source, const Target& to);

  /// Readable when the next request is due, and when there are answers.
  int timer() const { return timer_.get(); }
  int answers() const { return socket_.get(); }
  void send();
  void drain();

  /// When the last of the answered requests was sent.
  std::optional<Clock::time_point> lastAnswered() const;
  /// The longest time between two of these, one after the other.
  Clock::duration longestGap() const;
  /// How many were sent before the last of these, and how many of them nobody answered.
  std::size_t counted() const { return lastAnswered_ + 1; }
  std::size_t lost() const;

 private:
  struct Sent {
    Clock::time_point at;
    bool answered = false;
  };

  EchoTrain() = default;

  Fd socket_;
  Fd timer_;
  bool v6_ = false;
  std::uint16_t id_ = 0;
  std::vector<Sent> sent_;  ///< by sequence
  std::size_t lastAnswered_ = 0;
};

}  // namespace guardian::probe
