// A system bus of the test's own, where keepalived's clients expect one; and somebody who speaks there.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/sandbox.hpp"

namespace guardian::test {

constexpr const char* kVrrpName = "org.keepalived.Vrrp1";

/// Ends with the object.
class Bus {
 public:
  Bus();

 private:
  Child daemon_;
};

/// Says VrrpStatusChange of VRID 51 on v0. Throws what fails.
class Speaker {
 public:
  /// Under this name, if it is not empty.
  explicit Speaker(const std::string& name = kVrrpName);
  void say(std::uint32_t state);
  /// To each connection that there is, past their rules.
  void sayToEach(std::uint32_t state);
  /// Whether somebody has this name.
  bool sees(const std::string& name);

 private:
  std::vector<std::string> names();
  void send(const char* destination, std::uint32_t state);

  Handle<sd_bus, sd_bus_flush_close_unref> bus_;
};

/// Stands in for systemd: takes RestartUnit, and tells everybody of the job from beginning to end. Ends with the
/// object.
class Manager {
 public:
  /// As systemd words it: "done", "failed", ...
  explicit Manager(const std::string& result);

 private:
  Child systemd_;
};

/// Stands in for systemd: has this one timer, which elapses then (microseconds since 1970). Ends with the object.
class TimerManager {
 public:
  TimerManager(const std::string& timer, std::uint64_t elapses);

 private:
  Child systemd_;
};

}  // namespace guardian::test
