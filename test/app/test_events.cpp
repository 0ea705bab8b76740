// From a report of the core through a real journal to what `vip-guardian events` and `explain` say. Needs root, and
// systemd's journald.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "app/reports.hpp"
#include "support/picture.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;
using nlohmann::json;

namespace {

Program program(VIP_GUARDIAN);

/// A journald of our own, which writes below the empty /run of the test.
class Journald {
 public:
  Journald() {
    sh("rm -rf /run/systemd /run/log && mkdir -p /run/systemd/journal /run/log/journal");
    process_ = Child([] {
      for (const char* path : {"/lib/systemd/systemd-journald", "/usr/lib/systemd/systemd-journald"})
        ::execl(path, path, nullptr);
      return 127;
    });
    REQUIRE(eventually([] { return ::access("/run/systemd/journal/socket", F_OK) == 0; }));
    machine_ = slurp("/etc/machine-id").substr(0, 32);
  }
  std::string directory() const { return "/run/log/journal/" + machine_; }

 private:
  Child process_;
  std::string machine_;
};

void tell(const core::IncidentReport& report) {
  // To a terminal only the text would go.
  const Fd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  const Fd nowhere(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  ::dup2(nowhere.get(), STDERR_FILENO);
  systemd::Journal journal;
  app::write(journal, report);
  ::dup2(before.get(), STDERR_FILENO);
}

}  // namespace

TEST_CASE("what the daemon wrote to the journal is told by events and explain") {
  const Journald journald;
  core::IncidentReport report = incidentOf(std::chrono::steady_clock::now() - std::chrono::seconds(3)).report;
  const core::IncidentReport repaired = report;
  report.outcome = core::Outcome::Open;
  tell(report);
  tell(repaired);
  // Noticed later, for that is the order in which they are told.
  report = incidentOf(std::chrono::steady_clock::now() - std::chrono::seconds(2)).report;
  report.id = "00000001";
  report.outcome = core::Outcome::Observed;
  report.losses.clear();
  report.routes = {{"virtual route 203.0.113.0/24 via 192.0.2.50", std::chrono::seconds(1), 1, false}};
  report.evidence = "the policy is to observe";
  tell(report);

  const std::string from = " --directory " + journald.directory() + " --file /nonexistent";
  const std::string events = program.path() + " events --json" + from;
  // journald takes its time, and there is nothing that would say when.
  REQUIRE(eventually([&] { return sh(events + " || true").find("00000001") != std::string::npos; }));
  const std::string lines = sh(events);
  INFO(lines);
  const json first = json::parse(lines.substr(0, lines.find('\n')));
  CHECK(first["id"] == "3f2a91c0");
  CHECK(first["outcome"] == "repaired");  // the last word, not the opening one
  CHECK(first["vips"].at(0)["address"] == "192.0.2.100/24");
  CHECK(first["outage_usec"] == 210);
  CHECK(first["remover"] == "systemd-networkd.service");
  CHECK(first["trigger"] == "restarted by apt-daily-upgrade.service");
  CHECK(first["timeline"]["added_after_usec"] == 210);
  CHECK(first["timeline"]["announced_after_usec"] == 900);
  CHECK(sh(program.path() + " explain 3f2a" + from).find("Incident 3f2a91c0 of VI_1: repaired") == 0);
  CHECK(sh(program.path() + " explain 00000001" + from).find("virtual route 203.0.113.0/24") != std::string::npos);
  CHECK(sh(program.path() + " events --since 10min" + from).find("No incidents") == std::string::npos);
  CHECK(sh(program.path() + " events --since now" + from).find("No incidents") != std::string::npos);

  SECTION("follow shows what comes") {
    const std::string shown = "/run/followed";
    Child follower([&] {
      const Fd output(::open(shown.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
      ::dup2(output.get(), STDOUT_FILENO);
      const std::string path = program.path();
      const std::string directory = journald.directory();
      ::execl(path.c_str(), path.c_str(), "events", "-f", "--json", "--directory", directory.c_str(), nullptr);
      return 127;
    });
    // It has shown the old ones, but may not wait for new ones yet.
    REQUIRE(eventually([&] { return slurp(shown).find("00000001") != std::string::npos; }));
    report.id = "00000002";
    CHECK(eventually([&] {
      tell(report);
      return slurp(shown).find("00000002") != std::string::npos;
    }));
    follower.end();
  }
}

TEST_CASE("what another user writes to the journal is no event, whatever it says of itself") {
  const Journald journald;
  core::IncidentReport report = incidentOf(std::chrono::steady_clock::now() - std::chrono::seconds(2)).report;
  report.id = "f0f0f0f0";
  Child stranger([&] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 1;
    tell(report);
    return 0;
  });
  REQUIRE(stranger.wait() == 0);
  report.id = "00000003";
  tell(report);
  const std::string from = " --directory " + journald.directory() + " --file /nonexistent";
  const std::string events = program.path() + " events --json" + from;
  REQUIRE(eventually([&] { return sh(events + " || true").find("00000003") != std::string::npos; }));
  // It is there: whoever reads all of the journal sees it, and by whom it was written.
  CHECK(sh("journalctl -o cat -D " + journald.directory() + " VIPG_INCIDENT=f0f0f0f0 _UID=65534")
            .find("192.0.2.100/24") != std::string::npos);
  CHECK(sh(events).find("f0f0f0f0") == std::string::npos);
  CHECK(sh(program.path() + " explain f0f0 --directory " + journald.directory() + " || true").find("is known") !=
        std::string::npos);
}
