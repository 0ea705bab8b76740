// Blocks, includes, conditions, and the ways in which they go wrong.
#include <catch2/catch.hpp>

#include <ctime>

#include "keepalived/config_reader.hpp"
#include "keepalived/memory_files.hpp"

using namespace guardian;

namespace {

constexpr core::Version kOld{1, 3, 9};
constexpr core::Version kNew{2, 2, 7};

core::Configuration read(test::MemoryFiles& files, core::Version version) {
  keepalived::ReadOptions options;
  options.version = version;
  options.configId = "node-a";
  options.interfaces = std::set<std::string>{"eth0", "eth1"};
  return keepalived::readConfiguration("/etc/k.conf", options, files);
}

core::Configuration read(const std::string& text, core::Version version) {
  test::MemoryFiles files;
  files.add("/etc/k.conf", text);
  return read(files, version);
}

std::string instance(const std::string& name, int vrid, const std::string& more) {
  return "vrrp_instance " + name + " {\n interface eth0\n virtual_router_id " + std::to_string(vrid) + "\n" + more +
         "}\n";
}

/// "V1: 10.0.0.1 10.0.0.2; V2:", with a ? behind the name of one that is not understood, or "refused".
std::string describe(const core::Configuration& configuration) {
  if (!configuration.accepted) return "refused";
  std::string text;
  for (const core::Instance& found : configuration.instances) {
    if (!text.empty()) text += "; ";
    text += found.name + (found.understood ? ":" : "?:");
    for (const core::Vip& vip : found.vips) text += " " + core::toString(vip.address);
  }
  return text;
}

const std::string kVip = " virtual_ipaddress {\n  10.0.0.1\n }\n";

}  // namespace

TEST_CASE("a list on one line is lost in 1.3.9, and takes the lines behind it with it", "[keepalived][config]") {
  const std::string text =
      instance("V1", 1, " virtual_ipaddress { 10.0.0.1 }\n priority 7\n") + instance("V2", 2, kVip);
  const core::Configuration old = read(text, kOld);
  CHECK(describe(old) == "V1: 10.0.0.1");  // that of V2, whose own block is lost
  CHECK(old.instances[0].priority == 100);
  CHECK(describe(read(text, kNew)) == "V1: 10.0.0.1; V2: 10.0.0.1");
  REQUIRE_FALSE(old.problems.empty());
  CHECK(old.problems[0].line == 4);
  CHECK(old.problems[0].severity == core::Problem::Severity::Error);
}

TEST_CASE("blocks end where keepalived ends them", "[keepalived][config]") {
  const struct {
    const char* what;
    std::string text;
    const char* old;
    const char* later;
  } rows[] = {
      {"brace on the next line", instance("V1", 1, " virtual_ipaddress\n {\n 10.0.0.1\n }\n"), "V1: 10.0.0.1",
       "V1: 10.0.0.1"},
      {"brace glued to the keyword", instance("V1", 1, " virtual_ipaddress{\n 10.0.0.1\n }\n"), "V1:", "V1: 10.0.0.1"},
      {"brace behind an item", instance("V1", 1, " virtual_ipaddress {\n 10.0.0.1 }\n") + instance("V2", 2, kVip),
       "V1: 10.0.0.1 10.0.0.1", "V1: 10.0.0.1; V2: 10.0.0.1"},
      {"unknown block before the list", instance("V1", 1, " no_such {\n a b\n }\n" + kVip), "V1:", "V1:"},
      {"name twice", instance("V1", 1, kVip) + instance("V1", 2, kVip) + instance("V3", 3, kVip),
       "V1?: 10.0.0.1 10.0.0.1", "V1: 10.0.0.1; V3: 10.0.0.1"},
      {"no parameter", instance("V1", 1, " priority\n" + kVip), "refused", "refused"},
      {"no interface that exists", "vrrp_instance V {\n interface eth9\n virtual_router_id 1\n" + kVip + "}\n",
       "refused", "refused"},
      {"no VRID", "vrrp_instance V {\n interface eth0\n" + kVip + "}\n", "refused", "refused"},
      {"VRID twice", instance("V1", 1, kVip) + instance("V2", 1, kVip), "V1?: 10.0.0.1; V2?: 10.0.0.1", "refused"},
      {"quote at the start of a line", "\"open\n" + instance("V1", 1, kVip), "refused", "V1: 10.0.0.1"},
      {"a word of another version", instance("V1", 1, " track_file {\n f\n }\n" + kVip), "V1:", "V1: 10.0.0.1"},
      {"braces that do not balance for the parent", instance("V1", 1, " virtual_ipaddress {\n x {\n 10.0.0.1\n }\n"),
       "", "V1: 10.0.0.1"},
      {"skipped server", "virtual_server 10.0.0.9 80 {\n a {\n }\n}\n" + instance("V1", 1, kVip), "V1: 10.0.0.1",
       "V1: 10.0.0.1"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(describe(read(row.text, kOld)) == row.old);
    CHECK(describe(read(row.text, kNew)) == row.later);
  }
}

TEST_CASE("an instance that the parent skips has no process to run it since 2.0", "[keepalived][config]") {
  const std::string text = "vrrp_sync_group G {\n group {\n V1\n }\n{}\n" + instance("V1", 1, kVip);
  CHECK(describe(read(text, kNew)) == "V1?: 10.0.0.1");
}

TEST_CASE("a unicast instance behind a multicast one is too much for 2.1.0 to 2.2.2", "[keepalived][config]") {
  const std::string unicast = instance("U", 1, " unicast_peer {\n 192.0.2.9\n }\n" + kVip);
  const std::string multicast = instance("M", 2, kVip);
  const std::string elsewhere = "vrrp_instance M {\n interface eth1\n virtual_router_id 2\n" + kVip + "}\n";
  for (const core::Version& crashes : {core::Version{2, 1, 0}, core::Version{2, 2, 2}}) {
    CHECK(describe(read(multicast + unicast, crashes)) == "M?: 10.0.0.1; U?: 10.0.0.1");
    CHECK(describe(read(unicast + multicast, crashes)) == "U: 10.0.0.1; M: 10.0.0.1");
    CHECK(describe(read(elsewhere + unicast, crashes)) == "M: 10.0.0.1; U: 10.0.0.1");
  }
  for (const core::Version& well : {kOld, core::Version{2, 0, 20}, core::Version{2, 2, 3}})
    CHECK(describe(read(multicast + unicast, well)) == "M: 10.0.0.1; U: 10.0.0.1");
}

TEST_CASE("an address that wants a VMAC gets the one of its VRID that is there", "[keepalived][config]") {
  const core::Configuration configuration =
      read(instance("V1", 7, " use_vmac\n" + kVip) +
               "vrrp_instance V2 {\n interface eth1\n virtual_router_id 7\n virtual_ipaddress {\n"
               " 10.0.0.2 dev eth0 use_vmac\n 10.0.0.3 use_vmac\n }\n}\n",
           kNew);
  CHECK(describe(configuration) == "V1: 10.0.0.1; V2: 10.0.0.2 10.0.0.3");
  CHECK(configuration.instances[1].vips[0].interface == "vrrp.7");
  CHECK(configuration.instances[1].vips[1].interface == "vrrp1.7");
}

TEST_CASE("versions between the oldest and the latest keep their own rules", "[keepalived][config]") {
  constexpr core::Version k145{1, 4, 5}, k2019{2, 0, 19};
  const std::string sequence = instance("V1", 1, " virtual_ipaddress {\n  ~SEQ(I, 1, 3) 10.0.0.${I}\n }\n");
  const std::string early =
      "vrrp_instance V1 {\n virtual_ipaddress {\n  10.0.0.1\n }\n interface eth1\n"
      " virtual_router_id 1\n}\n";
  const struct {
    const char* what;
    std::string text;
    core::Version version;
    const char* expected;
  } rows[] = {
      {"no sequences in a list", sequence, k2019, "V1?:"},
      {"sequences in a list", sequence, {2, 1, 0}, "V1: 10.0.0.1 10.0.0.2 10.0.0.3"},
      {"a name twice", instance("V1", 1, kVip) + instance("V1", 2, kVip) + instance("V3", 3, kVip), k145,
       "V1: 10.0.0.1; V3: 10.0.0.1"},
      {"a quote at the start of a line", "\"open\n" + instance("V1", 1, kVip), {1, 4, 1}, "refused"},
      {"no crash of a quote", "\"open\n" + instance("V1", 1, kVip), k145, "V1: 10.0.0.1"},
  };
  for (const auto& row : rows) {
    INFO(row.what);
    CHECK(describe(read(row.text, row.version)) == row.expected);
  }
  // The brace of a list is no item of it.
  CHECK(read(instance("V1", 1, " track_interface {\n eth1\n }\n" + kVip), k2019).problems.empty());
  CHECK(read(instance("V1", 1, kVip), k145).problems.empty());
}

TEST_CASE("an address before its interface needs the default one until 2.1.0", "[keepalived][config]") {
  test::MemoryFiles files;
  files.add("/etc/k.conf", "vrrp_instance V1 {\n" + kVip + " interface eth1\n virtual_router_id 1\n}\n");
  const struct {
    core::Version version;
    const char* expected;
  } rows[] = {{kOld, "V1:"}, {{2, 0, 19}, "refused"}, {{2, 1, 0}, "V1: 10.0.0.1"}};
  for (const auto& row : rows) {
    keepalived::ReadOptions options;
    options.version = row.version;
    options.interfaces = std::set<std::string>{"eth1"};
    CHECK(describe(keepalived::readConfiguration("/etc/k.conf", options, files)) == row.expected);
  }
}

TEST_CASE("definitions of 1.4.0 and 1.4.1 are not understood, and said so", "[keepalived][config]") {
  const std::string text = "$NAME=10.0.0.1\n" + instance("V1", 1, " virtual_ipaddress {\n  $NAME\n }\n");
  for (const core::Version& version : {core::Version{1, 4, 0}, core::Version{1, 4, 1}}) {
    const core::Configuration configuration = read(text, version);
    CHECK(describe(configuration) == "V1?:");
    REQUIRE_FALSE(configuration.problems.empty());
    CHECK(configuration.problems[0].line == 1);
    CHECK(describe(read(instance("V1", 1, kVip), version)) == "V1: 10.0.0.1");
  }
  CHECK(describe(read(text, core::Version{1, 4, 2})) == "V1: 10.0.0.1");
}

TEST_CASE("an instance is a member of the first sync group that names it", "[keepalived][config]") {
  const std::string text =
      "vrrp_sync_group A {\n group {\n V1\n V2\n }\n}\n"
      "vrrp_sync_group B {\n group {\n V2\n V3\n }\n}\n" +
      instance("V1", 1, kVip) + instance("V2", 2, kVip) + instance("V3", 3, kVip);
  const struct {
    core::Version version;
    const char* alone;  ///< the group of V3, whose only member it is
  } rows[] = {{kOld, ""}, {{2, 0, 19}, "B"}, {{2, 1, 5}, ""}, {kNew, "B"}};
  for (const auto& row : rows) {
    const core::Configuration configuration = read(text, row.version);
    REQUIRE(configuration.instances.size() == 3);
    CHECK(configuration.instances[0].syncGroup == "A");
    CHECK(configuration.instances[1].syncGroup == "A");
    CHECK(configuration.instances[2].syncGroup == row.alone);
  }
}

TEST_CASE("lines of another node do not count", "[keepalived][config]") {
  const core::Configuration configuration =
      read(instance("V1", 1,
                    " @node-a priority 11\n @node-b priority 12\n @^node-a nopreempt\n virtual_ipaddress {\n"
                    "  @node-a 10.0.0.1\n  @node-b 10.0.0.2\n }\n"),
           kOld);
  CHECK(describe(configuration) == "V1: 10.0.0.1");
  CHECK(configuration.instances[0].priority == 11);
  CHECK_FALSE(configuration.instances[0].nopreempt);
}

TEST_CASE("who says MASTER, or owns the addresses, claims them when it starts", "[keepalived][config]") {
  const struct {
    const char* lines;
    bool starts;
  } rows[] = {
      {" state MASTER\n priority 150\n", true},
      {" state BACKUP\n priority 150\n", false},
      {" priority 255\n", true},
      {" priority 254\n", false},
  };
  for (const auto& row : rows) {
    INFO(row.lines);
    const core::Configuration configuration =
        read(instance("V1", 1, std::string(row.lines) + " virtual_ipaddress {\n  10.0.0.1\n }\n"), kOld);
    REQUIRE(configuration.instances.size() == 1);
    CHECK(configuration.instances[0].startsAsMaster == row.starts);
  }
}

TEST_CASE("an include inside a list holds addresses since 2.1.4, keywords before", "[keepalived][config]") {
  test::MemoryFiles files;
  files.add("/etc/k.conf", instance("V1", 1, " virtual_ipaddress {\n 10.0.0.1\n include d/more\n 10.0.0.3\n }\n"));
  files.add("/etc/d/more", "10.0.0.2\npriority 9\n");
  const core::Configuration old = read(files, kOld);
  CHECK(describe(old) == "V1: 10.0.0.1 10.0.0.3");
  CHECK(old.instances[0].priority == 9);
  const core::Configuration later = read(files, kNew);
  CHECK(describe(later) == "V1: 10.0.0.1 10.0.0.2 10.0.0.3");
  CHECK(later.instances[0].priority == 100);
}

TEST_CASE("includes are relative to the file they stand in", "[keepalived][config]") {
  test::MemoryFiles files;
  files.add("/etc/k.conf", "include d/*.conf\n");
  files.add("/etc/d/a.conf", "include inner\n");
  files.add("/etc/d/inner", instance("V1", 1, kVip));
  files.add("/etc/inner", instance("V2", 2, kVip));
  for (const core::Version& version : {kOld, core::Version{2, 0, 20}, kNew})
    CHECK(describe(read(files, version)) == "V1: 10.0.0.1");
}

TEST_CASE("files that keepalived skips are skipped, and said so", "[keepalived][config]") {
  test::MemoryFiles files;
  files.add("/etc/k.conf", "include x\ninclude gone\n" + instance("V1", 1, kVip));
  files.files["/etc/x"] = {keepalived::FileContent::Status::Executable, instance("V9", 9, kVip)};
  const core::Configuration configuration = read(files, kOld);
  CHECK(describe(configuration) == "V1: 10.0.0.1");
  REQUIRE(configuration.problems.size() == 2);
  CHECK(configuration.problems[0].line == 1);
  CHECK(configuration.problems[1].line == 2);
}

TEST_CASE("a circle of includes ends, and nothing is believed", "[keepalived][config]") {
  test::MemoryFiles files;
  files.add("/etc/k.conf", "include k.conf\ninclude k.conf\n" + instance("V1", 1, kVip));
  for (const core::Version& version : {kOld, kNew}) CHECK(describe(read(files, version)) == "refused");
}

TEST_CASE("definitions and sequences", "[keepalived][config]") {
  const struct {
    std::string text;
    const char* later;
  } rows[] = {
      {"$V=10.0.0.1\n$T=${V}\n" + instance("V1", 1, " virtual_ipaddress {\n $T\n }\n"), "V1: 10.0.0.1"},
      {"$B= \\\n virtual_ipaddress { \\\n 10.0.0.1 \\\n }\n" + instance("V1", 1, " $B\n") + instance("V2", 2, kVip),
       "V1: 10.0.0.1; V2: 10.0.0.1"},
      {instance("V1", 1, " virtual_ipaddress {\n ~SEQ(I,1,3) 10.0.0.$I\n 10.0.0.9\n }\n"),
       "V1: 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.9"},
      {instance("V1", 1, " virtual_ipaddress {\n ~LST({A,B},{1,2},{3,4}) 10.0.${A}.${B}\n }\n"),
       "V1: 10.0.1.2 10.0.3.4"},
      {instance("V1", 1, " priority ${_RANDOM 1 9}\n" + kVip), "V1?: 10.0.0.1"},
      {"$A=$A\n" + instance("V1", 1, " $A\n" + kVip), "refused"},
  };
  for (const auto& row : rows) {
    INFO(row.text);
    CHECK(describe(read(row.text, kNew)) == row.later);
  }
}

TEST_CASE("a VMAC is named as keepalived names it", "[keepalived][config]") {
  const std::string text = instance("V1", 7, " use_vmac\n" + kVip) +
                           "vrrp_instance V2 {\n interface eth0\n virtual_router_id 7\n use_vmac\n"
                           " virtual_ipaddress {\n 2001:db8::1/64\n }\n}\n" +
                           "vrrp_instance V3 {\n interface eth1\n virtual_router_id 7\n use_vmac\n" + kVip + "}\n";
  const core::Configuration configuration = read(text, kOld);
  REQUIRE(configuration.instances.size() == 3);
  CHECK(configuration.instances[0].vmac == "vrrp.7");
  CHECK(configuration.instances[1].vmac == "vrrp6.7");
  CHECK(configuration.instances[2].vmac == "vrrp1.7");
  CHECK(configuration.instances[2].vips.at(0).interface == "vrrp1.7");
}

TEST_CASE("reading takes time in proportion to the text", "[keepalived][config]") {
  std::string many = "vrrp_instance V1 {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress_excluded {\n";
  for (int i = 0; i < 100000; ++i)
    many += " 10." + std::to_string(i / 65536) + "." + std::to_string(i / 256 % 256) + "." + std::to_string(i % 256) +
            "/24\n";
  many += " }\n" + kVip + "}\n";
  for (const core::Version& version : {kOld, kNew}) {
    const std::clock_t begin = std::clock();  // of the processor: a busy machine is not to blame
    const core::Configuration configuration = read(many, version);
    CHECK(configuration.instances.at(0).vips.size() == 100001);
    CHECK((std::clock() - begin) / CLOCKS_PER_SEC < 5);  // a tenth of it without sanitizers
  }
}

TEST_CASE("megabyte lines and junk end in a problem or in nothing, never in a crash", "[keepalived][config]") {
  std::string junk;
  for (int i = 0; i < 1 << 18; ++i) junk += static_cast<char>(i * 7919 >> 3);
  for (const core::Version& version : {kOld, core::Version{1, 4, 5}, core::Version{2, 0, 10}, kNew}) {
    read(junk, version);
    CHECK(describe(read(std::string(1 << 20, 'x') + "\n" + instance("V1", 1, kVip), version)) == "V1: 10.0.0.1");
    CHECK(describe(read(instance("V1", 1, kVip) + std::string(1 << 20, '{'), version)).substr(0, 2) != "V9");
  }
}

TEST_CASE("a file that ends within a block is told of, and not believed where keepalived dies of it") {
  const std::string open = "vrrp_instance V1 {\n interface eth0\n virtual_router_id 1\n" + kVip;
  const struct {
    core::Version version;
    const char* found;
  } cases[] = {{{2, 1, 5}, "V1?: 10.0.0.1"}, {{2, 2, 7}, "V1: 10.0.0.1"}, {{2, 4, 3}, "V1: 10.0.0.1"}};
  for (const auto& c : cases) {
    const core::Configuration whole = read(open + "}\n", c.version);
    CHECK(describe(whole) == "V1: 10.0.0.1");
    CHECK(whole.problems.empty());
    const core::Configuration cut = read(open, c.version);
    CHECK(describe(cut) == c.found);
    REQUIRE(cut.problems.size() == 1);
    CHECK(cut.problems[0].text.find("ends in the midst of a block") != std::string::npos);
  }
}
