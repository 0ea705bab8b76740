// Virtual routes and rules of which the news comes late, twice or not at all.
#include <catch2/catch.hpp>

#include "core/route_world.hpp"

using namespace guardian::core;
using namespace guardian::test;

namespace {

void lose(Scene& scene, const VirtualRoute& route) { scene.vanish(standing(route), kNetworkd); }

/// The kernel takes the source away from an IPv6 route together with the address.
void strip(Scene& scene) {
  for (RouteRecord& record : scene.routes)
    if (record.family == Family::IPv6) record.preferredSource.reset();
}

}  // namespace

TEST_CASE("an addition of ours of which the count was lost is ours all the same") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.notifiesLate = true;
  lose(scene, viaGateway());
  scene.happens(RoutesLost{});
  scene.catchUp();
  CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(viaGateway()).form, true}});
  CHECK(scene.count<AddRoute>() == 1);
  CHECK(scene.count<RemoveRoute>() == 0);
}

TEST_CASE("a route of ours that old news called lost is still ours") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.notifiesLate = true;
  lose(scene, viaGateway());
  scene.happens(RouteVanished{standing(viaGateway()), {77}});
  CHECK(scene.count<AddRoute>() == 2);
  CHECK(scene.stands(viaGateway()));
  scene.catchUp();
  CHECK(scene.ledger.routes.size() == 1);
  scene.role = Role::Backup;
  scene.happens(VerifyRequested{});
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.ledger.routes.empty());
}

TEST_CASE("a route of ours that was suspected in vain is still ours") {
  Scene scene({bySource()});
  scene.startAsMaster();
  lose(scene, bySource());
  REQUIRE(scene.ledger.routes.size() == 1);
  scene.vanish(kVip, kNetworkd);  // its source; it did not go along
  scene.pass(1s);
  CHECK(scene.count<AddRoute>() == 2);
  CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(bySource()).form, true}});
}

TEST_CASE("where the kernel refuses a route that may stand all the same, it is looked for") {
  Scene scene({bySource()});
  scene.startAsMaster();
  scene.refuses = ENOBUFS;
  scene.vanish(kVip, kNetworkd);
  scene.pass(100ms);
  CHECK(scene.count<ListRoutes>() >= 1);
  CHECK(scene.ledger.routes.empty());
  scene.pass(5s);
  CHECK(scene.told().empty());  // it stands
}

TEST_CASE("an IPv6 route that is seen without its source gets it back when the loss of that was seen as well") {
  for (const bool seen : {true, false}) {
    Scene scene({bySource6()});
    scene.startAsMaster();
    scene.answersLeft = 0;
    if (seen) scene.vanish(kVip6, 0);
    strip(scene);
    scene.happens(RoutesLost{});
    CHECK(scene.count<AddRoute>() == 0);
    scene.answersLeft = 1000;
    scene.pass(5s);
    CHECK(scene.count<AddRoute>() == (seen ? 1 : 0));
    CHECK(scene.routes.at(0).preferredSource.has_value() == seen);
  }
}

TEST_CASE("what a list shows missing went when its source went, by the same hand") {
  for (const bool suspected : {true, false}) {
    Scene scene({bySource()});
    scene.startAsMaster();
    scene.happens(SocketIdentified{kNetworkd, "ip[7]", ""});
    scene.answersLeft = 0;
    if (suspected) scene.vanish(kVip, kNetworkd);
    scene.dropSilently(bySource());
    scene.pass(50ms);
    scene.happens(RoutesLost{});
    scene.answersLeft = 1000;
    scene.pass(5s);
    REQUIRE(scene.told().size() >= 1);
    CHECK((scene.told()[0].find("was removed by ip[7]") != std::string::npos) == suspected);
    CHECK(scene.stands(bySource()));
  }
}

TEST_CASE("one suspicion is enough, and what is away is not suspected") {
  Scene scene({viaGateway(), bySource(), bySource6(), rule()});
  scene.startAsMaster();
  scene.answersLeft = 0;
  scene.vanish(standing(viaGateway()), kNetworkd);
  scene.vanish(kBase, kNetworkd);
  scene.vanish(kVip, kNetworkd);  // the last one of its link, and a source
  scene.vanish(kVip6, 0);
  for (int i = 0; i < 2; ++i) {
    scene.links[0].up = scene.links[0].carrier = false;
    scene.happens(LinkChanged{scene.links[0]});
  }
  scene.links[0].up = scene.links[0].carrier = true;
  scene.happens(LinkChanged{scene.links[0]});
  scene.appear(kBase, kNetworkd);
  scene.answersLeft = 1000;
  scene.pass(3s);
  for (const VirtualRoute& route : scene.instance.routes) CHECK(scene.stands(route));
  CHECK(scene.count<RemoveRoute>() == 1);  // what was left of the IPv6 one makes room
}

TEST_CASE("a source address that stands there twice takes nothing along when one of the two goes") {
  Scene scene({bySource()});
  scene.startAsMaster();
  scene.happens(AddressVanished{scene.recordOf(address("192.0.2.100", 32)), {77}});
  scene.pass(1s);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("what keepalived has not installed is not put back beside what it has") {
  Scene scene({rule(), viaGateway()});
  scene.start();
  scene.role = Role::Master;
  scene.appear(kVip, kKeepalived);
  scene.appear(standing(viaGateway()), kKeepalived);
  scene.pass(1s);
  lose(scene, viaGateway());
  scene.pass(10s);
  CHECK(scene.stands(viaGateway()));
  CHECK_FALSE(scene.stands(rule()));
  scene.links.erase(scene.links.begin());
  scene.happens(LinkVanished{2});
  CHECK_FALSE(scene.stands(rule()));
}

TEST_CASE("a route over an interface that has gone unseen waits for it") {
  Scene scene({viaGateway()});
  scene.start();
  scene.role = Role::Master;
  scene.appear(kVip, kKeepalived);
  RouteRecord elsewhere = standing(viaGateway());
  elsewhere.ifindexes = {3};
  scene.appear(elsewhere, kKeepalived);
  scene.pass(1s);
  scene.links.pop_back();
  scene.happens(scene.snapshot());
  scene.vanish(elsewhere, 0);
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 0);
  REQUIRE(scene.told().size() == 1);
  CHECK(scene.told()[0].find("its interface is down") != std::string::npos);
}

TEST_CASE("a route whose confirmation cannot even be asked for goes at once") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.listener = [&scene](const Event& event, Instant, const Actions&) {
    if (std::holds_alternative<RouteAddDone>(event)) return;
    if (std::holds_alternative<Answered>(event)) scene.cannotAsk = true;
  };
  lose(scene, viaGateway());
  CHECK_FALSE(scene.stands(viaGateway()));
  CHECK(scene.ledger.routes.empty());
}

TEST_CASE("what an instance of which the readers are not sure has installed is not put back") {
  Scene scene({viaGateway()});
  scene.instance.understood = false;
  scene.start();
  scene.pass(1s);
  scene.answersLeft = 0;  // until it answers, that it installed is all that is known
  scene.role = Role::Master;
  scene.appear(kVip, kKeepalived);
  scene.appear(standing(viaGateway()), kKeepalived);
  lose(scene, viaGateway());
  scene.pass(50ms);
  CHECK(scene.count<AddRoute>() == 0);
}

TEST_CASE("an answer that is older than another node's advert puts nothing back, the next one does") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.answersLeft = 0;
  lose(scene, viaGateway());
  std::uint64_t request = 0;
  for (const Action& action : scene.orders)
    if (const auto* order = std::get_if<AskKeepalived>(&action)) request = order->request;
  scene.pass(1ms);
  Advert advert{2, 51, Family::IPv4, 50, *parseAddress("192.0.2.12")};
  advert.addresses = {kVip.address, kVip6.address};
  scene.happens(ForeignAdvert{advert});
  InstanceClaim claim;
  claim.instance = scene.instance;
  claim.instance.routes.clear();
  claim.role = Role::Master;
  claim.lastTransition = std::chrono::microseconds(scene.transition);
  scene.happens(Answered{request, Answer{{claim}, {}}});
  CHECK(scene.count<AddRoute>() == 0);
  scene.answersLeft = 1000;
  scene.pass(5s);
  CHECK(scene.stands(viaGateway()));
}

TEST_CASE("in a fight over a route that is fought on, it is told what is waited for") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  for (int i = 0; i < 19; ++i) {
    lose(scene, viaGateway());
    while (!scene.stands(viaGateway())) scene.pass(10ms);
  }
  const bool over = GENERATE(false, true);
  if (over) scene.pass(300ms);
  lose(scene, viaGateway());
  scene.pass(1200ms);
  REQUIRE_FALSE(scene.told().empty());
  CHECK(scene.told().back().find("it was removed again and again; waiting before the next attempt") !=
        std::string::npos);
}

TEST_CASE("a rule that is like a former life's, and not it, is not taken for ours") {
  Scene scene({rule()});
  RouteRecord twin = standing(rule());
  twin.priority = 32000;
  twin.form.bytes += " at 32000";
  scene.ledger.routes = {{standing(rule()).form, true}};
  scene.ledger.process = {500, 1};
  scene.ledger.epochs = {{{51, Family::IPv4, "VI_1"}, {2}, std::chrono::microseconds(0)}};  // it was in doubt
  scene.routes = {standing(rule())};
  scene.role = Role::Master;
  for (const AddressKey& key : {kVip, kVip6}) scene.addresses.push_back(key);
  scene.start();
  scene.appear(twin, 77);
  CHECK(scene.ledger.routes == std::map<RouteForm, bool>{{standing(rule()).form, true}});
  scene.happens(KeepalivedGone{});
  CHECK(scene.stands(rule()) == false);
  CHECK(scene.routes.size() == 1);  // the other one
}

TEST_CASE("what is being removed is not put back in between") {
  Scene scene({viaGateway()});
  scene.startAsMaster();
  scene.answersLeft = 1;
  lose(scene, viaGateway());
  REQUIRE(scene.stands(viaGateway()));
  scene.acknowledgesLate = true;
  scene.pass(110ms);  // nobody has confirmed it
  REQUIRE(scene.count<RemoveRoute>() == 1);
  scene.answersLeft = 1000;
  scene.happens(RouteVanished{standing(viaGateway()), {77}});
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 1);
  scene.catchUp();
  scene.pass(2s);
  CHECK(scene.count<AddRoute>() == 2);
  CHECK(scene.stands(viaGateway()));
}
