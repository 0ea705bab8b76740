// Versions and settings of networkd against what they protect; the facts are measured.
#include <catch2/catch.hpp>

#include "doctor/hosts.hpp"

using namespace guardian;
using namespace guardian::test;
using doctor::Host;
using doctor::judge;

TEST_CASE("what protects the addresses from a restart depends on the version and on the family", "[doctor]") {
  const struct {
    int version;
    bool ported;  ///< the program knows KeepConfiguration= though it is too old
    const char* keep;
    bool critical;
    bool ipv6;  ///< there is a /128
    bool safe;
    const char* cure;
  } rows[] = {
      {237, false, "", false, false, false, "[DHCP]\nCriticalConnection=yes\n"},
      {237, false, "", true, true, true, ""},
      {237, false, "static", false, false, false, "[DHCP]\nCriticalConnection=yes\n"},  // it does not know the word
      {237, true, "static", false, false, true, ""},
      {237, true, "", false, false, false, "[Network]\nKeepConfiguration=static\n"},
      {242, false, "yes", false, false, false, "[DHCP]\nCriticalConnection=yes\n"},
      {243, false, "", false, false, false, "[Network]\nKeepConfiguration=static\n"},
      {243, false, "static", false, false, true, ""},
      {245, false, "", true, true, true, ""},  // means KeepConfiguration=yes since 243
      {249, false, "static", false, true, false, "[Network]\nKeepConfiguration=yes\n"},
      {249, false, "yes", false, true, true, ""},
      {252, false, "", false, true, false, "[Network]\nKeepConfiguration=yes\n"},
      {252, false, "dhcp", false, false, false, "[Network]\nKeepConfiguration=static\n"},
      {252, false, "dhcp-on-stop", false, false, false, "[Network]\nKeepConfiguration=static\n"},
      {252, false, "no", false, false, false, "[Network]\nKeepConfiguration=static\n"},
      {257, false, "yes", false, true, true, ""},
  };
  for (const auto& row : rows) {
    INFO(row.version << " KeepConfiguration=" << row.keep << " CriticalConnection=" << row.critical << " IPv6 "
                     << row.ipv6);
    Host host = bionic();
    host.networkd.version = row.version;
    host.networkd.knowsKeepConfiguration = row.ported;
    host.links[0].network->keepConfiguration = row.keep;
    host.links[0].network->critical = row.critical;
    if (row.ipv6) instanceOf(host).vips.push_back(vipOf("2001:db8::100", 128));
    const doctor::Report report = judge(host);
    const doctor::Finding* finding = find(report, "networkd.restart");
    REQUIRE(finding != nullptr);
    CHECK((finding->severity == doctor::Severity::Ok) == row.safe);
    REQUIRE(finding->fixes.size() == (row.safe ? 0U : 1U));
    if (row.safe) continue;
    CHECK(finding->fixes[0].path == "/etc/systemd/network/10-eth0.network.d/90-vip-guardian.conf");
    CHECK(finding->fixes[0].text.substr(finding->fixes[0].text.find('\n') + 1) == row.cure);
    CHECK(finding->remedy == "# " + finding->fixes[0].path + "\n" + row.cure);
  }
}

TEST_CASE("the first releases of 257 are warned of where it matters", "[doctor]") {
  Host host = bionic();
  host.networkd.version = 257;
  instanceOf(host).vips.push_back(vipOf("2001:db8::100", 128));
  const doctor::Report report = judge(host);
  REQUIRE(find(report, "networkd.restart") != nullptr);
  CHECK(find(report, "networkd.restart")->remedy.find("36411") != std::string::npos);
  host.networkd.version = 258;
  const doctor::Report later = judge(host);
  CHECK(find(later, "networkd.restart")->remedy.find("36411") == std::string::npos);
}

TEST_CASE("a link-local virtual address is spared by networkd, and needs nothing", "[doctor]") {
  Host host = bionic();
  host.networkd.version = 252;
  host.links[0].network->keepConfiguration = "static";
  instanceOf(host).vips.push_back(vipOf("fe80::100", 128));
  CHECK(said(judge(host), "networkd.restart") == "ok: a restart of networkd leaves the addresses on eth0");
}

TEST_CASE("what makes leases last for ever is not written by itself", "[doctor]") {
  Host host = bionic();
  host.links[0].network->dhcp = true;
  const doctor::Report report = judge(host);
  const doctor::Finding* finding = find(report, "networkd.restart");
  REQUIRE(finding != nullptr);
  CHECK(finding->severity == doctor::Severity::Warning);
  CHECK(finding->fixes.empty());
  CHECK(finding->remedy.find("CriticalConnection=yes") != std::string::npos);
  CHECK(said(report, "networkd.dhcp") == "note: DHCP gives eth0 the host's own address");
}

TEST_CASE("how bad it is that networkd takes addresses depends on who brings them back", "[doctor]") {
  Host host = bionic();
  CHECK(judge(host).verdict == doctor::Verdict::Degraded);
  CHECK(said(judge(host), "networkd.restart") == "warning: a restart of networkd takes the virtual addresses off eth0");

  host.guardian.alive = false;
  CHECK(said(judge(host), "networkd.restart") == "bad: a restart of networkd takes the virtual addresses off eth0");
  CHECK(judge(host).verdict == doctor::Verdict::Critical);

  host.keepalived.version = core::Version{2, 2, 7};  // costs an election, no more
  CHECK(said(judge(host), "networkd.restart") == "warning: a restart of networkd takes the virtual addresses off eth0");
}

TEST_CASE("interfaces that need the same are one finding, with a file each", "[doctor]") {
  Host host = bionic();
  instanceOf(host).vips.push_back(vipOf("203.0.113.5", 32, "eth1"));
  instanceOf(host).vips.push_back(vipOf("203.0.113.6", 32, "eth2"));
  host.links.push_back(linkOf("eth1"));
  host.links.push_back(linkOf("eth2"));
  host.links[2].network->critical = true;
  const doctor::Report report = judge(host);
  const doctor::Finding* finding = find(report, "networkd.restart");
  REQUIRE(finding != nullptr);
  CHECK(finding->about == std::vector<std::string>{"eth0", "eth1"});
  REQUIRE(finding->fixes.size() == 2);
  CHECK(finding->fixes[1].path == "/etc/systemd/network/10-eth1.network.d/90-vip-guardian.conf");
}

TEST_CASE("one file for two interfaces gets the drop-in that suits both", "[doctor]") {
  Host host = bionic();
  host.networkd.version = 252;
  instanceOf(host).vips.push_back(vipOf("2001:db8::100", 128, "eth1"));
  host.links.push_back(linkOf("eth1"));
  host.links[1].network->path = host.links[0].network->path;
  const doctor::Report report = judge(host);
  const doctor::Finding* finding = find(report, "networkd.restart");
  REQUIRE(finding != nullptr);
  REQUIRE(finding->fixes.size() == 1);
  CHECK(finding->fixes[0].text.find("KeepConfiguration=yes\n") != std::string::npos);
}

TEST_CASE("an interface that networkd leaves alone is safe", "[doctor]") {
  Host none = bionic();
  none.links[0].network.reset();
  Host unmanaged = bionic();
  unmanaged.links[0].network->unmanaged = true;
  for (Host* host : {&none, &unmanaged}) {
    host->guardian.alive = false;
    CHECK(said(judge(*host), "networkd.restart") == "ok: a restart of networkd leaves the addresses on eth0");
    CHECK(said(judge(*host), "networkd.carrier").empty());
  }
  Host off = bionic();
  off.networkd.enabled = false;
  CHECK(said(judge(off), "networkd.version") == "ok: systemd-networkd does not run here, and takes nothing");
  CHECK(said(judge(off), "networkd.restart").empty());
}

TEST_CASE("a loss of carrier costs the addresses before systemd 250", "[doctor]") {
  const struct {
    int version;
    const char* ignore;
    bool safe;
  } rows[] = {
      {237, "", false}, {237, "yes", false},  // 237 does not know it
      {242, "", false}, {242, "yes", true},  {249, "no", false}, {249, "5s", true}, {250, "", true}, {252, "", true},
  };
  for (const auto& row : rows) {
    INFO(row.version << " IgnoreCarrierLoss=" << row.ignore);
    Host host = bionic();
    host.networkd.version = row.version;
    host.links[0].network->ignoreCarrierLoss = row.ignore;
    CHECK(said(judge(host), "networkd.carrier") ==
          (row.safe ? "" : "note: a loss of carrier has networkd take the addresses off eth0"));
  }
}

TEST_CASE("virtual routes go as well, unless networkd leaves foreign ones alone", "[doctor]") {
  Host host = bionic();
  instanceOf(host).virtualRoutes = 2;
  host.networkd.version = 249;
  CHECK(said(judge(host), "networkd.routes") == "note: networkd takes keepalived's virtual_routes off eth0 as well");
  host.networkd.keepsRoutes = true;
  CHECK(said(judge(host), "networkd.routes").empty());
  host.networkd.keepsRoutes = false;
  host.networkd.version = 237;  // takes them too, and knows nothing that would forbid it
  CHECK(said(judge(host), "networkd.routes").empty());
}

TEST_CASE("upgrades are worth a word only where a restart of networkd does harm", "[doctor]") {
  Host host = bionic();
  host.upgrades.unattended = host.upgrades.needrestart = true;
  host.upgrades.nextRun = "Sun 2026-11-22 06:24 UTC";
  CHECK(said(judge(host), "upgrades.unattended") ==
        "note: an unattended upgrade may restart networkd; the next is on Sun 2026-11-22 06:24 UTC");
  CHECK(said(judge(host), "upgrades.needrestart") == "note: needrestart may restart networkd or keepalived");

  host.guardian.alive = false;
  CHECK(said(judge(host), "upgrades.unattended").substr(0, 8) == "warning:");

  host.upgrades.needrestartSparesNetwork = true;
  CHECK(said(judge(host), "upgrades.needrestart").empty());

  host.links[0].network->critical = true;
  CHECK(said(judge(host), "upgrades.unattended").empty());
  CHECK(said(judge(host), "upgrades") == "ok: an upgrade that restarts networkd takes no virtual address");

  host.keepalived.configuration.reset();  // where there may be addresses, nobody knows
  host.links.clear();
  CHECK(said(judge(host), "upgrades").empty());
  CHECK(said(judge(host), "upgrades.unattended").substr(0, 5) == "note:");
}
