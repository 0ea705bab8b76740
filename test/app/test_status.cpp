// The state file of the real daemon, beside a keepalived of our own, in namespaces of the program's own. Needs root.
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

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

constexpr const char* kFile = "/run/vip-guardian/status.json";
const std::vector<std::string> kOptions{"-f", "/tmp/keepalived.conf"};

struct Host {
  Host() {
    sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
    makeVeths();
    spill("/tmp/keepalived.conf", keepalivedConf());
  }
};

json picture() { return json::parse(slurp(kFile)); }

json instance(const std::string& name) {
  const json all = picture();
  for (const json& one : all["instances"])
    if (one["name"] == name) return one;
  return json::object();
}

json vip(const std::string& address) {
  const json all = picture();
  for (const json& one : all["instances"])
    for (const json& found : one["vips"])
      if (found["address"] == address) return found;
  return json::object();
}

bool guards(Guardian& guardian) {
  return guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)") && eventually([] {
           return instance("VI_1")["standing"] == "guarded" && instance("VI_6")["standing"] == "guarded";
         });
}

bool repaired(int times) {
  return eventually([&] {
    json one = vip("192.0.2.100/24");
    return one["reinstated"] == times && one["last_loss"].count("outage_usec") == 1 &&
           picture()["counters"]["losses"] == times;
  });
}

}  // namespace

TEST_CASE("the state file tells where each address is, and what happened to it") {
  Host host;
  Guardian guardian(program.path());
  CHECK(picture()["keepalived"]["running"] == false);  // it is there as soon as the daemon is ready
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  REQUIRE(guards(guardian));
  CHECK(picture()["guardian"]["pid"] == guardian.pid());
  CHECK(picture()["keepalived"]["running"] == true);
  CHECK(vip("192.0.2.100/24")["present"] == true);
  CHECK(vip("192.0.2.100/24")["losses"] == 0);
  struct stat facts {};
  REQUIRE(::stat(kFile, &facts) == 0);
  CHECK((facts.st_mode & 07777) == 0644);

  sh("ip address del 192.0.2.100/24 dev v0");
  CHECK(repaired(1));
  CHECK(vip("192.0.2.100/24")["present"] == true);
  const json incident = picture()["incidents"].at(0);
  CHECK(incident["instance"] == "VI_1");
  CHECK(incident["outcome"] == "repaired");
  CHECK(incident["timeline"].count("verified_after_usec") == 1);
  CHECK(vip("192.0.2.100/24")["last_loss"]["incident"] == incident["id"]);

  keepalived.becomeBackup();
  CHECK(eventually([] { return instance("VI_1")["role"] == "BACKUP" && vip("192.0.2.100/24")["present"] == false; }));
}

TEST_CASE("the figures follow in the file that the configuration names, until it names none") {
  Host host;
  const std::string file = "/tmp/figures.prom";
  const auto says = [&](const std::string& line) {
    return eventually([&] { return ("\n" + slurp(file)).find("\n" + line + "\n") != std::string::npos; });
  };
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path(), R"({"metrics": {"textfile": ")" + file + "\"}}");
  REQUIRE(guards(guardian));
  CHECK(says("vip_guardian_up 1"));
  sh("ip address del 192.0.2.100/24 dev v0");
  CHECK(says("vip_guardian_incidents_total{outcome=\"repaired\"} 1"));
  SECTION("stopped, it says so") {
    CHECK(guardian.stop() == 0);
    CHECK(says("vip_guardian_up 0"));
  }
  SECTION("a reload takes it away") {
    spill("/run/guardian.json", "{}");
    ::kill(guardian.pid(), SIGHUP);
    CHECK(eventually([&] { return ::access(file.c_str(), F_OK) < 0; }));
  }
}

TEST_CASE("the counts go on in the daemon's next life, and status speaks for either") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  const std::string status = program.path() + " status; echo exit $?";
  {
    Guardian guardian(program.path());
    REQUIRE(guards(guardian));
    sh("ip address del 192.0.2.100/24 dev v0");
    REQUIRE(repaired(1));
    CHECK(sh(status).find("guarding 4 addresses") != std::string::npos);
    CHECK(sh(status).find("exit 0") != std::string::npos);
    guardian.kill();
  }
  CHECK(sh(status).find("vip-guardian is not running") == 0);
  CHECK(sh(status).find("What it knew last:") != std::string::npos);
  CHECK(sh(status).find("exit 3") != std::string::npos);
  Guardian next(program.path());
  REQUIRE(guards(next));
  CHECK(vip("192.0.2.100/24")["reinstated"] == 1);
  CHECK(picture()["incidents"].size() == 1);
  sh("ip address del 192.0.2.100/24 dev v0");
  CHECK(repaired(2));
}
