#include <catch2/catch.hpp>

#include "systemd/instigator.hpp"

using namespace guardian::systemd;

namespace {

ProcessFacts process(int pid, std::vector<std::string> command, std::string unit = "session-2.scope",
                     std::string user = "") {
  return {pid, std::move(command), std::move(unit), std::move(user)};
}

}  // namespace

TEST_CASE("who asks networkd to act is told by its command line") {
  struct Row {
    std::vector<std::string> command;
    bool asks;
  };
  const Row rows[] = {
      {{"systemctl", "restart", "systemd-networkd"}, true},
      {{"/bin/systemctl", "--no-pager", "try-restart", "systemd-networkd.service"}, true},
      {{"systemctl", "status", "systemd-networkd"}, false},
      {{"systemctl", "restart", "keepalived"}, false},
      {{"/usr/bin/perl", "/usr/bin/deb-systemd-invoke", "restart", "systemd-networkd.service"}, true},
      {{"networkctl", "reconfigure", "eth0"}, true},
      {{"networkctl", "status"}, false},
      {{"/usr/bin/python3", "/usr/sbin/netplan", "apply"}, true},
      {{"/usr/bin/python3", "/usr/sbin/netplan", "get"}, false},
      {{"/usr/bin/dpkg", "--configure", "systemd"}, true},
      {{"/usr/bin/python3", "/usr/bin/unattended-upgrade"}, true},
      {{"vim", "systemd-networkd"}, false},
      {{"bash"}, false},
      {{}, false},
  };
  for (const Row& row : rows) {
    INFO((row.command.empty() ? std::string("nothing") : row.command.back()));
    CHECK(pickInstigator({process(1234, row.command)}).empty() != row.asks);
  }
}

TEST_CASE("a service is named by its unit, a person's command by itself and its user") {
  CHECK(pickInstigator({process(812, {"/usr/bin/dpkg"}, "apt-daily-upgrade.service")}) == "apt-daily-upgrade.service");
  CHECK(pickInstigator({process(812, {"python3", "/usr/sbin/netplan", "apply"}, "session-2.scope", "admin")}) ==
        "netplan[812] run by user admin");
  CHECK(pickInstigator({process(812, {"networkctl", "reload"}, "")}) == "networkctl[812]");
}

TEST_CASE("the one that asks goes before the package manager behind it, and the youngest before older ones") {
  CHECK(pickInstigator({process(100, {"dpkg"}, "apt-daily.service"),
                        process(90, {"systemctl", "restart", "systemd-networkd"})}) == "systemctl[90]");
  CHECK(pickInstigator({process(100, {"networkctl", "reload"}), process(90, {"networkctl", "reload"})}) ==
        "networkctl[100]");
  CHECK(pickInstigator({}).empty());
}
