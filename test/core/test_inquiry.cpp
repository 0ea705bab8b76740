// Questions to keepalived that it does not answer, or too late.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

TEST_CASE("an answer that comes too late is not believed, but keepalived is asked anew at once") {
  Scene scene({});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.vanish(kVip6, kNetworkd);  // it asks
  for (int i = 0; i < 6; ++i) scene.pass(10s);
  REQUIRE(scene.noticed().find("keepalived did not answer") != std::string::npos);
  REQUIRE(scene.count<AddAddress>() == 0);
  scene.orders.clear();
  scene.happens(Answered{1, Answer{}});
  CHECK(scene.count<AskKeepalived>() == 1);
  CHECK(scene.count<AddAddress>() == 0);
  scene.orders.clear();
  scene.happens(Answered{1, Answer{}});  // one question at a time
  CHECK(scene.count<AskKeepalived>() == 0);
}
