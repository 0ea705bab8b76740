// `vip-guardian drill` beside the real daemon and a keepalived of our own. Needs root.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;
using nlohmann::json;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

bool has(const std::string& address) {
  return sh("ip -o address show dev v0").find(" " + address + " ") != std::string::npos;
}

struct Host {
  Host() {
    sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
    makeVeths();
    spill("/tmp/keepalived.conf", keepalivedConf());
    keepalived.emplace(fake.path(), std::vector<std::string>{"-f", "/tmp/keepalived.conf"});
    keepalived->becomeMaster();
    guardian.emplace(program.path());
    REQUIRE(guardian->says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
    const auto standing = [] {
      const json picture = json::parse(slurp("/run/vip-guardian/status.json"));
      return picture["instances"].size() == 2 && picture["instances"][0]["standing"] == "guarded" &&
             picture["instances"][1]["standing"] == "guarded";
    };
    REQUIRE(eventually(standing));
  }
  /// Hangs, so that nobody puts anything back.
  void stun() { ::kill(guardian->pid(), SIGSTOP); }

  std::optional<Keepalived> keepalived;
  std::optional<Guardian> guardian;
};

/// Of IPv6 addresses of one scope the kernel lists the youngest first, which a returned one is.
std::vector<std::string> addressesWithoutOrder() {
  std::vector<std::string> addresses;
  std::istringstream lines(sh("ip -o address show dev v0"));
  for (std::string line; std::getline(lines, line);) addresses.push_back(line);
  std::sort(addresses.begin(), addresses.end());
  return addresses;
}

std::string drilled(const std::string& arguments) {
  return sh(program.path() + " drill " + arguments + " </dev/null 2>&1; echo exit $?");
}

bool says(const std::string& output, const std::string& text) { return output.find(text) != std::string::npos; }

}  // namespace

TEST_CASE("a drill takes an address away, and tells how the guardian put it back") {
  Host host;
  const auto before = addressesWithoutOrder();
  SECTION("for people") {
    const std::string told = drilled("VI_1 --yes");
    INFO(told);
    CHECK(says(told, "192.0.2.100/24 of VI_1 is taken off v0"));
    CHECK(says(told, "  back after "));
    CHECK(says(told, "Passed: vip-guardian put it back"));
    CHECK(says(told, "exit 0"));
  }
  SECTION("for programs, of IPv6") {
    const std::string told = drilled("VI_6 --yes --json");
    INFO(told);
    CHECK(json::parse(told.substr(0, told.find("exit ")))["passed"] == true);
    CHECK(says(told, "exit 0"));
  }
  CHECK(addressesWithoutOrder() == before);
}

TEST_CASE("whoever is to tell what clients see must answer before anything is removed") {
  Host host;
  const auto before = addressesWithoutOrder();
  std::string told = drilled("VI_1 --yes --probe 192.0.2.99");
  INFO(told);
  CHECK(says(told, "192.0.2.99 does not answer echo requests from 192.0.2.100; nothing was removed"));
  CHECK(says(told, "exit 3"));
  told = drilled("VI_1 --yes --probe 2001:db8::99");
  INFO(told);
  CHECK(says(told, "2001:db8::99 cannot be asked from 192.0.2.100; see --address"));
  CHECK(says(drilled("VI_1 --yes --probe host.example"), "--probe does not take \"host.example\""));
  CHECK(addressesWithoutOrder() == before);
}

TEST_CASE("without consent, and on a node that is not master, nothing is removed") {
  Host host;
  const std::string unasked = drilled("VI_1");
  INFO(unasked);
  CHECK(says(unasked, "nobody can be asked here, and nothing was removed"));
  CHECK(says(unasked, "exit 64"));
  host.keepalived->becomeBackup();
  REQUIRE(eventually([] { return says(drilled("VI_1 --yes"), "not master of it"); }));
  CHECK(says(drilled("VI_1 --yes"), "exit 3"));
}

TEST_CASE("if the guardian does nothing, the dead man puts the address back while keepalived is master") {
  Host host;
  host.stun();
  const std::string told = drilled("VI_1 --yes --deadline 300ms");
  INFO(told);
  CHECK(says(told, "put back, because vip-guardian had not done it in time"));
  CHECK(says(told, "Failed: "));
  CHECK(says(told, "exit 2"));
  CHECK(has("192.0.2.100/24"));
  ::kill(host.guardian->pid(), SIGCONT);
}

TEST_CASE("an address is not put back on a node that is not master any more") {
  Host host;
  host.stun();
  Child drill(
      [] { return WEXITSTATUS(std::system((program.path() + " drill VI_1 --yes --deadline 1s >/tmp/told").c_str())); });
  REQUIRE(eventually([] { return !has("192.0.2.100/24"); }));
  SECTION("keepalived has let go") {
    host.keepalived->becomeBackup();
    CHECK(drill.wait() == 2);
    CHECK(says(slurp("/tmp/told"), "not put back: keepalived does not say that it is MASTER of VI_1"));
  }
  SECTION("keepalived is gone") {
    host.keepalived->kill();
    CHECK(drill.wait() == 2);
    CHECK(says(slurp("/tmp/told"), "not put back: keepalived is not running"));
  }
  CHECK_FALSE(has("192.0.2.100/24"));
  ::kill(host.guardian->pid(), SIGCONT);
}

TEST_CASE("a drill that is killed leaves its dead man behind") {
  Host host;
  host.stun();
  Child drill([] {
    ::execl(program.path().c_str(), "vip-guardian", "drill", "VI_1", "--yes", "--deadline", "500ms", nullptr);
    return 1;
  });
  REQUIRE(eventually([] { return !has("192.0.2.100/24"); }));
  drill.signal(SIGKILL);
  drill.wait();
  CHECK(eventually([] { return has("192.0.2.100/24"); }));
  ::kill(host.guardian->pid(), SIGCONT);
}
