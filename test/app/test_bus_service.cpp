// The real daemon on a bus of the test's own, asked with busctl and by our own command line. Needs root, dbus-daemon
// and busctl.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <regex>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "support/bus.hpp"
#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;
using nlohmann::json;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

constexpr uid_t kNobody = 65534;
constexpr const char* kMasters = "VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)";
constexpr const char* kFile = "/run/vip-guardian/status.json";
constexpr const char* kPauseFile = "/var/lib/vip-guardian/pause.json";
const std::string kAsNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups ";
const std::string kName = "org.vip_guardian1";
const std::string kManager = kName + " /org/vip_guardian1 org.vip_guardian1.Manager ";
const std::string kVi1 = kName + " /org/vip_guardian1/instance/VI_5f1 org.vip_guardian1.Instance ";

struct Host {
  Host() {
    sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
    sh("grep -q ' /var/lib tmpfs' /proc/mounts || mount -t tmpfs none /var/lib;"
       "rm -rf /var/lib/vip-guardian; mkdir /var/lib/vip-guardian");
    makeVeths();
    spill("/tmp/keepalived.conf", keepalivedConf());
  }
};

/// A guardian of two masters.
struct Pair {
  Pair() {
    keepalived.becomeMaster();
    guardian = std::make_unique<Guardian>(program.path());
    REQUIRE(guardian->says(kMasters));
  }
  Keepalived keepalived{fake.path(), {"-f", "/tmp/keepalived.conf"}};
  std::unique_ptr<Guardian> guardian;
};

/// What it prints, whether it succeeds or not.
std::string said(const std::string& command) { return sh(command + " 2>&1; true"); }
std::string busctl(const std::string& arguments) { return said("busctl --system --timeout=20 " + arguments); }
std::string get(const std::string& which) { return busctl("get-property " + which); }
std::string call(const std::string& which) { return busctl("call " + which); }
bool served() {
  return eventually([] { return get(kManager + "Version").compare(0, 3, "s \"") == 0; });
}
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// The real program, as the user who asks.
std::string ours(const std::string& arguments, bool asNobody = false) {
  return said((asNobody ? kAsNobody : "") + program.path() + " " + arguments);
}

void comesBack(const char* address) {
  const std::string whole = sh("ip -o address show dev v0 | sort");
  sh(std::string("ip address del ") + address + " dev v0");
  CHECK(eventually([&] { return sh("ip -o address show dev v0 | sort") == whole; }));
}

}  // namespace

TEST_CASE("the bus shows what the state file shows, and to everybody") {
  const Host host;
  const Bus bus{Bus::Ours()};
  const Pair pair;
  REQUIRE(served());
  for (const std::string& as : {std::string(), kAsNobody}) {
    INFO("as " << as);
    const auto asked = [&](const std::string& arguments) {
      return said(std::string(as).append("busctl --system ").append(arguments));
    };
    CHECK(has(asked("tree " + kName), "/org/vip_guardian1/instance/VI_5f6"));
    const std::string table = asked("introspect " + kManager);
    for (const char* member : {".Pause ", ".Resume ", ".Verify ", ".GetStatus ", ".Verdict ", ".Counters "})
      CHECK(has(table, member));
    CHECK(asked("get-property " + kManager + "KeepalivedRunning Paused Instances") ==
          "b true\nb false\nao 2 \"/org/vip_guardian1/instance/VI_5f1\" \"/org/vip_guardian1/instance/VI_5f6\"\n");
    CHECK(asked("get-property " + kVi1 + "Name Role Standing Interface VRID") ==
          "s \"VI_1\"\ns \"MASTER\"\ns \"guarded\"\ns \"v0\"\nu 51\n");
    const std::string vips = asked("get-property " + kVi1 + "VIPs");
    CHECK(has(vips, "aa{sv} 2 "));
    CHECK(has(vips, "\"address\" s \"192.0.2.100/24\" \"interface\" s \"v0\" \"present\" b true \"losses\" t 0"));
    CHECK(has(asked("call " + kName + " /org/vip_guardian1 org.freedesktop.DBus.ObjectManager GetManagedObjects"),
              "\"Role\" s \"MASTER\""));
    const json answer = json::parse(asked("--json=short call " + kManager + "GetStatus"));
    CHECK(eventually([&] { return answer["data"][0] == slurp(kFile); }));
  }
}

TEST_CASE("of a loss and its repair the bus tells what has changed, and of nothing else") {
  const Host host;
  const Bus bus;
  const Pair pair;
  REQUIRE(served());
  Listener listener("org.freedesktop.DBus.Properties");
  comesBack("192.0.2.101/32");
  REQUIRE(listener.hears("/org/vip_guardian1/instance/VI_5f1 org.vip_guardian1.Instance VIPs"));
  REQUIRE(listener.hears("/org/vip_guardian1 org.vip_guardian1.Manager Counters"));
  CHECK_FALSE(listener.heard(" Role\n"));
  CHECK_FALSE(listener.heard(" Name\n"));
  CHECK_FALSE(listener.heard(" Version\n"));
  CHECK(eventually([] {
    return has(get(kVi1 + "VIPs"),
               "\"address\" s \"192.0.2.101/32\" \"interface\" s \"v0\" \"present\" b true \"losses\" t 1 "
               "\"reinstated\" t 1");
  }));
}

TEST_CASE("instances come to the bus when keepalived does") {
  const Host host;
  const Bus bus;
  Guardian guardian(program.path());
  REQUIRE(served());
  CHECK(get(kManager + "KeepalivedRunning Instances") == "b false\nao 0\n");
  Listener listener("org.freedesktop.DBus.ObjectManager");
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  CHECK(listener.hears("/org/vip_guardian1 InterfacesAdded /org/vip_guardian1/instance/VI_5f1"));
  CHECK(listener.hears("/org/vip_guardian1 InterfacesAdded /org/vip_guardian1/instance/VI_5f6"));
  CHECK(has(get(kName + " /org/vip_guardian1/instance/VI_5f9 org.vip_guardian1.Instance Name"), "Unknown object"));
}

TEST_CASE("root pauses, resumes and verifies by the bus, by the same file as the command line") {
  const Host host;
  const Bus bus{Bus::Ours()};
  const Pair pair;
  REQUIRE(served());
  const std::regex date("t [0-9]{16}\n");
  CHECK(std::regex_match(call(kManager + "Pause ts 3600000000 \"moving\nrack 4\""), date));
  CHECK(json::parse(slurp(kPauseFile))["reason"] == "moving rack 4");
  CHECK(pair.guardian->tells("paused for maintenance (moving rack 4)"));
  CHECK(eventually([] { return get(kManager + "Paused PauseReason") == "b true\ns \"moving rack 4\"\n"; }));
  CHECK(call(kManager + "Resume") == "b true\n");
  CHECK(::access(kPauseFile, F_OK) < 0);
  CHECK(call(kManager + "Resume") == "b false\n");
  CHECK(eventually([] { return get(kManager + "Paused") == "b false\n"; }));
  for (const char* wrong : {"0 \"\"", "999999 \"\"", "18446744073709551615 \"\"", "31622400000001 \"\""})
    CHECK(has(call(kManager + "Pause ts " + wrong), "a pause takes a second at least, and a year at most"));
  CHECK(has(call(kManager + "Pause s forever"), "Call failed"));
  CHECK(::access(kPauseFile, F_OK) < 0);
  REQUIRE(std::regex_match(call(kManager + "Pause ts 1000000 " + std::string(5000, 'x')), date));
  CHECK(json::parse(slurp(kPauseFile))["reason"] == std::string(200, 'x'));
  CHECK(call(kManager + "Resume") == "b true\n");

  const auto questions = [] { return json::parse(slurp(kFile))["counters"]["questions"].get<int>(); };
  const int before = questions();
  Speaker root("");
  CHECK(root.ask(kName.c_str(), "Verify").empty());
  CHECK(eventually([&] { return root.ask(kName.c_str(), "Verify") == "keepalived was asked less than a second ago"; }));
  CHECK(eventually([&] { return questions() > before; }));
}

TEST_CASE("another's orders are refused, by the bus and by the daemon") {
  for (const bool lax : {false, true}) {
    INFO("lax " << lax);
    const Host host;
    const Bus bus = lax ? Bus() : Bus(Bus::Ours());
    const Pair pair;
    REQUIRE(served());
    for (const char* order : {"Pause ts 3600000000 mine", "Resume", "Verify"}) {
      INFO(order);
      const std::string answer =
          said(std::string(kAsNobody).append("busctl --system call ").append(kManager).append(order));
      CHECK(has(answer, "Access denied"));
    }
    CHECK(::access(kPauseFile, F_OK) < 0);
    CHECK(has(said(kAsNobody + "busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus "
                               "RequestName su org.vip_guardian1 6"),
              lax ? "u 3" : "Access denied"));
    CHECK(has(ours("pause --reason mine", true), "only root may pause the guardian"));
    CHECK(has(ours("verify", true), lax ? "only root may do that" : "vip-guardian verify: "));
    CHECK(has(get(kManager + "Paused"), "b false"));
  }
}

TEST_CASE("who has taken the name is told of once, and when he lets it go it is ours") {
  const Host host;
  const Bus bus;
  auto other = std::make_unique<Speaker>(kName);
  const Pair pair;
  CHECK(pair.guardian->tells("somebody else has the name org.vip_guardian1 on the bus; "));
  comesBack("192.0.2.101/32");
  CHECK(has(ours("status"), "VI_1"));
  other.reset();
  REQUIRE(served());
  const auto& entries = pair.guardian->entries();
  CHECK(std::count_if(entries.begin(), entries.end(),
                      [](const Entry& one) { return has(one.at("MESSAGE"), "org.vip_guardian1"); }) == 1);
}

TEST_CASE("the service is there again when the bus is") {
  const Host host;
  auto bus = std::make_unique<Bus>();
  const Pair pair;
  REQUIRE(served());
  bus.reset();
  REQUIRE(pair.guardian->tells("the system bus is gone"));
  comesBack("192.0.2.101/32");
  CHECK(has(ours("status"), "VI_1"));
  CHECK(has(ours("pause --for 10min --reason rack"), "Paused until"));
  CHECK(pair.guardian->tells("paused for maintenance (rack)"));
  CHECK(ours("resume") == "Resumed.\n");
  CHECK(has(ours("verify"), "vip-guardian verify: there is no system bus"));
  bus = std::make_unique<Bus>();
  CHECK(served());
}

TEST_CASE("whoever floods the service keeps nobody's address away") {
  const Host host;
  const Bus bus;
  const Pair pair;
  REQUIRE(served());
  std::vector<Child> flood;
  for (const char* order : {"GetStatus", "Verify", "Resume", "Nonsense"})
    flood.emplace_back([order] {
      if (::setresuid(kNobody, kNobody, kNobody) != 0) return 1;
      for (Speaker speaker("");;) speaker.order(kName.c_str(), order);
    });
  for (int i = 0; i < 5; ++i) {
    comesBack("192.0.2.101/32");
    comesBack("2001:db8::200/128");
  }
  for (const Child& one : flood) CHECK(::kill(one.pid(), 0) == 0);
  flood.clear();
  CHECK(served());
  CHECK(::access(kPauseFile, F_OK) < 0);
}

TEST_CASE("the command line says the same by the bus and by the file, and does not wait for a bus that hangs") {
  const Host host;
  const Bus bus{Bus::Ours()};
  const Pair pair;
  REQUIRE(served());
  const std::string file = "--file " + std::string(kFile);
  for (const bool nobody : {false, true}) {
    // Only without a file is it known which host is spoken of, and so what protects it.
    CHECK(eventually([&] {
      json byBus = json::parse(ours("status --json", nobody));
      byBus.erase("protection");
      return byBus == json::parse(ours("status --json " + file, nobody));
    }));
    CHECK(eventually([&] { return ours("status", nobody).rfind(ours("status " + file, nobody), 0) == 0; }));
  }
  CHECK(has(ours("verify"), "VI_6"));
  CHECK(has(ours("pause --for 10min --reason rack"), "Paused until"));
  CHECK(pair.guardian->tells("paused for maintenance (rack)"));
  CHECK(eventually([] { return has(ours("status"), "rack"); }));
  CHECK(ours("resume") == "Resumed.\n");
  sh("mv " + std::string(kFile) + " /run/aside");
  CHECK(has(ours("status"), "VI_1"));  // so it does come by the bus
  sh("mv /run/aside " + std::string(kFile));
  bus.freeze();
  CHECK(has(ours("status", true), "VI_1"));
  CHECK(has(ours("pause --reason frozen"), "Paused until"));
  CHECK(pair.guardian->tells("paused for maintenance (frozen)"));
  CHECK(ours("resume") == "Resumed.\n");
  comesBack("192.0.2.101/32");
}

TEST_CASE("what somebody without rights says under the daemon's name is not believed") {
  const Host host;
  const Bus bus;
  const Child liar([] {
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return 1;
    const Speaker speaker(kName);
    ::pause();
    return 0;
  });
  REQUIRE(eventually([] { return Speaker("").sees(kName); }));
  const Pair pair;
  CHECK(has(ours("status"), "VI_1"));
  CHECK(has(ours("verify"), "somebody without rights has its name on the bus"));
}
