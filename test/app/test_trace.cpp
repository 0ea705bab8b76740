// The real daemon's trace, and what `vip-guardian replay` makes of it. Needs root.
#include <sys/stat.h>

#include <csignal>
#include <optional>

#include <catch2/catch.hpp>

#include "support/guardian.hpp"
#include "support/keepalived.hpp"
#include "systemd/journal.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

/// A host on which one address was lost and put back.
struct Host {
  explicit Host(const std::string& configuration) {
    sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
    makeVeths();
    spill("/tmp/keepalived.conf", keepalivedConf());
    keepalived.emplace(fake.path(), std::vector<std::string>{"-f", "/tmp/keepalived.conf"});
    keepalived->becomeMaster();
    guardian.emplace(program.path(), configuration);
    REQUIRE(guardian->says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
    sh("ip address del 192.0.2.100/24 dev v0");
  }
  std::optional<Keepalived> keepalived;
  std::optional<Guardian> guardian;
};

std::string replayed(const std::string& file) { return sh(program.path() + " replay " + file + "; echo exit $?"); }

mode_t modeOf(const std::string& file) {
  struct stat facts {};
  return ::stat(file.c_str(), &facts) == 0 ? facts.st_mode & 07777U : 0;
}

}  // namespace

TEST_CASE("SIGUSR1 writes what was seen and decided, for root alone, and it is decided the same way again") {
  Host host("{}");
  REQUIRE_FALSE(host.guardian->entry(systemd::message_id::incidentClosed).empty());
  ::kill(host.guardian->pid(), SIGUSR1);
  const Entry entry = host.guardian->entry(systemd::message_id::traceWritten);
  REQUIRE(entry.count("VIPG_TRACE") == 1);
  CHECK(entry.at("VIPG_TRACE") == "/run/vip-guardian/trace");
  CHECK(modeOf("/run/vip-guardian/trace") == 0600);
  const std::string told = replayed("/run/vip-guardian/trace");
  INFO(told);
  CHECK(told.find("AddressVanished record(key=192.0.2.100/24%") != std::string::npos);
  CHECK(told.find("-> AddAddress record(key=192.0.2.100/24%") != std::string::npos);
  CHECK(told.find("-> says: VI_1: 192.0.2.100/24 on v0 was removed by") != std::string::npos);
  CHECK(told.find("The same decisions as in the daemon") != std::string::npos);
  CHECK(told.find("exit 0") != std::string::npos);
  CHECK(host.guardian->stop() == 0);
}

TEST_CASE("where the configuration wants it, an incident that is over leaves its trace") {
  Host host(R"({"trace": {"on_incident": true}})");
  const Entry incident = host.guardian->entry(systemd::message_id::incidentClosed);
  REQUIRE_FALSE(incident.empty());
  const Entry entry = host.guardian->entry(systemd::message_id::traceWritten);
  REQUIRE(entry.count("VIPG_TRACE") == 1);
  CHECK(entry.at("VIPG_TRACE") == "/run/vip-guardian/trace-" + incident.at("VIPG_INCIDENT"));
  CHECK(modeOf(entry.at("VIPG_TRACE")) == 0600);
  CHECK(replayed(entry.at("VIPG_TRACE")).find("exit 0") != std::string::npos);
  CHECK(host.guardian->stop() == 0);
}
