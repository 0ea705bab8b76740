#include "systemd/event_loop.hpp"

#include <sys/epoll.h>

#include <cstdlib>
#include <system_error>

namespace guardian::systemd {
namespace {

void check(int result, const char* doing) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), doing);
}

std::uint64_t microseconds(core::Instant at) {
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count();
  return since > 0 ? static_cast<std::uint64_t>(since) : 0;
}

}  // namespace

EventLoop::EventLoop() {
  sd_event* event = nullptr;
  check(sd_event_new(&event), "making the event loop");
  event_.reset(event);
  sigset_t blocked;
  sigemptyset(&blocked);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGUSR1}) sigaddset(&blocked, signal);
  ::sigprocmask(SIG_BLOCK, &blocked, nullptr);
  for (const int signal : {SIGTERM, SIGINT})
    check(sd_event_add_signal(event, nullptr, signal, nullptr, nullptr), "watching for signals");
  // Follows WATCHDOG_USEC; without it this does nothing.
  check(sd_event_set_watchdog(event, 1), "starting the watchdog");
}

EventLoop::~EventLoop() = default;

int EventLoop::call(Slot* slot) noexcept {
  try {
    slot->callback();
    return 0;
  } catch (...) {
    slot->loop->failWith(std::current_exception());
    return 0;
  }
}

void EventLoop::failWith(std::exception_ptr failure) {
  if (!failure_) failure_ = std::move(failure);
  sd_event_exit(event_.get(), EXIT_FAILURE);
}

EventLoop::Watch EventLoop::addReadable(int fd, Priority priority, Callback callback) {
  auto slot = std::make_unique<Slot>();
  slot->loop = this;
  slot->callback = std::move(callback);
  sd_event_source* source = nullptr;
  check(sd_event_add_io(event_.get(), &source, fd, EPOLLIN, &EventLoop::onReadable, slot.get()),
        "watching a descriptor");
  slot->source.reset(source);
  check(sd_event_source_set_priority(source, priority), "ranking a descriptor");
  slots_.push_back(std::move(slot));
  return slots_.back().get();
}

void EventLoop::remove(Watch watch) {
  slots_.remove_if([watch](const auto& slot) { return slot.get() == watch; });
}

void EventLoop::rest(Watch watch, core::Duration length) {
  Slot& slot = *static_cast<Slot*>(watch);
  if (slot.restEnd == nullptr) {
    sd_event_source* source = nullptr;
    check(sd_event_add_time(event_.get(), &source, CLOCK_MONOTONIC, 0, 1, &EventLoop::onRestEnd, &slot),
          "making a timer");
    slot.restEnd.reset(source);
    check(sd_event_source_set_priority(source, kUrgent), "ranking a timer");
  }
  check(sd_event_source_set_enabled(slot.source.get(), SD_EVENT_OFF), "resting a descriptor");
  check(sd_event_source_set_time(slot.restEnd.get(), microseconds(now() + length)), "arming a timer");
  check(sd_event_source_set_enabled(slot.restEnd.get(), SD_EVENT_ONESHOT), "arming a timer");
}

void EventLoop::onTimer(Callback callback) {
  timer_.loop = this;
  timer_.callback = std::move(callback);
  sd_event_source* source = nullptr;
  // Accuracy 1 ms: the default of 250 ms would let a back-off of 50 ms become one of 300.
  check(sd_event_add_time(event_.get(), &source, CLOCK_MONOTONIC, 0, 1000, &EventLoop::onTime, &timer_),
        "making a timer");
  timer_.source.reset(source);
  check(sd_event_source_set_enabled(source, SD_EVENT_OFF), "making a timer");
}

void EventLoop::armTimer(core::Instant at) {
  check(sd_event_source_set_time(timer_.source.get(), microseconds(at)), "arming the timer");
  check(sd_event_source_set_enabled(timer_.source.get(), SD_EVENT_ONESHOT), "arming the timer");
}

void EventLoop::onSignalOf(Slot& slot, int signal, Callback callback) {
  slot.loop = this;
  slot.callback = std::move(callback);
  sd_event_source* source = nullptr;
  check(sd_event_add_signal(event_.get(), &source, signal, &EventLoop::onSignal, &slot), "watching for a signal");
  slot.source.reset(source);
}

void EventLoop::onIdle(Callback callback) {
  idle_.loop = this;
  idle_.callback = std::move(callback);
  sd_event_source* source = nullptr;
  check(sd_event_add_defer(event_.get(), &source, &EventLoop::onReady, &idle_), "making an idle task");
  idle_.source.reset(source);
  check(sd_event_source_set_priority(source, kLate), "ranking an idle task");
  check(sd_event_source_set_enabled(source, SD_EVENT_OFF), "making an idle task");
}

/// sd-event refuses to arm what will never run.
bool EventLoop::ended() const { return sd_event_get_state(event_.get()) == SD_EVENT_FINISHED; }

void EventLoop::armIdle() {
  if (ended()) return;
  check(sd_event_source_set_enabled(idle_.source.get(), SD_EVENT_ONESHOT), "arming an idle task");
}

void EventLoop::onLater(Callback callback) {
  later_.loop = this;
  later_.callback = std::move(callback);
  sd_event_source* source = nullptr;
  check(sd_event_add_time(event_.get(), &source, CLOCK_MONOTONIC, 0, 1000, &EventLoop::onTime, &later_),
        "making a timer");
  later_.source.reset(source);
  check(sd_event_source_set_priority(source, kLate), "ranking a timer");
  check(sd_event_source_set_enabled(source, SD_EVENT_OFF), "making a timer");
}

void EventLoop::armLater(core::Duration delay) {
  if (ended()) return;
  int enabled = SD_EVENT_OFF;
  check(sd_event_source_get_enabled(later_.source.get(), &enabled), "looking at a timer");
  if (enabled != SD_EVENT_OFF) return;
  check(sd_event_source_set_time(later_.source.get(), microseconds(now() + delay)), "arming a timer");
  check(sd_event_source_set_enabled(later_.source.get(), SD_EVENT_ONESHOT), "arming a timer");
}

core::Instant EventLoop::now() const { return std::chrono::steady_clock::now(); }

int EventLoop::run() {
  const int code = sd_event_loop(event_.get());
  if (failure_) std::rethrow_exception(failure_);
  check(code, "running the event loop");
  return code;
}

}  // namespace guardian::systemd
