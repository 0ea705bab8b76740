// Needs root: raw sockets.
#include <sys/resource.h>
#include <unistd.h>

#include <system_error>

#include <catch2/catch.hpp>

#include "packet/wire_watch.hpp"
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
