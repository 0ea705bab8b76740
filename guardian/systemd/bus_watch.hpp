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

#include "guardian/core/event.hpp"
#include "systemd/bus_connection.hpp"
#include "systemd/event_loop.hpp"

namespace guardian::systemd {

enum class UnitJob { Restart, Stop, Start };

class BusWatch {
 public:
  using Sink = std::function<void(const core::Event&)>;
  /// The number of keepalived's VrrpStatusChange, and the object's path, which says whose it is.
  using StateSink = std::function<void(const char* path, std::uint32_t state)>;

  BusWatch(EventLoop& loop, Sink sink, StateSink keepalivedSays);
  ~BusWatch();
  BusWatch(const BusWatch&) = delete;
  BusWatch& operator=(const BusWatch&) = delete;

  bool connected() const { return bus_.up(); }
  /// From now on keepalived is heard that has this name on the bus, if the name is root's; empty: none.
  void hearKeepalived(std::string name);

  /// As `systemctl restart keepalived` does it. RestartDone follows when systemd has done it, or cannot.
  void orderKeepalived(UnitJob job);

 private:
  void onConnected();
  void onDisconnected();
  // One member function a kind of message; handle<> makes a C callback of it.
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
  void onJobAccepted(sd_bus_message* message);
  void onVrrpOwner(sd_bus_message* message);
  void onVrrpOwnersUser(sd_bus_message* message);
  void onVrrpStatus(sd_bus_message* message);
  void onIgnored(sd_bus_message*) {}

  template <void (BusWatch::*Member)(sd_bus_message*)>
  static int handle(sd_bus_message* message, void* self, sd_bus_error*) noexcept;
  template <void (BusWatch::*Member)(sd_bus_message*)> void match(const std::string& rule, BusSlots& slots);
  template <void (BusWatch::*Member)(sd_bus_message*)>
  void call(const char* destination, const char* path, const char* interface, const char* method,
            std::initializer_list<const char*> arguments, BusSlots& slots);

  void subscribe();
  void subscribeToVrrp();
  void askForVrrpUser();
  void readUnit(sd_bus_message* message, core::Unit unit);

  EventLoop& loop_;
  Sink sink_;
  StateSink keepalivedSays_;
  std::string vrrpName_;
  bool vrrpIsRoots_ = false;
  BusConnection bus_;
  BusSlots vrrpSlots_;  // after the bus that they point into
  bool saidLost_ = false;
  std::string ownJob_;  ///< its object path; empty: none is under way
};

}  // namespace guardian::systemd
