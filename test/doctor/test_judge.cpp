// Facts in, findings out: everything but networkd, which has its own file.
#include <functional>

#include <catch2/catch.hpp>

#include "doctor/hosts.hpp"

using namespace guardian;
using namespace guardian::test;
using doctor::Host;
using doctor::judge;

namespace {

core::Overview& picture(Host& host) { return host.guardian.document->overview; }

/// Without a guardian, which would have listened.
std::vector<doctor::Heard>& listened(Host& host) {
  host.guardian.alive = false;
  host.wire.listened = true;
  return host.wire.adverts;
}

doctor::Heard peerOf(const Host& host) {
  core::Advert advert;
  advert.vrid = 51;
  advert.priority = 100;
  advert.source = *core::parseAddress("192.0.2.12");
  for (const core::Vip& vip : host.keepalived.configuration->instances[0].vips) advert.addresses.push_back(vip.address);
  return {"eth0", advert};
}

doctor::Heard strangerTo(const Host& host) {
  doctor::Heard heard = peerOf(host);
  heard.advert.source = *core::parseAddress("192.0.2.77");
  heard.advert.addresses = {*core::parseAddress("192.0.2.200")};
  return heard;
}

}  // namespace

TEST_CASE("each fact that matters leads to its finding", "[doctor]") {
  const struct {
    const char* what;
    std::function<void(Host&)> change;
    const char* id;
    const char* says;  ///< severity and statement; empty: nothing
  } rows[] = {
      {"as it is", [](Host&) {}, "keepalived.version", "ok: keepalived 1.3.9 does not notice a lost address"},
      {"a newer keepalived",
       [](Host& h) {
         h.guardian.alive = false, h.keepalived.version = core::Version{2, 2, 7};
       },
       "keepalived.version", "ok: keepalived 2.2.7 answers a lost address by a new election"},
      {"a newer one that does not look, by the guardian's configuration",
       [](Host& h) {
         h.keepalived.version = core::Version{2, 2, 7};
       },
       "keepalived.version", "ok: keepalived 2.2.7 does not notice a lost address"},
      {"an unknown version", [](Host& h) { h.keepalived.version.reset(); }, "keepalived.version",
       "note: the version of keepalived is not known"},
      {"none", [](Host& h) { h.keepalived = {}; }, "keepalived.version", "note: keepalived is not installed"},

      {"as it is", [](Host&) {}, "keepalived.config",
       "ok: /etc/keepalived/keepalived.conf has 1 instance and no odd line"},
      {"odd lines",
       [](Host& h) {
         h.keepalived.configuration->problems = {{core::Problem::Severity::Warning, "f", 3, "Odd."},
                                                 {core::Problem::Severity::Note, "f", 4, "Well."}};
       },
       "keepalived.config",
       "warning: keepalived reads 1 line of /etc/keepalived/keepalived.conf otherwise than written"},
      {"refused", [](Host& h) { h.keepalived.configuration->accepted = false; }, "keepalived.config",
       "bad: keepalived does not start with /etc/keepalived/keepalived.conf"},
      {"not understood", [](Host& h) { instanceOf(h).understood = false; }, "keepalived.config",
       "warning: the configuration of VI_1 is not understood"},

      {"edited", [](Host& h) { picture(h).instances[0].drift = "VI_1: it differs"; }, "keepalived.drift",
       "warning: VI_1: its configuration was edited, and is not in force"},
      {"as it is", [](Host&) {}, "keepalived.drift", ""},
      {"edited, as of a daemon that is gone",
       [](Host& h) { h.guardian.alive = false, picture(h).instances[0].drift = "VI_1: it differs"; },
       "keepalived.drift", ""},

      {"as it is", [](Host&) {}, "keepalived.ordering", "ok: keepalived starts after the network is online"},
      {"no order", [](Host& h) { h.keepalived.afterNetworkOnline = false; }, "keepalived.ordering",
       "warning: keepalived.service does not wait for the network"},
      {"an order that waits for nothing", [](Host& h) { h.networkd.waitsOnline = false; }, "keepalived.ordering",
       "note: keepalived waits for network-online.target, which waits for nothing"},
      {"no unit", [](Host& h) { h.keepalived.hasUnit = false; }, "keepalived.ordering", ""},

      {"1.3.9", [](Host&) {}, "keepalived.dump",
       "warning: anybody on this host can write to keepalived's answers in /tmp"},
      {"2.0.9",
       [](Host& h) {
         h.keepalived.version = core::Version{2, 0, 9};
       },
       "keepalived.dump", "warning: anybody on this host can write to keepalived's answers in /tmp"},
      {"2.0.10",
       [](Host& h) {
         h.keepalived.version = core::Version{2, 0, 10};
       },
       "keepalived.dump", "ok: keepalived's answers in /tmp can be written to by root alone"},
      {"a /tmp that we cannot see", [](Host& h) { h.keepalived.privateTmp = true; }, "keepalived.dump",
       "bad: keepalived has a /tmp of its own, and vip-guardian cannot look into it"},
      {"a /tmp that we can see", [](Host& h) { h.keepalived.privateTmp = h.guardian.seesAllProcesses = true; },
       "keepalived.dump", "ok: keepalived answers in a /tmp of its own"},

      {"BACKUP", [](Host&) {}, "keepalived.initial-state", ""},
      {"MASTER", [](Host& h) { instanceOf(h).startsAsMaster = true; }, "keepalived.initial-state",
       "note: VI_1 starts with state MASTER"},
      {"the owner", [](Host& h) { instanceOf(h).startsAsMaster = true, instanceOf(h).priority = 255; },
       "keepalived.owner", "note: VI_1 has priority 255, as owner of the addresses"},
      {"the owner, said once", [](Host& h) { instanceOf(h).startsAsMaster = true, instanceOf(h).priority = 255; },
       "keepalived.initial-state", ""},
      {"a weaker peer, nopreempt",
       [](Host& h) {
         picture(h).instances[0].peer = core::PeerOverview{"192.0.2.2", 100, {}, false};
       },
       "keepalived.preemption", ""},
      {"a weaker peer",
       [](Host& h) {
         instanceOf(h).nopreempt = false;
         picture(h).instances[0].peer = core::PeerOverview{"192.0.2.2", 100, {}, false};
       },
       "keepalived.preemption", "note: VI_1: unequal priorities without nopreempt"},
      {"a weaker one that may be a stranger",
       [](Host& h) {
         instanceOf(h).nopreempt = false;
         picture(h).instances[0].peer = core::PeerOverview{"192.0.2.2", 100, {}, false};
         picture(h).instances[0].strangers = {"somebody is there"};
       },
       "keepalived.preemption", ""},
      {"an equal peer",
       [](Host& h) {
         instanceOf(h).nopreempt = false;
         picture(h).instances[0].peer = core::PeerOverview{"192.0.2.2", 150, {}, false};
       },
       "keepalived.preemption", ""},

      {"nobody else, for an hour", [](Host& h) { h.guardian.uptime = std::chrono::hours(1); }, "keepalived.peer", ""},
      {"nobody else, for days", [](Host& h) { h.guardian.uptime = std::chrono::hours(72); }, "keepalived.peer",
       "note: no other node has been heard yet of VI_1"},
      {"nobody else, but named ones",
       [](Host& h) {
         h.guardian.uptime = std::chrono::hours(72);
         instanceOf(h).unicastPeers = {*core::parseAddress("192.0.2.2")};
       },
       "keepalived.peer", ""},

      {"a refresh", [](Host&) {}, "keepalived.garp-refresh",
       "ok: the neighbours are told again and again (garp_master_refresh)"},
      {"none", [](Host& h) { instanceOf(h).announce.refresh = {}; }, "keepalived.garp-refresh",
       "note: VI_1 announces the addresses only when becoming master"},

      {"as it is", [](Host&) {}, "wire.strangers", "ok: nobody else on the wire claims what this host has"},
      {"not listened", [](Host& h) { h.guardian.alive = false; }, "wire.strangers", ""},
      {"told by the guardian", [](Host& h) { picture(h).instances[0].strangers = {"somebody is there"}; },
       "wire.strangers", "warning: VI_1: somebody else claims what this host has"},
      {"told by the guardian, and said once",
       [](Host& h) { picture(h).instances[0].strangers = {"somebody is there"}; }, "guardian.health",
       "ok: what it knows of keepalived and the addresses is in order"},
      {"nobody heard", [](Host& h) { listened(h); }, "wire.strangers",
       "ok: nobody else on the wire claims what this host has"},
      {"its peer heard", [](Host& h) { listened(h).push_back(peerOf(h)); }, "wire.strangers",
       "ok: nobody else on the wire claims what this host has"},
      {"its peer heard, with less", [](Host& h) { instanceOf(h).nopreempt = false, listened(h) = {peerOf(h)}; },
       "keepalived.preemption", "note: VI_1: unequal priorities without nopreempt"},
      {"a stranger with less", [](Host& h) { instanceOf(h).nopreempt = false, listened(h) = {strangerTo(h)}; },
       "keepalived.preemption", ""},
      {"a stranger heard", [](Host& h) { listened(h) = {strangerTo(h)}; }, "wire.strangers",
       "warning: 192.0.2.77 advertises virtual router 51 of VI_1 on eth0 as well"},
      {"one of another number", [](Host& h) { listened(h) = {strangerTo(h)}, h.wire.adverts[0].advert.vrid = 52; },
       "wire.strangers", "ok: nobody else on the wire claims what this host has"},
      {"one on another interface", [](Host& h) { listened(h) = {strangerTo(h)}, h.wire.adverts[0].interface = "eth1"; },
       "wire.strangers", "ok: nobody else on the wire claims what this host has"},
      {"one of another family",
       [](Host& h) { listened(h) = {strangerTo(h)}, h.wire.adverts[0].advert.family = core::Family::IPv6; },
       "wire.strangers", "ok: nobody else on the wire claims what this host has"},

      {"as it is", [](Host&) {}, "networkmanager.connections", ""},
      {"NetworkManager beside networkd", [](Host& h) { h.links[0].networkManager = true; },
       "networkmanager.connections", ""},
      {"NetworkManager", [](Host& h) { h.links[0].network.reset(), h.links[0].networkManager = true; },
       "networkmanager.connections", "note: NetworkManager runs eth0"},
      {"NetworkManager, unguarded",
       [](Host& h) {
         h.links[0].network.reset(), h.links[0].networkManager = true;
         h.guardian.alive = false;
       },
       "networkmanager.connections", "bad: NetworkManager runs eth0"},

      {"a VMAC", [](Host& h) { instanceOf(h).vmac = "vrrp.51"; }, "keepalived.vmac",
       "note: VI_1 uses a MAC address of VRRP's own"},
      {"an ipvlan", [](Host& h) { instanceOf(h).vmac = "vrrp.51", instanceOf(h).ipvlan = true; }, "keepalived.ipvlan",
       "note: VI_1 uses an ipvlan"},
      {"an ipvlan is no VMAC", [](Host& h) { instanceOf(h).vmac = "vrrp.51", instanceOf(h).ipvlan = true; },
       "keepalived.vmac", ""},

      {"a /32", [](Host&) {}, "addresses.prefix-length", ""},
      {"the base address's length", [](Host& h) { instanceOf(h).vips[0].prefixLength = 24; }, "addresses.prefix-length",
       "note: 192.0.2.100/24 shares its subnet with the host's own address"},
      {"another length of the same subnet", [](Host& h) { instanceOf(h).vips[0].prefixLength = 25; },
       "addresses.prefix-length", ""},
      {"nothing shared, promotion off", [](Host& h) { h.links[0].promoteSecondaries = false; },
       "kernel.promote-secondaries", ""},
      {"shared with the base address",
       [](Host& h) { h.links[0].promoteSecondaries = false, instanceOf(h).vips[0].prefixLength = 24; },
       "kernel.promote-secondaries", "warning: promote_secondaries is off on eth0"},
      {"shared among themselves",
       [](Host& h) {
         h.links[0].promoteSecondaries = false;
         instanceOf(h).vips.push_back(vipOf("198.51.100.11", 24));
       },
       "kernel.promote-secondaries", "warning: promote_secondaries is off on eth0"},
      {"shared, promotion on", [](Host& h) { instanceOf(h).vips[0].prefixLength = 24; }, "kernel.promote-secondaries",
       "ok: promote_secondaries is on, where addresses share a subnet (eth0)"},
      {"shared, not to be seen",
       [](Host& h) { h.links[0].promoteSecondaries.reset(), instanceOf(h).vips[0].prefixLength = 24; },
       "kernel.promote-secondaries", ""},
      {"the host's own address as virtual one", [](Host& h) { instanceOf(h).vips.push_back(vipOf("192.0.2.10", 24)); },
       "addresses.own", "warning: 192.0.2.10/24 on eth0 is configured in networkd and in keepalived"},

      {"a dead guardian", [](Host& h) { h.guardian.alive = false; }, "guardian.running",
       "bad: vip-guardian does not run"},
      {"a dead guardian beside a newer keepalived",
       [](Host& h) {
         h.guardian.alive = false, h.keepalived.version = core::Version{2, 2, 7};
       },
       "guardian.running", "note: vip-guardian does not run"},
      {"no keepalived either", [](Host& h) { h.guardian.alive = false, h.keepalived = {}; }, "guardian.running",
       "note: vip-guardian does not run"},
      {"not enabled", [](Host& h) { h.guardian.enabled = false; }, "guardian.enabled",
       "warning: vip-guardian is not enabled"},
      {"paused",
       [](Host& h) {
         picture(h).paused = core::Pause{{}, "rack 4"};
       },
       "guardian.paused", "warning: vip-guardian is paused (rack 4)"},
      {"observing", [](Host& h) { picture(h).policy = core::PolicyKind::Observe; }, "guardian.policy",
       "warning: vip-guardian only observes, by its configuration"},
      {"well", [](Host&) {}, "guardian.health", "ok: what it knows of keepalived and the addresses is in order"},
      {"paused, told once",
       [](Host& h) {
         picture(h).paused = core::Pause{{}, ""};
       },
       "guardian.health", "ok: what it knows of keepalived and the addresses is in order"},
      {"deaf", [](Host& h) { picture(h).silent = true; }, "guardian.health",
       "warning: vip-guardian status says degraded"},
      {"mute", [](Host& h) { picture(h).instances[0].mute = true; }, "guardian.health",
       "bad: vip-guardian status says critical"},
  };
  for (const auto& row : rows) {
    INFO(row.id << ": " << row.what);
    Host host = bionic();
    row.change(host);
    CHECK(said(judge(host), row.id) == row.says);
  }
}

TEST_CASE("for a number that two clusters share, one is named that nobody was heard to have", "[doctor]") {
  Host host = bionic();
  core::Instance other = instanceOf(host);
  other.name = "VI_2";
  other.vrid = 52;
  host.keepalived.configuration->instances.push_back(other);
  doctor::Heard further = strangerTo(host);
  further.advert.vrid = 53;
  listened(host) = {strangerTo(host), further};
  const doctor::Report report = judge(host);
  const doctor::Finding* finding = find(report, "wire.strangers");
  REQUIRE(finding != nullptr);
  CHECK(finding->about == std::vector<std::string>{"VI_1"});
  CHECK(finding->reason ==
        "keepalived does not take it: its list of addresses is another one, without 192.0.2.100, with 192.0.2.200. If "
        "it is a node of this cluster, both become master; else two clusters share a number.");
  CHECK(finding->remedy.find("virtual_router_id 54 ") != std::string::npos);
}

TEST_CASE("paused or observing, a guardian is no help against networkd", "[doctor]") {
  Host paused = bionic();
  picture(paused).paused = core::Pause{};
  Host observing = bionic();
  picture(observing).policy = core::PolicyKind::Observe;
  for (Host* host : {&paused, &observing}) {
    CHECK(said(judge(*host), "networkd.restart").substr(0, 4) == "bad:");
    CHECK(judge(*host).verdict == doctor::Verdict::Critical);
  }
}

TEST_CASE("the verdict is that of the worst finding, and unknown without a configuration", "[doctor]") {
  Host host = bionic();
  CHECK(judge(host).verdict == doctor::Verdict::Degraded);

  host.links[0].network->critical = true;
  host.keepalived.version = core::Version{1, 3, 9};
  host.keepalived.privateTmp = host.guardian.seesAllProcesses = true;
  CHECK(judge(host).verdict == doctor::Verdict::Fine);  // notes alone

  host.keepalived.configuration.reset();
  CHECK(judge(host).verdict == doctor::Verdict::Unknown);
  host.keepalived.reported = bionic().keepalived.configuration->instances;
  CHECK(judge(host).verdict == doctor::Verdict::Fine);  // where the addresses stand is known otherwise

  host.guardian.alive = false;
  CHECK(judge(host).verdict == doctor::Verdict::Critical);
}

TEST_CASE("whether the host needs a guardian is said in one sentence", "[doctor]") {
  Host host = bionic();
  CHECK(judge(host).summary ==
        "This host needs a guardian: keepalived 1.3.9 never notices that an address is gone, and networkd takes them.");
  host.networkd.version = 252;
  host.links[0].network->keepConfiguration = "yes";
  CHECK(judge(host).summary ==
        "keepalived 1.3.9 never notices that an address is gone. networkd is kept from taking any; vip-guardian is for "
        "all other hands.");
  picture(host).answersItself = true;
  CHECK(judge(host).summary ==
        "keepalived 1.3.9 answers a loss itself, by a new election: vip-guardian watches and reports here.");
  Host other = bionic();
  other.networkd.enabled = false;
  CHECK(judge(other).summary ==
        "keepalived 1.3.9 never notices that an address is gone. networkd does not run here; vip-guardian is for all "
        "other hands.");
  other.links[0].networkManager = true;
  CHECK(judge(other).summary ==
        "This host needs a guardian: keepalived 1.3.9 never notices that an address is gone, and NetworkManager takes "
        "them where a connection is activated anew.");
  CHECK(judge(Host{}).summary == "There is no keepalived here, and nothing to guard.");
}

TEST_CASE("the worst comes first", "[doctor]") {
  Host host = bionic();
  host.guardian.alive = false;
  const doctor::Report report = judge(host);
  REQUIRE(report.findings.size() > 4);
  CHECK(report.findings.front().severity == doctor::Severity::Bad);
  CHECK(report.findings.back().severity == doctor::Severity::Ok);
  for (std::size_t i = 1; i < report.findings.size(); ++i)
    CHECK(report.findings[i - 1].severity >= report.findings[i].severity);
}

TEST_CASE("whatever is not in order has a reason and says what to do", "[doctor]") {
  Host host = bionic();
  host.guardian.alive = false;
  host.keepalived.afterNetworkOnline = false;
  host.links[0].promoteSecondaries = false;
  host.links[0].network->dhcp = true;
  host.upgrades.unattended = host.upgrades.needrestart = true;
  core::Instance& instance = instanceOf(host);
  instance.vips[0].prefixLength = 24;
  instance.startsAsMaster = true;
  instance.announce.refresh = {};
  instance.vmac = "vrrp.51";
  const doctor::Report report = judge(host);
  CHECK(report.findings.size() >= 12);
  for (const doctor::Finding& finding : report.findings) {
    INFO(finding.id << ": " << finding.statement);
    CHECK(finding.statement.size() <= 80);
    CHECK(finding.statement.find('\n') == std::string::npos);
    if (finding.severity == doctor::Severity::Ok) continue;
    CHECK_FALSE(finding.reason.empty());
    CHECK((!finding.remedy.empty() && finding.remedy.back() == '\n'));
  }
}
