// A keepalived of our own in process, mount and network namespaces of its own. Needs root.
#include <poll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>

#include <catch2/catch.hpp>

#include "keepalived/process.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;
using keepalived::Running;

namespace {

Program fake(FAKE_KEEPALIVED);

/// The program under a name that says a version.
std::string fakeOf(const std::string& version) {
  std::string link = "/run/program/keepalived-" + version;
  sh("ln -sfn " + fake.path() + " " + link);
  return link;
}

void freshRun() {
  sh("rm -rf /run/*.pid /run/keepalived /run/elsewhere /tmp/*");
  makeVeths();
  spill("/tmp/keepalived.conf", keepalivedConf());
}

const std::vector<std::string> kOptions{"-f", "/tmp/keepalived.conf"};

std::string describe(const std::optional<core::Event>& event) {
  if (!event) return "no news";
  if (std::holds_alternative<core::KeepalivedGone>(*event)) return "gone";
  if (const auto* edited = std::get_if<core::ConfigurationEdited>(&*event))
    return "edited to " + std::to_string(edited->configuration.instances.size());
  if (const auto* read = std::get_if<core::ConfigurationRead>(&*event))
    return "configuration of " + std::to_string(read->configuration.instances.size());
  const auto* started = std::get_if<core::KeepalivedStarted>(&*event);
  if (started == nullptr) return "something else";
  std::string text = "started " + std::to_string(started->version.major) + "." +
                     std::to_string(started->version.minor) + "." + std::to_string(started->version.patch);
  for (const auto& instance : started->configuration.instances) text += " " + instance.name;
  return text;
}

bool readable(int fd) {
  pollfd waiting{fd, POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("without a keepalived there is no news") {
  freshRun();
  Running running;
  CHECK(describe(running.look()) == "no news");
  CHECK_FALSE(running.process());
  CHECK(describe(running.rereadConfiguration()) == "no news");
}

TEST_CASE("a keepalived is found with its processes, version and configuration") {
  for (const char* version : {"1.3.9", "2.2.7"}) {
    freshRun();
    Running running;
    const Keepalived keepalived(fakeOf(version), kOptions);
    CHECK(describe(running.look()) == std::string("started ") + version + " VI_1 VI_6");
    REQUIRE(running.process());
    CHECK(running.process()->parentPid == keepalived.parentPid());
    CHECK(std::to_string(running.process()->vrrpPid) + "\n" == slurp("/run/vrrp.pid"));
    CHECK(running.commandLine().configFile == "/tmp/keepalived.conf");
    CHECK(describe(running.look()) == "no news");
  }
}

TEST_CASE("a keepalived that does not tell its version is taken for one that is only watched") {
  freshRun();
  const Keepalived keepalived(fakeOf("nonsense"), kOptions);
  Running running;
  CHECK(describe(running.look()) == "started 2.0.0 VI_1 VI_6");
}

TEST_CASE("a keepalived is found whose parent wrote its pid file elsewhere") {
  freshRun();
  sh("mkdir /run/elsewhere");
  auto options = kOptions;
  for (const char* word : {"-p", "/run/elsewhere/parent.pid", "-r", "/run/elsewhere/vrrp.pid"})
    options.emplace_back(word);
  const Keepalived keepalived(fakeOf("1.3.9"), options);
  Running running;
  CHECK(describe(running.look()) == "started 1.3.9 VI_1 VI_6");
  CHECK(running.process()->parentPid == keepalived.parentPid());
  REQUIRE_FALSE(running.takeFileEvents());
  sh("rm /run/elsewhere/vrrp.pid");  // its directory is watched from now on
  CHECK(running.takeFileEvents());
}

TEST_CASE("pid files are news when they come and when they go, and other files are not") {
  freshRun();
  Running running;
  spill("/run/other.pid", "1");
  spill("/run/keepalived.txt", "1");
  CHECK(readable(running.fileEvents()));
  CHECK_FALSE(running.takeFileEvents());
  CHECK_FALSE(readable(running.fileEvents()));
  Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  CHECK(running.takeFileEvents());
  CHECK(describe(running.look()) == "started 1.3.9 VI_1 VI_6");
  keepalived.tell("stop");
  CHECK(running.takeFileEvents());
  CHECK(describe(running.look()) == "gone");
  CHECK(describe(running.look()) == "no news");
}

TEST_CASE("a keepalived without its vrrp pid file is stopping and not to be relied on") {
  freshRun();
  const Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  Running running;
  REQUIRE(running.look());
  sh("rm /run/vrrp.pid");
  CHECK(describe(running.look()) == "gone");
}

TEST_CASE("a keepalived that is killed is gone though its pid files stay") {
  freshRun();
  Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  Running running;
  REQUIRE(running.look());
  const bool tells = running.processEnd() >= 0;
  if (tells) CHECK_FALSE(readable(running.processEnd()));
  keepalived.kill();
  REQUIRE_FALSE(slurp("/run/vrrp.pid").empty());
  if (tells) CHECK(eventually([&] { return readable(running.processEnd()); }));
  CHECK(eventually([&] { return describe(running.look()) == "gone"; }));
  CHECK(running.processEnd() == -1);
}

TEST_CASE("a keepalived that was started anew is another one") {
  freshRun();
  Running running;
  Keepalived first(fakeOf("1.3.9"), kOptions);
  CHECK(describe(running.look()) == "started 1.3.9 VI_1 VI_6");
  const int before = running.process()->vrrpPid;
  first.kill();
  const Keepalived second(fakeOf("2.2.7"), kOptions);
  CHECK(describe(running.look()) == "started 2.2.7 VI_1 VI_6");
  CHECK(running.process()->vrrpPid != before);
}

TEST_CASE("a pid file that names another program names no keepalived") {
  freshRun();
  const Child other([] {
    ::prctl(PR_SET_NAME, "sleeper");
    for (;;) ::pause();
    return 0;
  });
  for (const std::string& text : {std::to_string(other.pid()) + "\n", std::string("0\n"), std::string("-1\n"),
                                  std::string("99999999999\n"), std::string("words\n"), std::string()}) {
    INFO(text);
    spill("/run/keepalived.pid", text);
    spill("/run/vrrp.pid", text);
    Running running;
    CHECK(describe(running.look()) == "no news");
  }
}

TEST_CASE("a vrrp pid file that names another program is not signalled, whoever runs beside it") {
  freshRun();
  const Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  Running running;
  REQUIRE(running.look());
  spill("/run/vrrp.pid", std::to_string(::getpid()) + "\n");
  CHECK(describe(running.look()) == "gone");
  CHECK_FALSE(running.process());
}

TEST_CASE("after a reload the configuration is read anew") {
  freshRun();
  const Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  Running running;
  REQUIRE(running.look());
  spill("/tmp/keepalived.conf",
        "vrrp_instance VI_2 {\n interface v0\n virtual_router_id 7\n virtual_ipaddress {\n 192.0.2.7\n }\n}\n");
  CHECK(describe(running.look()) == "no news");
  CHECK(describe(running.rereadConfiguration()) == "configuration of 1");
}

TEST_CASE("an edit without a reload is noticed once, whichever way the file was written") {
  const std::string one =
      "vrrp_instance VI_2 {\n interface v0\n virtual_router_id 7\n virtual_ipaddress {\n"
      " 192.0.2.7\n }\n}\n";
  const struct {
    const char* what;
    std::string command;
    const char* news;
  } rows[] = {{"written in place", "cp /run/new /tmp/keepalived.conf", "edited to 1"},
              {"renamed over it", "cp /run/new /tmp/next; mv /tmp/next /tmp/keepalived.conf", "edited to 1"},
              {"taken away", "rm /tmp/keepalived.conf", "edited to 0"},
              {"a file more for the pattern", "cp /run/new /tmp/more/b.conf", "edited to 3"},
              {"another file beside it", "cp /run/new /tmp/more/b.txt", "no news"},
              {"not at all", "true", "no news"}};
  constexpr std::chrono::seconds kNone{0}, kLong{3600};
  for (const auto& row : rows) {
    INFO(row.what);
    freshRun();
    sh("mkdir /tmp/more");
    spill("/run/new", one);
    spill("/tmp/keepalived.conf", keepalivedConf() + "include /tmp/more/*.conf\n");
    const Keepalived keepalived(fakeOf("1.3.9"), kOptions);
    Running running;
    CHECK(describe(running.noticeEdit(kNone)) == "no news");
    REQUIRE(running.look());
    CHECK(describe(running.noticeEdit(kNone)) == "no news");
    sh(row.command);
    CHECK(describe(running.noticeEdit(kLong)) == "no news");  // a reload may be on its way
    CHECK(describe(running.noticeEdit(kNone)) == row.news);
    CHECK(describe(running.noticeEdit(kNone)) == "no news");
  }
}

TEST_CASE("an edit that was reloaded is none") {
  freshRun();
  const Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  Running running;
  REQUIRE(running.look());
  spill("/tmp/keepalived.conf", keepalivedConf() + "\n");
  CHECK(describe(running.rereadConfiguration()) == "configuration of 2");
  CHECK(describe(running.noticeEdit(std::chrono::seconds(0))) == "no news");
}

TEST_CASE("the files count as those in force from when they are read until they change, if they have root blocks") {
  freshRun();
  const std::string blocks = "static_ipaddress {\n 192.0.2.77/24 dev v0\n}\n";
  spill("/tmp/keepalived.conf", keepalivedConf() + blocks);
  const Keepalived keepalived(fakeOf("1.3.9"), kOptions);
  Running running;
  CHECK_FALSE(running.filesUnchanged());
  REQUIRE(running.look());
  CHECK(running.filesUnchanged());
  spill("/tmp/keepalived.conf", keepalivedConf() + blocks + "\n");
  CHECK_FALSE(running.filesUnchanged());
  CHECK(describe(running.noticeEdit(std::chrono::seconds(0))) == "edited to 2");
  CHECK_FALSE(running.filesUnchanged());  // read, but not by keepalived
  running.rereadConfiguration();
  CHECK(running.filesUnchanged());
  spill("/tmp/keepalived.conf", keepalivedConf());
  running.rereadConfiguration();
  CHECK_FALSE(running.filesUnchanged());
}

TEST_CASE("a keepalived that only checks servers has no instances to guard") {
  freshRun();
  auto options = kOptions;
  options.emplace_back("-C");
  const Keepalived keepalived(fakeOf("1.3.9"), options);
  Running running;
  CHECK(describe(running.look()) == "no news");
}
