// What the system bus says of systemd-networkd and keepalived, as events.
//
// The bus is a help, never a need: it may come late (early boot) or go (a restart of dbus). Then this says
// BusLost once, and goes on trying without blocking anybody. Every call is asynchronous.
//
// Owned by the composition root; attached to its loop.
#pragma once

#include <systemd/sd-bus.h>

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "guardian/core/event.hpp"
#include "guardian/util/handle.hpp"
#include "systemd/event_loop.hpp"

namespace guardian::systemd {

class BusWatch {
 public:
  using Sink = std::function<void(const core::Event&)>;

  BusWatch(EventLoop& loop, Sink sink);
  ~BusWatch();
  BusWatch(const BusWatch&) = delete;
  BusWatch& operator=(const BusWatch&) = delete;

  bool connected() const { return connected_; }

  /// As `systemctl restart keepalived` does it. RestartDone follows when systemd has done it, or cannot.
  void restartKeepalived();

 private:
  // One member function a kind of message; handle<> makes a C callback of it.
  void onConnected(sd_bus_message* message);
  void onDisconnected(sd_bus_message* message);
  void onSystemdOwner(sd_bus_message* message);
  void onReloading(sd_bus_message* message);
  void onNetworkdOwner(sd_bus_message* message);
  void onJobNew(sd_bus_message* message);
  void onJobRemoved(sd_bus_message* message);
  void onUnitProperties(sd_bus_message* message);
  void onLinkProperties(sd_bus_message* message);
  void onNetworkdPresence(sd_bus_message* message);
  void onKeepalivedState(sd_bus_message* message);
  void onNetworkdState(sd_bus_message* message);
  void onRestartAccepted(sd_bus_message* message);
  void onIgnored(sd_bus_message*) {}

  template <void (BusWatch::*Member)(sd_bus_message*)>
  static int handle(sd_bus_message* message, void* self, sd_bus_error*) noexcept;
  template <void (BusWatch::*Member)(sd_bus_message*)> void match(const std::string& rule);
  template <void (BusWatch::*Member)(sd_bus_message*)>
  void call(const char* destination, const char* path, const char* interface, const char* method,
            std::initializer_list<const char*> arguments);

  void open();
  void close();
  void retryLater();
  void subscribe();
  void readUnit(sd_bus_message* message, core::Unit unit);

  EventLoop& loop_;
  Sink sink_;
  Handle<sd_bus, sd_bus_flush_close_unref> bus_;
  std::vector<Handle<sd_bus_slot, sd_bus_slot_unref>> slots_;  // after the bus that they point into
  EventSource retry_;
  bool connected_ = false;
  bool saidLost_ = false;
  std::string restartJob_;  ///< its object path; empty: none is under way
};

}  // namespace guardian::systemd
