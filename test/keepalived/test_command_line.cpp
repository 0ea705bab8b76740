#include <catch2/catch.hpp>

#include "keepalived/command_line.hpp"

using namespace guardian;

TEST_CASE("keepalived's options in all their spellings", "[keepalived]") {
  const struct {
    std::vector<std::string> words;
    std::string file, id, pid;
  } rows[] = {{{}, "/etc/keepalived/keepalived.conf", "", ""},
              {{"-f", "a", "-i", "b", "-r", "c"}, "a", "b", "c"},
              {{"-fa", "-ib", "-rc"}, "a", "b", "c"},
              {{"-Dnfa"}, "a", "", ""},
              {{"--use-file=a", "--config-id", "b", "--vrrp_pid=c"}, "a", "b", "c"},
              {{"--use-f", "a", "--config-i=b"}, "a", "b", ""},
              {{"-f", "a", "--", "-f", "z"}, "a", "", ""},
              {{"-f", "a", "-f", "b"}, "b", "", ""}};
  for (const auto& row : rows) {
    const keepalived::CommandLine line = keepalived::readCommandLine(row.words, {1, 3, 9});
    CHECK(line.configFile == row.file);
    CHECK(line.configId == row.id);
    CHECK(line.vrrpPidFile == row.pid);
  }
  CHECK_FALSE(keepalived::readCommandLine({"-C"}, {1, 3, 9}).vrrpRuns);
  CHECK(keepalived::readCommandLine({"-C", "-P"}, {1, 3, 9}).vrrpRuns);
  CHECK_FALSE(keepalived::readCommandLine({"-C", "-P"}, {2, 2, 7}).vrrpRuns);
  CHECK(keepalived::readCommandLine({"-C", "--all"}, {2, 2, 7}).vrrpRuns);
  CHECK(keepalived::readCommandLine({"-V", "-s", "ns"}, {1, 3, 9}).dontReleaseVips);
  CHECK(keepalived::readCommandLine({"-Z", "word"}, {1, 3, 9}).unknown.size() == 2);
}

TEST_CASE("the packaged defaults file", "[keepalived]") {
  using Words = std::vector<std::string>;
  CHECK(keepalived::readDefaultsFile("# x\nDAEMON_ARGS=\"-f /a -i b\"\n") == Words{"-f", "/a", "-i", "b"});
  CHECK(keepalived::readDefaultsFile("DAEMON_ARGS=\"\"\n").empty());
  CHECK(keepalived::readDefaultsFile("#DAEMON_ARGS=\"-f x\"\n").empty());
  CHECK(keepalived::readDefaultsFile("KEEPALIVED_OPTIONS=-D\nKEEPALIVED_OPTIONS='-n -D'") == Words{"-n", "-D"});
}

TEST_CASE("versions", "[keepalived]") {
  CHECK(keepalived::readVersion("Keepalived v2.2.7 (01/16,2022)\n\nCopyright") == core::Version{2, 2, 7});
  CHECK(keepalived::readVersion("Keepalived v1.3.9 (10/21,2017)") == core::Version{1, 3, 9});
  CHECK_FALSE(keepalived::readVersion("sh: keepalived: not found"));
  CHECK(keepalived::parseVersion("2.0") == core::Version{2, 0, 0});
  for (const char* bad : {"", "2", "2.", "2.0.", "2.0.1.4", "a.b", "2.0x", "99999.0.0"})
    CHECK_FALSE(keepalived::parseVersion(bad));
}
