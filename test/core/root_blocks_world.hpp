// A keepalived with root blocks.
#pragma once

#include "core/root_blocks.hpp"
#include "core/route_world.hpp"

namespace guardian::test {

using namespace core;

const AddressKey kStatic = address("192.0.2.77", 24);
const AddressKey kStatic6 = address("2001:db8::77", 64);

inline Vip meaning(const AddressKey& key) {
  Vip vip;
  vip.address = key.address;
  vip.prefixLength = key.prefixLength;
  vip.interface = "eth0";
  return vip;
}

inline VirtualRoute staticRoute() {
  VirtualRoute route = configured("198.18.0.0/15 via 192.0.2.60", "198.18.0.0", 15);
  route.gateway = parseAddress("192.0.2.60");
  return route;
}

/// keepalived is backup, and has its root blocks on the host.
inline Scene backup(const Settings& settings = {}) {
  Scene scene({}, settings);
  scene.configuration.staticAddresses = {meaning(kStatic), meaning(kStatic6)};
  scene.configuration.staticRoutes = {staticRoute()};
  scene.start();
  scene.appear(kStatic, kKeepalived);
  scene.appear(kStatic6, 0);
  scene.appear(standing(staticRoute()), kKeepalived);
  scene.pass(1s);
  scene.happens(VerifyRequested{});
  scene.orders.clear();
  return scene;
}

}  // namespace guardian::test
