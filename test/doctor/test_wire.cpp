// Needs root: raw sockets.
#include <atomic>
#include <chrono>
#include <thread>

#include <catch2/catch.hpp>

#include "doctor/gather_parts.hpp"
#include "support/advert.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;

TEST_CASE("the wire is listened to without a keepalived that had joined VRRP's group, and each sender is noted once") {
  enterFreshNetwork();
  sh("ip link add one type veth peer name two && ip link set one up && ip link set two up && "
     "ip address add 192.0.2.1/24 dev two && sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.two.rp_filter=0");
  core::Instance instance;
  instance.interface = "two";
  instance.vrid = 7;  // what is heard is judged elsewhere
  core::Instance gone = instance;
  gone.interface = "three";

  core::Duration told{};
  doctor::Wire wire;
  std::atomic<bool> over{false};
  doctor::Tree tree("");
  std::thread ears([&] {
    wire = doctor::gatherWire(tree, {instance, gone}, [&](core::Duration length) { told = length; });
    over = true;
  });
  while (!over) {
    for (const char* source : {"192.0.2.2", "192.0.2.3"}) advertise("one", 100, source);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  ears.join();

  CHECK(told == std::chrono::milliseconds(3500));
  CHECK(wire.listened);
  CHECK(tree.takeUnseen().empty());
  REQUIRE(wire.adverts.size() == 2);
  CHECK(wire.adverts[0].interface == "two");
  CHECK(wire.adverts[0].advert.vrid == 51);
  CHECK(core::toString(wire.adverts[0].advert.source) == "192.0.2.2");
  CHECK(core::toString(wire.adverts[1].advert.source) == "192.0.2.3");
}

TEST_CASE("where there is no instance, nothing is listened to") {
  doctor::Tree tree("");
  CHECK_FALSE(doctor::gatherWire(tree, {}, [](core::Duration) { FAIL(); }).listened);
}
