// A system bus of the test's own, where keepalived's clients expect one; and somebody who speaks there.
#pragma once

#include <systemd/sd-bus.h>

#include <csignal>
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
  /// With the policy that a system has, and ours; the other one is laxer than any.
  struct Ours {};
  explicit Bus(Ours);

  /// Takes no more part in anything, and says nothing either.
  void freeze() const { daemon_.signal(SIGSTOP); }

 private:
  explicit Bus(const std::string& policy);
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
  /// Orders it from the guardian, and waits for no answer.
  void order(const char* destination, const char* method);
  /// Waits for the answer; the error, or nothing.
  std::string ask(const char* destination, const char* method);
  /// Whether somebody has this name.
  bool sees(const std::string& name);

 private:
  std::vector<std::string> names();
  void send(const char* destination, std::uint32_t state);

  Handle<sd_bus, sd_bus_flush_close_unref> bus_;
};

/// Hears the guardian's signals of this interface. Throws what fails.
class Listener {
 public:
  explicit Listener(const std::string& interface);
  /// Waits for it: "PATH INTERFACE PROPERTY", or "PATH InterfacesAdded OBJECT".
  bool hears(const std::string& news);
  /// What has come is taken.
  void listen();
  const std::string& all() const { return heard_; }
  void forget() { heard_.clear(); }
  bool heard(const std::string& part) const { return heard_.find(part) != std::string::npos; }

 private:
  static int take(sd_bus_message* message, void* heard, sd_bus_error*);

  Handle<sd_bus, sd_bus_flush_close_unref> bus_;
  std::string heard_;  ///< a line each
};

/// Stands in for systemd: takes that one call, and tells everybody of the job from beginning to end. Ends with the
/// object.
class Manager {
 public:
  /// As systemd words them: "RestartUnit", ...; "done", "failed", ...
  Manager(const std::string& method, const std::string& result);

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
