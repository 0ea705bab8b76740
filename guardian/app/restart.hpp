// A restart of keepalived, or a stop, from beginning to end: its configuration is read and tested, systemd does it, and
// what is left of the old one is ended.
#pragma once

#include <functional>
#include <optional>

#include "guardian/core/event.hpp"
#include "keepalived/config_test.hpp"
#include "keepalived/process.hpp"
#include "systemd/bus_watch.hpp"
#include "systemd/event_loop.hpp"

namespace guardian::app {

class Restart {
 public:
  using Sink = std::function<void(const core::Event&)>;

  Restart(systemd::EventLoop& loop, Sink sink) : loop_(loop), sink_(std::move(sink)) {}

  /// Ends in one RestartDone. One at a time: another one takes its place.
  void begin(const keepalived::Running& running, systemd::BusWatch* bus);
  void stop(const keepalived::Running& running, systemd::BusWatch* bus);
  /// After our own stop.
  void start(systemd::BusWatch* bus) { order(bus, systemd::UnitJob::Start); }
  /// systemd has done it. Its unit's KillMode may have left the old VRRP process alive, which would go on as a second
  /// master: that one process is killed. True if there was one.
  bool endOldProcess();

 private:
  void takeTest(systemd::BusWatch* bus);
  bool mayTouch(const keepalived::Running& running);
  void order(systemd::BusWatch* bus, systemd::UnitJob job);
  void give(const std::string& why) { sink_(core::RestartDone{why}); }

  systemd::EventLoop& loop_;
  Sink sink_;
  std::optional<keepalived::ConfigTest> test_;
  systemd::EventLoop::Watch watch_ = nullptr;
  std::optional<keepalived::Process> old_;
};

}  // namespace guardian::app
