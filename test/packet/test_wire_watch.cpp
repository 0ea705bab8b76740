// Needs root: raw sockets.
#include <net/if.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>

#include <catch2/catch.hpp>

#include "packet/wire_watch.hpp"
#include "support/advert.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

/// For as long as it lives, so many descriptors can be opened and no more.
class Descriptors {
 public:
  explicit Descriptors(rlim_t more) {
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const Fd next(::dup(0));  // the lowest that is free
    const rlimit limit{static_cast<rlim_t>(next.get()) + more, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &limit) == 0);
  }
  Descriptors(const Descriptors&) = delete;
  Descriptors& operator=(const Descriptors&) = delete;
  ~Descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

}  // namespace

TEST_CASE("where nobody on this host has joined VRRP's group, its adverts are heard once we have") {
  enterFreshNetwork();
  sh("ip link add one type veth peer name two && ip link set one up && ip link set two up && "
     "ip address add 192.0.2.1/24 dev two && sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.two.rp_filter=0");
  int heard = 0;
  packet::ForeignAdverts adverts(
      [&](const core::Event& event) { heard += std::get<core::ForeignAdvert>(event).advert.vrid == 51 ? 1 : 0; });
  const auto listen = [&] {
    for (int i = 0; i < 50 && heard == 0; ++i) {
      advertise("one", 100, "192.0.2.2");
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      for (const int fd : adverts.fds()) adverts.drain(fd);
    }
    return heard > 0;
  };
  CHECK_FALSE(listen());
  const int two = static_cast<int>(::if_nametoindex("two"));
  REQUIRE(adverts.join(two));
  REQUIRE(adverts.join(two));
  CHECK(listen());
  CHECK_FALSE(adverts.join(4711));
}

TEST_CASE("nobody goes on deaf to the adverts of one family because there was no descriptor for its socket") {
  enterFreshNetwork();
  const auto ignore = [](const core::Event&) {};
  const std::size_t all = packet::ForeignAdverts(ignore).fds().size();
  REQUIRE(all >= 2);  // a kernel without IPv6 has no third
  for (rlim_t some = 0; some < all; ++some) {
    const Descriptors only(some);
    INFO(some << " of " << all);
    CHECK_THROWS_AS(packet::ForeignAdverts(ignore), std::system_error);
  }
  const Descriptors enough(all);
  CHECK(packet::ForeignAdverts(ignore).fds().size() == all);
}
