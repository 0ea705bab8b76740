// keepalived's own test of its configuration, with scripts in keepalived's place.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include <catch2/catch.hpp>

#include "keepalived/config_test.hpp"

using namespace guardian;
using keepalived::ConfigTest;

namespace {

class Script {
 public:
  explicit Script(const std::string& text) {
    REQUIRE(::mkdtemp(directory_) != nullptr);
    path = std::string(directory_) + "/keepalived";
    std::ofstream(path) << "#!/bin/sh\n" << text << "\n";
    REQUIRE(::chmod(path.c_str(), 0755) == 0);
  }
  ~Script() {
    ::unlink(path.c_str());
    ::rmdir(directory_);
  }
  Script(const Script&) = delete;
  Script& operator=(const Script&) = delete;

  std::string path;

 private:
  char directory_[32] = "/tmp/vip-guardian-test-XXXXXX";
};

std::string outcome(const std::string& script) {
  const Script keepalived(script);
  auto test = ConfigTest::start(keepalived.path, "/etc/keepalived/keepalived.conf");
  REQUIRE(test);
  for (;;) {
    pollfd wait{test.value().fd(), POLLIN, 0};
    REQUIRE(::poll(&wait, 1, 10000) == 1);
    if (const auto said = test.value().take()) return *said;
  }
}

}  // namespace

TEST_CASE("no objection is none, whatever else it says") {
  CHECK(outcome("exit 0").empty());
  CHECK(outcome("echo all well; exit 0").empty());
}

TEST_CASE("an objection is told in its first line") {
  CHECK(outcome("echo; echo 'Unknown keyword'; echo more; exit 4") == "Unknown keyword");
  CHECK(outcome("exit 4") == "keepalived --config-test fails");
  CHECK(outcome("kill -SEGV $$") == "keepalived --config-test fails");
}

TEST_CASE("it is asked about VRRP and the file that is in use") {
  CHECK(outcome("echo \"$@\"; exit 1") == "--vrrp --config-test --use-file=/etc/keepalived/keepalived.conf");
}

TEST_CASE("much output does not hold it up") {
  CHECK(outcome("head -c 1000000 /dev/zero | tr '\\0' 'x'; exit 0").empty());
}

TEST_CASE("a test that is no longer wanted is ended") {
  const Script keepalived("exec sleep 1000");
  auto test = ConfigTest::start(keepalived.path, "x");
  REQUIRE(test);
  CHECK_FALSE(test.value().take());
}

TEST_CASE("what is not there cannot be started") {
  const auto test = ConfigTest::start("/nonexistent/keepalived", "x");
  REQUIRE_FALSE(test);
  CHECK(test.error().code == ENOENT);
}
