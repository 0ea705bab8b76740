// What the system bus says of systemd-networkd and keepalived, as events; and what keepalived itself says there.
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
  /// The number of keepalived's VrrpStatusChange, and the object's path, which says whose it is.
  using StateSink = std::function<void(const char* path, std::uint32_t state)>;

  BusWatch(EventLoop& loop, Sink sink, StateSink keepalivedSays);
  ~BusWatch();
  BusWatch(const BusWatch&) = delete;
  BusWatch& operator=(const BusWatch&) = delete;

  bool connected() const { return connected_; }
  /// From now on keepalived is heard that has this name on the bus, if the name is root's; empty: none.
  void hearKeepalived(std::string name);

  /// As `systemctl restart keepalived` does it. RestartDone follows when systemd has done it, or cannot.
  void restartKeepalived();

 private:
  // One member function a kind of message; handle<> makes a C callback of it.
  void onConnected(sd_bus_message* message);
  void onDisconnected(sd_bus_message* message);
  void onSystemdOwner(sd_bus_message* message);
  void onReloading(sd_bus_message* message);
  void onNetworkdOwner(sd_bus_message* message);
  void onAny(sd_bus_message* message);
  void onJobNew(sd_bus_message* message);
  void onJobRemoved(sd_bus_message* message);
  void onUnitProperties(sd_bus_message* message);
  void onLinkProperties(sd_bus_message* message);
  void onNetworkdPresence(sd_bus_message* message);
  void onKeepalivedState(sd_bus_message* message);
  void onNetworkdState(sd_bus_message* message);
  void onRestartAccepted(sd_bus_message* message);
  void onVrrpOwner(sd_bus_message* message);
  void onVrrpOwnersUser(sd_bus_message* message);
  void onVrrpStatus(sd_bus_message* message);
  void onIgnored(sd_bus_message*) {}

  template <void (BusWatch::*Member)(sd_bus_message*)>
  static int handle(sd_bus_message* message, void* self, sd_bus_error*) noexcept;
  using Slots = std::vector<Handle<sd_bus_slot, sd_bus_slot_unref>>;
  template <void (BusWatch::*Member)(sd_bus_message*)> void match(const std::string& rule, Slots& slots);
  template <void (BusWatch::*Member)(sd_bus_message*)>
  void call(const char* destination, const char* path, const char* interface, const char* method,
            std::initializer_list<const char*> arguments, Slots& slots);

  void open();
  void close();
  void retryLater();
  void subscribe();
  void subscribeToVrrp();
  void askForVrrpUser();
  void readUnit(sd_bus_message* message, core::Unit unit);

  EventLoop& loop_;
  Sink sink_;
  StateSink keepalivedSays_;
  std::string vrrpName_;
  bool vrrpIsRoots_ = false;
  Handle<sd_bus, sd_bus_flush_close_unref> bus_;
  Slots slots_;  // after the bus that they point into
  Slots vrrpSlots_;
  EventSource retry_;
  bool connected_ = false;
  bool saidLost_ = false;
  std::string restartJob_;  ///< its object path; empty: none is under way
};

}  // namespace guardian::systemd
