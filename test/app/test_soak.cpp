// Losses, failovers and other people's events without end, and what the daemon has taken for itself by then. Needs
// root.
//
// SOAK_SECONDS=3600 and SOAK_EVENTS=1000000 play it for long; without them it is over in seconds. In a build with
// sanitizers its end is also the judgement of LeakSanitizer.
#include <dirent.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include <catch2/catch.hpp>

#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;
using Clock = std::chrono::steady_clock;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

constexpr int kRound = 12;                        // losses between two failovers
constexpr int kWarmUp = 2;                        // rounds until every container has had its first growth
constexpr std::chrono::milliseconds kRest{5200};  // after every second one: who takes an address more often fights
constexpr int kReports = 12;                      // lines of figures while it lasts
constexpr long kSlack = 512;                      // KiB: what the allocator may keep of a busy moment

long fromEnvironment(const char* name, long otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atol(text) : otherwise;
}

struct Figures {
  long kib = 0;  ///< of its own: neither shared nor backed by a file
  int descriptors = 0;
};

Figures figuresOf(int pid) {
  Figures figures;
  const std::string process = "/proc/" + std::to_string(pid);
  std::ifstream status(process + "/status");
  for (std::string word; status >> word;)
    if (word == "RssAnon:") status >> figures.kib;
  const Handle<DIR, ::closedir> folder(::opendir((process + "/fd").c_str()));
  while (folder && ::readdir(folder.get()) != nullptr) ++figures.descriptors;
  figures.descriptors -= 2;  // . and ..
  return figures;
}

std::string addresses() { return sh("ip -o address show dev v0 | sort"); }

class Soak {
 public:
  Soak() {
    keepalived_.tell("interval 100");
    keepalived_.becomeMaster();
    whole_ = addresses();
    REQUIRE(guardian_.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
  }

  /// So many losses, each of them mended, and a failover there and back.
  void round() {
    for (int i = 0; i < kRound; ++i) {
      const char* address = i % 2 == 0 ? "192.0.2.101/32" : "2001:db8::200/128";
      sh(std::string("ip address del ") + address + " dev v0");
      REQUIRE(eventually([&] { return addresses() == whole_; }));
      ++losses_;
    }
    keepalived_.becomeBackup();
    REQUIRE(guardian_.says("VI_1 BACKUP, VI_6 BACKUP"));
    keepalived_.becomeMaster();
    REQUIRE(guardian_.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
    if (++failovers_ % 2 == 0) std::this_thread::sleep_for(kRest);
    guardian_.entries();  // a journal that nobody reads would fill
  }

  /// Of addresses that are nobody's business, and among the last of them a loss.
  void events(long count) {
    sh("ip link add flood0 type veth peer name flood1; i=0; while [ $i -lt 1000 ]; do"
       "  echo address add 10.99.$((i / 250)).$((i % 250))/32 dev flood0;"
       "  echo address del 10.99.$((i / 250)).$((i % 250))/32 dev flood0; i=$((i + 1)); done > /tmp/flood");
    for (long sent = 0; sent < count; sent += 2000) sh("ip -batch /tmp/flood");
    sh("ip address del 192.0.2.101/32 dev v0");
    REQUIRE(eventually([&] { return addresses() == whole_; }));
    guardian_.entries();
  }

  Figures figures() const { return figuresOf(guardian_.pid()); }
  void tell(const char* when) const {
    const Figures now = figures();
    std::printf("%-16s %8ld losses %6ld failovers %8ld KiB %4d descriptors\n", when, losses_, failovers_, now.kib,
                now.descriptors);
    std::fflush(stdout);
  }
  int end() { return guardian_.stop(); }

 private:
  Keepalived keepalived_{fake.path(), {"-f", "/tmp/keepalived.conf"}};
  Guardian guardian_{program.path()};
  std::string whole_;
  long losses_ = 0;
  long failovers_ = 0;
};

}  // namespace

TEST_CASE("what it takes for itself does not grow with losses, failovers and other people's events") {
  const std::chrono::seconds length(fromEnvironment("SOAK_SECONDS", 1));
  const long events = fromEnvironment("SOAK_EVENTS", 20'000);
  sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
  makeVeths();
  spill("/tmp/keepalived.conf", keepalivedConf());
  Soak soak;
  for (int i = 0; i < kWarmUp; ++i) soak.round();
  soak.tell("warm");
  const Figures warm = soak.figures();

  const auto begun = Clock::now();
  auto report = begun + length / kReports;
  while (Clock::now() < begun + length) {
    soak.round();
    if (Clock::now() < report) continue;
    report += length / kReports;
    soak.tell("");
  }
  soak.events(events);
  soak.tell((std::to_string(events) + " events").c_str());
  soak.round();
  soak.tell("in the end");

  const Figures last = soak.figures();
#if !defined(__SANITIZE_ADDRESS__)  // which keeps what was freed for a while, to know it when it is used again
  CHECK(last.kib <= warm.kib + kSlack);
#endif
  CHECK(eventually(
      [&] { return soak.figures().descriptors <= warm.descriptors; }));  // when nobody is looked for any more
  CHECK(soak.end() == 0);  // what leaks is another number, where somebody looks
}
