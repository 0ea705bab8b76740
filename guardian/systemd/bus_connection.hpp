// A connection to the system bus that is kept: waited for while there is no bus yet (early boot), opened anew when it
// was lost (a restart of dbus). Nothing here ever waits.
//
// Owned by who speaks on it; attached to the loop.
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <string>
#include <vector>

#include "guardian/util/handle.hpp"
#include "systemd/event_loop.hpp"

namespace guardian::systemd {

using BusSlot = Handle<sd_bus_slot, sd_bus_slot_unref>;
using BusSlots = std::vector<BusSlot>;
using BusMessage = Handle<sd_bus_message, sd_bus_message_unref>;

class BusConnection {
 public:
  /// Both are called from within the connection's own callbacks; what is in slots() goes a little after `lost`.
  BusConnection(EventLoop& loop, EventLoop::Priority priority, std::function<void()> connected,
                std::function<void()> lost);
  ~BusConnection();
  BusConnection(const BusConnection&) = delete;
  BusConnection& operator=(const BusConnection&) = delete;

  bool up() const { return up_; }
  sd_bus* raw() const { return bus_.get(); }
  /// For what is to end with this connection.
  BusSlots& slots() { return slots_; }

 private:
  /// Not sd_bus_flush_close_unref(): that waits for a bus that hangs.
  static sd_bus* release(sd_bus* bus) {
    sd_bus_close(bus);
    return sd_bus_unref(bus);
  }
  static int onConnected(sd_bus_message* message, void* self, sd_bus_error*) noexcept;
  static int onDisconnected(sd_bus_message* message, void* self, sd_bus_error*) noexcept;
  static int onRetry(sd_event_source* source, std::uint64_t now, void* self) noexcept;

  void open();
  void close();
  void retryLater();

  EventLoop& loop_;
  EventLoop::Priority priority_;
  std::function<void()> connected_;
  std::function<void()> lost_;
  Handle<sd_bus, release> bus_;
  BusSlots slots_;  // after the bus that they point into
  EventSource retry_;
  bool up_ = false;
};

}  // namespace guardian::systemd
