#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include <catch2/catch.hpp>

#include "ledger/ledger_file.hpp"

using namespace guardian;
using core::LedgerNote;
using Kind = core::LedgerNote::Kind;

namespace {

/// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() { REQUIRE(::mkdtemp(path_) != nullptr); }
  ~Folder() {
    for (const char* name : {"/ledger", "/ledger.new", "/elsewhere"}) ::unlink((path_ + std::string(name)).c_str());
    ::rmdir(path_);
  }
  std::string ledger() const { return std::string(path_) + "/ledger"; }
  std::string file(const char* name) const { return std::string(path_) + "/" + name; }

 private:
  char path_[32] = "/tmp/test-ledger-XXXXXX";
};

/// No file grows beyond `size` bytes.
class FullDisk {
 public:
  explicit FullDisk(std::size_t size) : signal_(std::signal(SIGXFSZ, SIG_IGN)) {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit limit{size, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int);
};

core::AddressKey key(const char* address, int length, int ifindex = 2) {
  return {ifindex, *core::parseAddress(address), static_cast<std::uint8_t>(length)};
}

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

bool same(const core::Ledger& a, const core::Ledger& b) {
  return a.process == b.process && a.addresses == b.addresses && a.epochs == b.epochs && a.bases == b.bases;
}

LedgerNote randomNote(std::mt19937& random) {
  LedgerNote note{};
  note.kind = static_cast<Kind>(random() % 8);
  note.key = key(random() % 2 ? "192.0.2.1" : "2001:db8::1", static_cast<int>(random() % 33),
                 1 + static_cast<int>(random() % 3));
  note.key.address.bytes[3] = static_cast<std::uint8_t>(random() % 5);
  note.epoch.instance = {static_cast<std::uint8_t>(1 + random() % 3),
                         random() % 2 ? core::Family::IPv4 : core::Family::IPv6, random() % 2 ? "VI 1" : "gateway"};
  for (auto i = random() % 3; i > 0; --i) note.epoch.interfaces.insert(static_cast<int>(1 + random() % 4000));
  note.epoch.transition = std::chrono::microseconds(random());
  note.process = {static_cast<int>(1 + random() % 2), random() % 2};
  if (note.kind == Kind::Confirmed) note.created = static_cast<std::uint32_t>(random());
  return note;
}

}  // namespace

TEST_CASE("a route that was put there is remembered in its exact form until it is lifted") {
  const core::RouteForm route{core::RouteKind::Route, std::string("\x02\x18\x00\xff", 4)};
  const core::RouteForm rule{core::RouteKind::Rule, std::string("\x0a\x00", 2)};
  using Note = core::RouteNote;
  std::string text = ledger::line(Note{Note::Kind::Added, route}) + ledger::line(Note{Note::Kind::Added, rule}) +
                     ledger::line(Note{Note::Kind::Confirmed, rule});
  core::Ledger read = ledger::parse(text);
  CHECK(read.routes == std::map<core::RouteForm, bool>{{route, false}, {rule, true}});
  CHECK(ledger::parse(ledger::text(read)).routes == read.routes);
  text += ledger::line(Note{Note::Kind::Gone, route});
  CHECK(ledger::parse(text).routes.count(route) == 0);
  for (const char* nonsense : {"put route 0\n", "put road 00\n", "put route xy\n", "put route\n", "raised rule 00\n"})
    CHECK(ledger::parse(nonsense).routes.empty());
}

TEST_CASE("whatever was noted is read back, from the log and from its short form") {
  for (unsigned seed = 1; seed <= 300; ++seed) {
    std::mt19937 random(seed);
    core::Ledger kept;
    std::string log;
    for (auto i = random() % 60; i > 0; --i) {
      const LedgerNote note = randomNote(random);
      core::apply(kept, note);
      log += ledger::line(note);
    }
    INFO(log);
    REQUIRE(same(ledger::parse(log), kept));
    REQUIRE(same(ledger::parse(ledger::text(kept)), kept));
  }
}

TEST_CASE("a line that a crash cut off is passed over, the ones before it stand") {
  const std::string log = "process 7 9\nadded 2 192.0.2.1/24\nadded 2 192.0.2.2/24\n";
  const std::size_t second = log.find("added 2 192.0.2.2");
  for (std::size_t length = second; length < log.size(); ++length) {
    const core::Ledger read = ledger::parse(log.substr(0, length));
    CHECK(read.addresses.size() == 1);
    CHECK(read.process.pid == 7);
  }
}

TEST_CASE("lines that make no sense say nothing") {
  const char* lines[] = {"",
                         "added",
                         "added 2",
                         "added x 192.0.2.1/24",
                         "added 2 192.0.2.1",
                         "added 2 192.0.2.1/33",
                         "added 2 192.0.2.1/-1",
                         "added 2 192.0.2.1/1x",
                         "added -2 192.0.2.1/24",
                         "added 0 192.0.2.1/24",
                         "added 2 192.0.2.1/24\nconfirmed 2 192.0.2.1/24\ngone 2 192.0.2.1/24",
                         "opened 0 4 2 7 V",
                         "opened 300 4 2 7 V",
                         "opened 5 5 2 7 V",
                         "opened 5 4 2, 7 V",
                         "opened 5 4 0 7 V",
                         "opened 5 4 2 V",
                         "opened 5",
                         "process",
                         "process x y",
                         "nonsense 2"};
  for (const char* line : lines) {
    INFO(line);
    CHECK(same(ledger::parse(std::string(line) + "\n"), core::Ledger{}));
  }
}

TEST_CASE("a new life finds what the former one noted") {
  const Folder folder;
  {
    ledger::LedgerFile file(folder.ledger());
    REQUIRE(file.open());
    REQUIRE(file.write({Kind::Process, {}, {}, {812, 99}}));
    REQUIRE(
        file.write({Kind::EpochOpened, {}, {{51, core::Family::IPv4, "VI_1"}, {2}, std::chrono::microseconds(7)}, {}}));
    REQUIRE(file.write({Kind::Added, key("192.0.2.100", 24), {}, {}}));
    REQUIRE(file.write({Kind::Added, key("192.0.2.101", 32), {}, {}}));
    REQUIRE(file.write({Kind::Confirmed, key("192.0.2.101", 32), {}, {}, 4711}));
  }
  ledger::LedgerFile file(folder.ledger());
  REQUIRE(file.open());
  CHECK(file.kept().process == core::ProcessId{812, 99});
  CHECK(file.kept().epochs.size() == 1);
  CHECK(file.kept().addresses == std::map<core::AddressKey, core::LedgerEntry>{{key("192.0.2.100", 24), {}},
                                                                               {key("192.0.2.101", 32), {true, 4711}}});
}

TEST_CASE("the ledger is root's alone, and a file that is not is refused") {
  const Folder folder;
  ledger::LedgerFile file(folder.ledger());
  REQUIRE(file.open());
  struct stat facts {};
  REQUIRE(::stat(folder.ledger().c_str(), &facts) == 0);
  CHECK((facts.st_mode & 0777) == 0600);

  REQUIRE(::chmod(folder.ledger().c_str(), 0666) == 0);
  CHECK_FALSE(ledger::LedgerFile(folder.ledger()).open());
  ::unlink(folder.ledger().c_str());
  REQUIRE(::symlink(folder.file("elsewhere").c_str(), folder.ledger().c_str()) == 0);
  CHECK_FALSE(ledger::LedgerFile(folder.ledger()).open());
}

TEST_CASE("a long life does not make a long file") {
  const Folder folder;
  ledger::LedgerFile file(folder.ledger());
  REQUIRE(file.open());
  for (int i = 0; i < 20000; ++i) {
    REQUIRE(file.write({Kind::Added, key("192.0.2.100", 24), {}, {}}));
    REQUIRE(file.write({Kind::Gone, key("192.0.2.100", 24), {}, {}}));
  }
  REQUIRE(file.write({Kind::Added, key("192.0.2.101", 24), {}, {}}));
  CHECK(contentOf(folder.ledger()).size() < 200000);
  CHECK(ledger::parse(contentOf(folder.ledger())).addresses.size() == 1);
}

TEST_CASE("a note that could not be written, or only half of it, is there with the next one") {
  const Folder folder;
  ledger::LedgerFile file(folder.ledger());
  REQUIRE(file.open());
  REQUIRE(file.write({Kind::Added, key("192.0.2.100", 24), {}, {}}));
  {
    const FullDisk full(contentOf(folder.ledger()).size() + 4);
    CHECK_FALSE(file.write({Kind::Added, key("192.0.2.101", 24), {}, {}}));
  }
  CHECK(ledger::parse(contentOf(folder.ledger())).addresses.size() == 1);
  REQUIRE(file.write({Kind::Added, key("192.0.2.102", 24), {}, {}}));
  const core::Ledger read = ledger::parse(contentOf(folder.ledger()));
  CHECK(read.addresses.size() == 3);
  CHECK(read.addresses.count(key("192.0.2.101", 24)) == 1);
  CHECK(read.addresses.count(key("192.0.2.102", 24)) == 1);
}

TEST_CASE("what a former life left is known even where nothing can be written") {
  const Folder folder;
  {
    ledger::LedgerFile file(folder.ledger());
    REQUIRE(file.open());
    REQUIRE(file.write({Kind::Added, key("192.0.2.100", 24), {}, {}}));
  }
  ledger::LedgerFile file(folder.ledger());
  {
    const FullDisk full(4);
    CHECK_FALSE(file.open());
    CHECK(file.kept().addresses.size() == 1);
  }
  REQUIRE(file.write({Kind::Added, key("192.0.2.101", 24), {}, {}}));
  CHECK(ledger::parse(contentOf(folder.ledger())).addresses.size() == 2);
}

TEST_CASE("without its folder the ledger says so and goes on") {
  ledger::LedgerFile file("/nonexistent/ledger");
  CHECK_FALSE(file.open());
  CHECK_FALSE(file.write({Kind::Added, key("192.0.2.100", 24), {}, {}}));
}
