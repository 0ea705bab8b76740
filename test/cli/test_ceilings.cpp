// What the running daemon may cost. Needs root.
#include <dirent.h>

#include <string>

#include <catch2/catch.hpp>

#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

constexpr long kMostMemory = 16 * 1024;  // KiB, the shared libraries included
constexpr int kMostDescriptors = 28;     // two of them for each interface with addresses, to hear who else claims these

int descriptors(int pid) {
  const Handle<DIR, ::closedir> folder(::opendir(("/proc/" + std::to_string(pid) + "/fd").c_str()));
  int count = 0;
  while (folder && ::readdir(folder.get()) != nullptr) ++count;
  return count - 2;  // . and ..
}

long memory(int pid) {
  const std::string status = slurp("/proc/" + std::to_string(pid) + "/status");
  return std::stol(status.substr(status.find("VmHWM:") + 6));
}

int threads(int pid) {
  const std::string status = slurp("/proc/" + std::to_string(pid) + "/status");
  return std::stoi(status.substr(status.find("Threads:") + 8));
}

bool has(const std::string& address) {
  return sh("ip -o address show dev v0").find(" " + address + " ") != std::string::npos;
}

}  // namespace

TEST_CASE("the daemon is small and does not grow by what happens around it") {
  sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
  makeVeths();
  spill("/tmp/keepalived.conf", keepalivedConf());
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.becomeMaster();
  Guardian guardian(program.path());
  REQUIRE(guardian.says("VI_1 MASTER (2 addresses), VI_6 MASTER (2 addresses)"));
  const int before = descriptors(guardian.pid());
  CHECK(before > 5);
  CHECK(before <= kMostDescriptors);
  CHECK(threads(guardian.pid()) == 1);

  // Other people's addresses come and go, and one of ours goes with them.
  std::string commands;
  for (int i = 0; i < 4000; ++i) {
    const std::string address = "10." + std::to_string(i / 250) + "." + std::to_string(i % 250) + ".1/32 dev v1\n";
    commands += "address add ";
    commands += address;
    commands += "address del ";
    commands += address;
  }
  spill("/tmp/batch", commands);
  for (int round = 0; round < 3; ++round) {
    sh("ip -batch /tmp/batch; ip address del 192.0.2.101/32 dev v0");
    REQUIRE(eventually([] { return has("192.0.2.101/32"); }));
  }
  // Its taps and questions are closed when the repair is proven.
  CHECK(eventually([&] { return descriptors(guardian.pid()) <= before; }));
  if (!kSanitized) CHECK(memory(guardian.pid()) <= kMostMemory);
  CHECK(guardian.stop() == 0);
}
