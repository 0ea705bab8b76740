// The real program: arguments, exit status, and what it prints where.
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include <catch2/catch.hpp>

#include "cli/runner.hpp"
#include "support/dump.hpp"

using namespace guardian;
using test::Ran;
using test::run;

namespace {

/// A folder with the files that the table speaks of.
class Folder {
 public:
  Folder() {
    REQUIRE(::mkdtemp(path_) != nullptr);
    write("good.json", "{\"policy\": \"observe\"}", 0644);
    write("empty.json", "", 0644);
    write("wrong.json", "{\n  \"polcy\": \"observe\"\n}", 0644);
    write("open.json", "{}", 0666);
    write("dump", test::dumpOf("MASTER"), 0600);
    write(
        "keepalived.conf",
        "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n  192.0.2.100/24\n }\n}\n",
        0644);
    write("odd.conf",
          "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n  192.0.2.100/24 odd\n"
          " }\n}\n",
          0644);
    write("one-line.conf",
          "vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress { 192.0.2.100/24 }\n"
          " @other priority 7\n}\n",
          0644);
    write("junk.conf", std::string("\0\xff\xfe{ }\n", 7), 0644);
    const std::string head =
        R"({"trace":1,"version":"0.1.0","at":1000,"date":1793000000000000,"port":9,"whole":true,"settings":{}})"
        "\n";
    const std::string trace = head + R"({"at":1000,"BusConnected":{},"did":["TakeSnapshot","ArmTimer"]})"
                                     "\n"
                                     R"({"at":2000,"BusLost":{},"did":["Notice"]})"
                                     "\n"
                                     R"({"at":3000,"Stopping":{},"did":[]})"
                                     "\n";
    write("trace", trace, 0644);
    write("cut.trace", trace.substr(0, trace.size() - 5), 0644);
    write("other.trace", head + R"({"at":2000,"BusLost":{},"did":["AddAddress"]})", 0644);
    write("cut", test::dumpOf("MASTER").substr(0, 150), 0600);
  }
  ~Folder() {
    for (const std::string& name : names_) ::unlink(file(name).c_str());
    ::rmdir(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file(const std::string& name) const { return std::string(path_) + "/" + name; }

 private:
  void write(const std::string& name, const std::string& text, mode_t mode) {
    std::ofstream(file(name)) << text;
    REQUIRE(::chmod(file(name).c_str(), mode) == 0);
    names_.push_back(name);
  }
  char path_[32] = "/tmp/vip-guardian-test-XXXXXX";
  std::vector<std::string> names_;
};

}  // namespace

TEST_CASE("arguments, exit status, and what is printed where") {
  const Folder folder;
  const struct {
    std::vector<std::string> arguments;  ///< F is the folder
    int status;
    const char* output;  ///< regular expressions of the whole; empty: nothing at all
    const char* complaints;
  } cases[] = {
      {{}, 64, "", "vip-guardian: a command is missing\nTry vip-guardian --help.\n"},
      {{"mend"}, 64, "", "vip-guardian: there is no command \"mend\"\nTry vip-guardian --help.\n"},
      {{"--mend"}, 64, "", "vip-guardian: there is no command \"--mend\"\nTry vip-guardian --help.\n"},
      {{"RUN"}, 64, "", "vip-guardian: there is no command \"RUN\"\nTry vip-guardian --help.\n"},
      {{"--help"}, 0, "vip-guardian COMMAND[^]*Commands:[^]*", ""},
      {{"-h"}, 0, "vip-guardian COMMAND[^]*Commands:[^]*", ""},
      {{"help"}, 0, "vip-guardian COMMAND[^]*Commands:[^]*", ""},
      {{"--version"}, 0, "vip-guardian " VERSION "\n", ""},

      {{"config"}, 64, "", "vip-guardian config: \"check\" must follow[^\n]*\n"},
      {{"config", "chek"}, 64, "", "vip-guardian config: \"check\" must follow[^\n]*\n"},
      {{"pause", "--for", "apples"}, 64, "", "vip-guardian: --for must be a span of time, [^\n]*not \"apples\"\n"},
      {{"pause", "--for=0"}, 64, "", "vip-guardian: --for must be a span of time, [^\n]*\n"},
      {{"pause", "--for"}, 64, "", "vip-guardian: pause: unexpected \"--for\"; [^\n]*\n"},
      {{"pause", "now"}, 64, "", "vip-guardian: pause: unexpected \"now\"; [^\n]*\n"},
      {{"notify"}, 64, "", "vip-guardian notify: this is not what keepalived says\nUsage: [^]*"},
      {{"notify", "INSTANCE", "VI_1", "MASTER", "high"}, 64, "", "vip-guardian notify: this is not [^]*"},
      {{"notify", "--help"}, 0, "Usage: vip-guardian notify [^]*", ""},
      {{"verify", "now"}, 64, "", "vip-guardian verify: unexpected \"now\"; [^\n]*\n"},
      {{"resume", "now"}, 64, "", "vip-guardian: resume: unexpected \"now\"; [^\n]*\n"},
      {{"config", "check", "--config", "F/good.json"}, 0, "F/good\\.json: no objection\n", ""},
      {{"config", "check", "--config=F/good.json"}, 0, "F/good\\.json: no objection\n", ""},
      {{"config", "check", "--config", "F/empty.json"},
       1,
       "",
       "vip-guardian: F/empty\\.json:1: this is not valid JSON[^\n]*\n"},
      {{"config", "check", "--config", "F/wrong.json"},
       1,
       "",
       "vip-guardian: F/wrong\\.json:2: unknown key \"polcy\"[^\n]*\n"},
      {{"config", "check", "--config", "F/open.json"},
       1,
       "",
       "vip-guardian: F/open\\.json: [^\n]*chmod go-w F/open\\.json\n"},
      {{"config", "check", "--config", "F/absent.json"},
       1,
       "",
       "vip-guardian: F/absent\\.json: No such file or directory\n"},
      {{"config", "check", "--config", "F"}, 1, "", "vip-guardian: F: not a regular file\n"},
      {{"config", "check", "--config="}, 1, "", "vip-guardian: : No such file or directory\n"},
      {{"config", "check", "--config"}, 64, "", "vip-guardian check: unexpected \"--config\"; [^\n]*\n"},
      {{"config", "check", "F/good.json"}, 64, "", "vip-guardian check: unexpected \"F/good\\.json\"; [^\n]*\n"},
      {{"config", "check", "--config", "F/good.json", "more"},
       64,
       "",
       "vip-guardian check: unexpected \"more\"; [^\n]*\n"},

      {{"run", "--config", "F/absent.json"}, 1, "", "vip-guardian: F/absent\\.json: No such file or directory\n"},
      {{"run", "--config", "F/wrong.json"}, 1, "", "vip-guardian: F/wrong\\.json:2: unknown key \"polcy\"[^\n]*\n"},
      {{"run", "--nonsense"}, 64, "", "vip-guardian run: unexpected \"--nonsense\"; [^\n]*\n"},

      {{"doctor", "--fix", "--undo"}, 64, "", "vip-guardian doctor: one of [^\n]* at a time\n[^]*"},
      {{"doctor", "--json", "--fix"}, 64, "", "vip-guardian doctor: one of [^\n]* at a time\n[^]*"},
      {{"doctor", "now"}, 64, "", "vip-guardian doctor: unexpected \"now\"\n[^]*"},
      {{"doctor", "--root", "F/absent"}, 64, "", "vip-guardian doctor: F/absent is no directory\n[^]*"},
      {{"doctor", "--help"}, 0, "Usage: vip-guardian doctor [^\n]*\n", ""},
      {{"doctor", "--root", "F"}, 0, "vip-guardian doctor  FINE  [^]*There is no keepalived here[^]*", ""},

      {{"drill"}, 64, "", "vip-guardian drill: an instance is missing[^\n]*\nUsage: [^]*"},
      {{"drill", "--help"}, 0, "Usage: vip-guardian drill [^]*", ""},
      {{"drill", "VI_1", "VI_2"}, 64, "", "vip-guardian drill: unexpected \"VI_2\"\n[^]*"},
      {{"drill", "VI_1", "--nonsense"}, 64, "", "vip-guardian drill: unexpected \"--nonsense\"\n[^]*"},
      {{"drill", "VI_1", "--repeat", "0"}, 64, "", "vip-guardian drill: --repeat does not take \"0\"\n[^]*"},
      {{"drill", "VI_1", "--repeat=1001"}, 64, "", "vip-guardian drill: --repeat does not take \"1001\"\n[^]*"},
      {{"drill", "VI_1", "--repeat=-1"}, 64, "", "vip-guardian drill: --repeat does not take \"-1\"\n[^]*"},
      {{"drill", "VI_1", "--deadline", "2h"}, 64, "", "vip-guardian drill: --deadline does not take \"2h\"\n[^]*"},
      {{"drill", "VI_1", "--deadline", "1ms"}, 64, "", "vip-guardian drill: --deadline does not take \"1ms\"\n[^]*"},
      {{"drill", "VI_1", "--file", "F/absent"}, 3, "", "vip-guardian drill: vip-guardian is not running[^\n]*\n"},

      {{"replay"}, 64, "", "vip-guardian replay: a trace is missing\n[^]*"},
      {{"replay", "--nonsense"}, 64, "", "vip-guardian replay: unexpected \"--nonsense\"\n[^]*"},
      {{"replay", "F/trace", "F/trace"}, 64, "", "vip-guardian replay: one trace at a time\n[^]*"},
      {{"replay", "--help"}, 0, "Usage: vip-guardian replay [^\n]*\n", ""},
      {{"replay", "F/absent"}, 3, "", "vip-guardian replay: F/absent: No such file or directory\n"},
      {{"replay", "F/dump"}, 3, "", "vip-guardian replay: F/dump: line 1: it is not valid JSON\n"},
      {{"replay", "F/good.json"}, 3, "", "vip-guardian replay: F/good\\.json: line 1: it is not the beginning[^\n]*\n"},
      {{"replay", "F/cut.trace"}, 3, "", "vip-guardian replay: F/cut\\.trace: line 4: it is not valid JSON\n"},
      {{"replay", "F/trace"},
       0,
       "Trace of vip-guardian 0\\.1\\.0 of [^]*  BusLost\n    -> says: the system bus is gone[^]*The same "
       "decisions[^]* 3 "
       "events\\.\n",
       ""},
      {{"replay", "F/other.trace"},
       1,
       "[^]* ! BusLost\n[^]*    then: AddAddress\n[^]*Other decisions[^]*1 of 1 events[^]*",
       ""},
      {{"replay", "--json", "F/trace"},
       0,
       "\\{\"line\":2,\"at\":1000,\"event\":\\{\"BusConnected\":\\{\\}\\},\"actions\":[^]*\"same\":true\\}\n",
       ""},
      {{"replay", "--json", "F/other.trace"}, 1, "\\{[^\n]*\"same\":false\\}\n", ""},

      {{"inspect"}, 64, "", "vip-guardian inspect: a file is missing\n[^]*"},
      {{"inspect", "F/absent.conf"}, 3, "", "vip-guardian inspect: F/absent\\.conf cannot be read\n"},
      {{"inspect", "F/dump", "F/dump"}, 64, "", "vip-guardian inspect: one file at a time\n[^]*"},
      {{"inspect", "F/dump", "--nonsense"}, 64, "", "vip-guardian inspect: unexpected \"--nonsense\"\n[^]*"},
      {{"inspect", "F/dump"}, 0, "[^]*VI_1[^]*192\\.0\\.2\\.100/24[^]*VI_6[^]*2001:db8::200/128[^]*", ""},
      {{"inspect", "F/dump", "--json"}, 0, "\\{[^]*\"kind\": ?\"dump\"[^]*\\}\n", ""},
      {{"inspect", "--keepalived-version", "1.3.9", "F/keepalived.conf"},
       0,
       "[^]*VI_1[^]*192\\.0\\.2\\.100/24[^]*",
       ""},
      {{"inspect", "--keepalived-version=1.3.9", "--json", "F/keepalived.conf"},
       0,
       "\\{[^]*\"kind\": ?\"config\"[^]*\\}\n",
       ""},
      {{"inspect", "--keepalived-version", "1.3.9", "F/odd.conf"},
       1,
       "[^]*192\\.0\\.2\\.100/24[^]*F/odd\\.conf:5: warning: [^\n]*odd[^]*",
       ""},
      {{"inspect", "--keepalived-version", "1.3.9", "--json", "F/odd.conf"},
       1,
       "\\{[^]*\"problems\": \\[[^]*\"line\": 5[^]*\\}\n",
       ""},
      {{"inspect", "--keepalived-version", "1.3.9", "F/one-line.conf"}, 2, "[^]*:4: error: [^]*", ""},
      {{"inspect", "--keepalived-version", "2.2.7", "F/one-line.conf"}, 0, "[^]*priority 100[^]*", ""},
      {{"inspect", "--keepalived-version", "2.2.7", "--config-id", "other", "F/one-line.conf"},
       0,
       "[^]*priority 7[^]*",
       ""},
      {{"inspect", "--keepalived-version", "2.2.7", "--interfaces", "eth1", "F/keepalived.conf"},
       2,
       "[^]*does not start with this configuration[^]*eth0[^]*",
       ""},
      {{"inspect", "--keepalived-version", "2.2.7", "--interfaces=eth1,eth0", "F/keepalived.conf"},
       0,
       "[^]*VI_1[^]*",
       ""},
      {{"inspect", "--keepalived-version", "1.3.9", "F/keepalived.c*"}, 0, "[^]*VI_1[^]*", ""},
      {{"inspect", "--keepalived-version", "1.3.9", "F/none*.conf"}, 3, "", "[^]*cannot be read\n"},
      {{"inspect", "--keepalived-version", "1.3.9", "--json", "F/junk.conf"},
       1,
       "\\{[^]*\"instances\": \\[\\][^]*",
       ""},
      {{"inspect", "--keepalived-version", "1.3.9", "F"}, 3, "", "[^]*cannot be read\n"},
      {{"inspect", "F/cut"}, 2, "[^]*VI_1[^]*NOT UNDERSTOOD[^]*error[^]*", ""},
      {{"inspect", "--config-id"}, 64, "", "vip-guardian inspect: [^]*"},
      {{"inspect", "--keepalived-version", "new", "F/keepalived.conf"},
       64,
       "",
       "vip-guardian inspect: \"new\" is no version\n[^]*"},
  };
  const std::string path = folder.file("");
  const auto inPlace = [&](const std::string& text) {
    return std::regex_replace(text, std::regex("\\bF\\b"), path.substr(0, path.size() - 1));
  };
  for (const auto& c : cases) {
    std::vector<std::string> arguments;
    std::string line;
    for (const std::string& argument : c.arguments) {
      arguments.push_back(inPlace(argument));
      line += " " + argument;
    }
    INFO("vip-guardian" << line);
    const Ran ran = run(arguments);
    CHECK(ran.status == c.status);
    INFO("output:\n" << ran.output << "complaints:\n" << ran.complaints);
    CHECK(std::regex_match(ran.output, std::regex(inPlace(c.output))));
    CHECK(std::regex_match(ran.complaints, std::regex(inPlace(c.complaints))));
  }
}

TEST_CASE("every command that the help names exists, and tells how it is used") {
  const std::string help = run({"--help"}).output;
  const std::string commands = help.substr(help.find("Commands:"), help.find("--help") - help.find("Commands:"));
  const std::regex entry("\n  ([a-z]+) ");
  int found = 0;
  for (std::sregex_iterator it(commands.begin(), commands.end(), entry), end; it != end; ++it, ++found) {
    INFO((*it)[1].str());
    const Ran ran = run({(*it)[1].str(), "--nonsense"});
    CHECK(ran.status == 64);
    CHECK(ran.complaints.find("there is no command") == std::string::npos);
    const Ran told = run({(*it)[1].str(), "--help"});
    CHECK(told.status == 0);
    CHECK(told.output.rfind("Usage: vip-guardian " + (*it)[1].str(), 0) == 0);
  }
  CHECK(found >= 3);
}

TEST_CASE("the help fits a terminal") {
  const std::string help = run({"--help"}).output;
  for (std::size_t at = 0; at < help.size(); at = help.find('\n', at) + 1) CHECK(help.find('\n', at) - at <= 80);
}

TEST_CASE("the daemon without rights fails at once, in one line that says at what") {
  const Folder folder;
  const Ran ran = run({"run", "--config", folder.file("good.json")}, true);
  INFO(ran.complaints);
  CHECK(ran.status == 1);
  CHECK(ran.output.empty());
  CHECK(std::regex_match(ran.complaints, std::regex("vip-guardian: [^\n]+: Operation not permitted\n")));
}
