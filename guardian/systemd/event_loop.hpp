// The one loop: sd-event behind callbacks that cannot throw into C.
//
// Owned by the composition root. Callbacks that throw end the loop with a failure, and systemd starts us anew:
// a daemon that does not know its state must not go on adding addresses.
#pragma once

#include <systemd/sd-event.h>

#include <csignal>
#include <cstdint>
#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>

#include "guardian/core/kernel.hpp"
#include "guardian/util/handle.hpp"

namespace guardian::systemd {

using EventSource = Handle<sd_event_source, sd_event_source_unref>;

class EventLoop {
 public:
  /// Blocks SIGTERM, SIGINT, SIGHUP and SIGUSR1 and makes the first two end run(). Throws std::system_error.
  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  using Callback = std::function<void()>;

  /// Lower numbers go first. netlink must precede the bus: a loss is not to wait for its own explanation.
  enum Priority { kUrgent = -100, kNormal = 0, kLate = 100 };

  /// Calls back while `fd` is readable. The returned source lives until the loop ends or remove().
  using Watch = void*;
  Watch addReadable(int fd, Priority priority, Callback callback);
  void remove(Watch watch);
  /// Does not look at it for so long, however much there is to read.
  void rest(Watch watch, core::Duration length);

  /// One timer of CLOCK_MONOTONIC; arming it again replaces the former time.
  void onTimer(Callback callback);
  void armTimer(core::Instant at);

  /// For what may wait until nothing else is to be done. Arming it while it is armed, or after the end, changes
  /// nothing.
  void onLater(Callback callback);
  void armLater(core::Duration delay);

  /// Once after armIdle(), when nothing else is to be done; the loop does not sleep before that. After the end: never.
  void onIdle(Callback callback);
  void armIdle();

  /// SIGHUP.
  void onHangup(Callback callback) { onSignalOf(hangup_, SIGHUP, std::move(callback)); }
  /// SIGUSR1.
  void onUserSignal(Callback callback) { onSignalOf(userSignal_, SIGUSR1, std::move(callback)); }

  core::Instant now() const;
  sd_event* raw() const { return event_.get(); }

  /// Until a signal or quit(). Returns the exit code; rethrows what a callback threw.
  int run();
  void quit(int code) { sd_event_exit(event_.get(), code); }
  /// For adapters whose C callbacks meet an exception: ends run(), which rethrows it.
  void failWith(std::exception_ptr failure);

 private:
  bool ended() const;

  struct Slot {
    EventLoop* loop = nullptr;
    Callback callback;
    EventSource source;
    EventSource restEnd;
  };
  static int call(Slot* slot) noexcept;
  void onSignalOf(Slot& slot, int signal, Callback callback);
  static int onReadable(sd_event_source*, int, std::uint32_t, void* slot) noexcept {
    return call(static_cast<Slot*>(slot));
  }
  static int onRestEnd(sd_event_source*, std::uint64_t, void* slot) noexcept {
    return sd_event_source_set_enabled(static_cast<Slot*>(slot)->source.get(), SD_EVENT_ON);
  }
  static int onTime(sd_event_source*, std::uint64_t, void* slot) noexcept { return call(static_cast<Slot*>(slot)); }
  static int onReady(sd_event_source*, void* slot) noexcept { return call(static_cast<Slot*>(slot)); }
  static int onSignal(sd_event_source*, const struct signalfd_siginfo*, void* slot) noexcept {
    return call(static_cast<Slot*>(slot));
  }

  Handle<sd_event, sd_event_unref> event_;
  std::list<std::unique_ptr<Slot>> slots_;
  Slot timer_;
  Slot later_;
  Slot idle_;
  Slot hangup_;
  Slot userSignal_;
  std::exception_ptr failure_;
};

}  // namespace guardian::systemd
