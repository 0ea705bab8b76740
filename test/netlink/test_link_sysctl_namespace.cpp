#include <algorithm>

#include "netlink/kernel.hpp"
#include "netlink/link_sysctl.hpp"

using namespace guardian;
using namespace guardian::test;
using netlink::Requests;

TEST_CASE("what the kernel's settings say of a link is read for that link") {
  Network network;
  const auto set = [](const std::string& family, const std::string& key, bool on) {
    spill("/proc/sys/net/" + family + "/conf/" + key, on ? "1" : "0");
  };
  const auto read = [](const char* name) {
    core::LinkRecord link;
    link.name = name;
    netlink::readSysctls(link);
    return std::string(link.promoteSecondaries ? "promotes " : "") + (link.forwardingV6 ? "forwards" : "");
  };
  for (const char* of : {"all", "v0", "v1"}) set("ipv4", std::string(of) + "/promote_secondaries", false);
  set("ipv6", "all/forwarding", false);
  CHECK(read("v0").empty());
  set("ipv4", "v0/promote_secondaries", true);
  set("ipv6", "v0/forwarding", true);
  CHECK(read("v0") == "promotes forwards");
  CHECK(read("v1").empty());
  set("ipv4", "all/promote_secondaries", true);
  CHECK(read("v1") == "promotes ");
  CHECK(read("nosuchlink") == "promotes ");

  Heard heard;
  sh("ip link set v0 mtu 1400");
  CHECK(heard.last<core::LinkChanged>().link.promoteSecondaries);
  CHECK(heard.last<core::LinkChanged>().link.forwardingV6);
  Requests requests;
  const auto links = snapshot(requests).links;
  const auto v0 = std::find_if(links.begin(), links.end(), [](const auto& link) { return link.name == "v0"; });
  REQUIRE(v0 != links.end());
  CHECK((v0->promoteSecondaries && v0->forwardingV6));
}
