// The whole daemon beside a keepalived of our own, in namespaces of the program's own. Needs root.
#include <algorithm>
#include <memory>
#include <regex>
#include <set>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "netlink/monitor.hpp"
#include "netlink/requests.hpp"
#include "support/guardian.hpp"
#include "support/keepalived.hpp"
#include "systemd/journal.hpp"

using namespace guardian;
using namespace guardian::test;
namespace id = guardian::systemd::message_id;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

const std::vector<std::string> kOptions{"-f", "/tmp/keepalived.conf"};
const std::vector<std::string> kVips{"192.0.2.100/24", "192.0.2.101/32", "2001:db8::100/64", "2001:db8::200/128"};

struct Host {
  Host() {
    sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
    makeVeths();
    spill("/tmp/keepalived.conf", keepalivedConf());
  }
};

/// What ip(8) says of the addresses on v0, all attributes, sorted.
std::set<std::string> addresses() {
  std::set<std::string> lines;
  std::istringstream text(sh("ip -o address show dev v0"));
  for (std::string line; std::getline(text, line);) lines.insert(line);
  return lines;
}

bool has(const std::string& address) {
  const auto lines = addresses();
  return std::any_of(lines.begin(), lines.end(),
                     [&](const std::string& line) { return line.find(" " + address + " ") != std::string::npos; });
}

void takeAway(const std::string& address) { sh("ip address del " + address + " dev v0"); }

/// Whether the whole set of addresses becomes `wanted`, whatever stands there for a moment.
bool becomes(const std::set<std::string>& wanted) {
  const bool good = eventually([&] { return addresses() == wanted; });
  if (!good) WARN(sh("ip address show dev v0") << slurp("/run/guardian.output"));
  return good;
}

/// Both instances' epochs are open: from now on a loss is repaired at once, and told. A guardian that has just met
/// keepalived asks twice before it believes.
constexpr const char* kBothMaster = "VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)";
bool guards(Guardian& guardian) { return guardian.says(kBothMaster); }
bool watches(Guardian& guardian) { return guardian.says(std::string("observing only: ") + kBothMaster); }

/// Hears which addresses appear from now on.
class Additions {
 public:
  Additions()
      : monitor_([this](const core::Event& event) {
          if (const auto* news = std::get_if<core::AddressAppeared>(&event))
            heard_.push_back(core::toString(news->record.key.address));
        }) {}
  std::vector<std::string> heard() {
    monitor_.drain();
    return heard_;
  }

 private:
  std::vector<std::string> heard_;
  netlink::Monitor monitor_;
};

/// The guardian works, and has heard all that was before: an address of a master that is lost comes back.
void proveAlive(Guardian& guardian, Keepalived& keepalived) {
  keepalived.becomeMaster();
  CHECK(guards(guardian));
  const auto whole = addresses();
  takeAway("192.0.2.101/32");
  CHECK(becomes(whole));
}

}  // namespace

TEST_CASE("each address of a master that is taken away comes back with every attribute it had") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  const auto before = addresses();
  REQUIRE(before.size() == 6);
  Guardian guardian(program.path());
  REQUIRE(guards(guardian));
  for (const std::string& vip : kVips) {
    INFO(vip);
    takeAway(vip);
    CHECK(becomes(before));
  }
  CHECK(guardian.stop() == 0);
  CHECK(addresses() == before);
}

TEST_CASE("addresses that keepalived installs later are guarded as well") {
  Host host;
  Guardian guardian(program.path());
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  REQUIRE(guards(guardian));
  const auto before = addresses();
  for (const std::string& vip : kVips) {
    INFO(vip);
    takeAway(vip);
    CHECK(becomes(before));
  }
}

TEST_CASE("when all addresses of the interface go, the virtual ones are back as they were once the base address is") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  const auto before = addresses();
  Guardian guardian(program.path());
  REQUIRE(guards(guardian));
  sh("ip address flush dev v0 scope global; ip address add 192.0.2.10/24 brd + dev v0");
  CHECK(becomes(before));
}

TEST_CASE("a repair is one entry in the journal that says who, what and how long") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  const auto before = addresses();
  Guardian guardian(program.path());
  REQUIRE(guards(guardian));
  takeAway("192.0.2.101/32");
  REQUIRE(becomes(before));
  const Entry closed = guardian.entry(id::incidentClosed);
  REQUIRE_FALSE(closed.empty());
  CHECK(closed.at("VIPG_VIP") == "192.0.2.101/32");
  CHECK(closed.at("VIPG_INSTANCE") == "VI_1");
  CHECK(closed.at("VIPG_INTERFACE") == "v0");
  CHECK(std::regex_match(closed.at("VIPG_OUTAGE_USEC"), std::regex("[1-9][0-9]*")));
  CHECK(closed.at("SYSLOG_IDENTIFIER") == "vip-guardian");
  CHECK(std::regex_search(closed.at("MESSAGE"),
                          std::regex("^VI_1: 192\\.0\\.2\\.101/32 on v0 was removed .* and is back after ")));
  const auto& all = guardian.entries();
  CHECK(std::count_if(all.begin(), all.end(), [](const Entry& one) {
          const auto found = one.find("MESSAGE_ID");
          return found != one.end() && found->second == id::incidentClosed;
        }) == 1);
}

TEST_CASE("a journald that stands still keeps nobody from repairing") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  const auto before = addresses();
  Guardian guardian(program.path());
  REQUIRE(guards(guardian));
  guardian.fillJournal();
  takeAway("192.0.2.101/32");
  REQUIRE(becomes(before));
  // The daemon has told it by now, to nobody.
  REQUIRE(eventually(
      [] { return slurp("/run/vip-guardian/status.json").find("\"outcome\":\"repaired\"") != std::string::npos; }));
  takeAway("192.0.2.100/24");
  REQUIRE(becomes(before));
  CHECK_FALSE(guardian.entries().empty());  // now there is room
  CHECK(guardian.stop() == 0);
  CHECK(guardian.tells("The journal had no room; messages lost: "));
}

TEST_CASE("nothing is added for a backup") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  Guardian guardian(program.path());
  for (const std::string& vip : kVips) sh("ip address add " + vip + " dev v0");
  Additions additions;
  for (const std::string& vip : kVips) takeAway(vip);
  CHECK(additions.heard().empty());
  keepalived.tell("role MASTER");  // proveAlive() would add: what comes until then is the guardian's
  keepalived.tell("role BACKUP");
  CHECK(additions.heard().empty());
  proveAlive(guardian, keepalived);
}

TEST_CASE("what keepalived itself takes away stays away") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  proveAlive(guardian, keepalived);
  Additions additions;
  keepalived.becomeBackup();
  for (const std::string& vip : kVips) CHECK_FALSE(has(vip));
  CHECK(additions.heard().empty());
  proveAlive(guardian, keepalived);
  keepalived.becomeBackup();
  CHECK(guardian.stop() == 0);
  for (const std::string& vip : kVips) CHECK_FALSE(has(vip));
}

TEST_CASE("nothing is added when keepalived is dead") {
  Host host;
  auto keepalived = std::make_unique<Keepalived>(fake.path(), kOptions);
  keepalived->becomeMaster();
  Guardian guardian(program.path());
  proveAlive(guardian, *keepalived);
  keepalived->kill();
  CHECK_FALSE(guardian.entry(id::keepalivedGone).empty());
  // What it put back itself goes with the one it did it for; the rest is keepalived's, dead or not.
  CHECK(eventually([&] { return !has("192.0.2.101/32"); }));
  Additions additions;
  for (const std::string& vip : kVips)
    if (vip != "192.0.2.101/32") takeAway(vip);
  keepalived = std::make_unique<Keepalived>(fake.path(), kOptions);
  CHECK(eventually([&] {
    const auto& all = guardian.entries();
    return std::count_if(all.begin(), all.end(), [](const Entry& one) {
             const auto found = one.find("MESSAGE_ID");
             return found != one.end() && found->second == id::keepalivedSeen;
           }) == 2;
  }));
  CHECK(additions.heard().empty());
  proveAlive(guardian, *keepalived);
}

TEST_CASE("a keepalived that stops takes its addresses with it") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  proveAlive(guardian, keepalived);
  Additions additions;
  keepalived.tell("stop");
  CHECK_FALSE(guardian.entry(id::keepalivedGone).empty());
  for (const std::string& vip : kVips) CHECK_FALSE(has(vip));
  CHECK(additions.heard().empty());
}

TEST_CASE("what keepalived does not confirm is taken back") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  proveAlive(guardian, keepalived);
  keepalived.tell("hang");
  takeAway("192.0.2.100/24");
  const Entry withdrawn = guardian.entry(id::incidentWithdrawn);
  REQUIRE_FALSE(withdrawn.empty());
  CHECK(withdrawn.at("VIPG_VIP").find("192.0.2.100/24") != std::string::npos);
  CHECK(eventually([&] { return !has("192.0.2.100/24") && !has("192.0.2.100/32"); }));
}

TEST_CASE("a keepalived from 2.0 on is left to look after its addresses itself") {
  Host host;
  sh("ln -sfn " + fake.path() + " /run/program/keepalived-2.2.7");
  Keepalived keepalived("/run/program/keepalived-2.2.7", kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  REQUIRE(watches(guardian));
  Additions additions;
  takeAway("192.0.2.101/32");
  CHECK_FALSE(guardian.entry(id::incidentObserved).empty());
  CHECK(additions.heard().empty());
  CHECK_FALSE(has("192.0.2.101/32"));
}

TEST_CASE("the policy to observe adds nothing and says what it saw") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path(), "{\"policy\": \"observe\"}");
  REQUIRE(watches(guardian));
  Additions additions;
  takeAway("192.0.2.101/32");
  const Entry observed = guardian.entry(id::incidentObserved);
  REQUIRE_FALSE(observed.empty());
  CHECK(observed.at("VIPG_VIP") == "192.0.2.101/32");
  CHECK(additions.heard().empty());
}

TEST_CASE("a guardian that ends leaves everything as it is and says that it ends") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  const auto before = addresses();
  Guardian guardian(program.path());
  CHECK_FALSE(guardian.entry(id::guardianStarted).empty());
  CHECK(guardian.stop() == 0);
  CHECK_FALSE(guardian.entry(id::guardianStopped).empty());
  CHECK(guardian.notified().find("STOPPING=1\n") != std::string::npos);
  CHECK(addresses() == before);
}

TEST_CASE("what keepalived dropped, and what was edited and not reloaded, is told in words") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  SECTION("an address of the file that keepalived does not have") {
    std::string text = keepalivedConf();
    text.insert(text.find("192.0.2.101/32"), "192.0.2.109/32\n        ");
    spill("/tmp/keepalived.conf", text);
    Guardian guardian(program.path());
    CHECK(
        guardian.tells("VI_1: the running keepalived is followed, not its configuration file: it does not have "
                       "192.0.2.109/32 on v0, which the file has"));
  }
  SECTION("an address of keepalived's that the file has no more") {
    std::string text = keepalivedConf();
    text.erase(text.find("192.0.2.101/32"), 14);
    spill("/tmp/keepalived.conf", text);
    Guardian guardian(program.path());
    CHECK(
        guardian.tells("VI_1: the running keepalived is followed, not its configuration file: it has "
                       "192.0.2.101/32 on v0, which the file has not"));
    REQUIRE(guards(guardian));
    const auto whole = addresses();
    takeAway("192.0.2.101/32");
    CHECK(becomes(whole));
  }
  SECTION("an instance that keepalived does not run") {
    spill("/tmp/keepalived.conf", keepalivedConf() + R"(vrrp_instance VI_9 {
    interface v0
    virtual_router_id 9
    virtual_ipaddress {
        192.0.2.9
    }
}
)");
    Guardian guardian(program.path());
    CHECK(guardian.tells("keepalived does not run VI_9, which its configuration file has"));
  }
  SECTION("a file with which it would not start") {
    spill("/tmp/keepalived.conf", keepalivedConf() + "vrrp_instance VI_9 {\n    interface v0\n}\n");
    Guardian guardian(program.path());
    CHECK(
        guardian.tells("keepalived runs, but would not start with its configuration file as it is now: "
                       "/tmp/keepalived.conf:"));
  }
}

TEST_CASE("of a file that says what keepalived says nothing is told") {
  Host host;
  Keepalived keepalived(fake.path(), kOptions);
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  proveAlive(guardian, keepalived);
  for (const Entry& entry : guardian.entries()) CHECK(entry.at("MESSAGE").find("file") == std::string::npos);
}
