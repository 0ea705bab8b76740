// Any bytes as a configuration, by the rules of every generation of the grammar; it may include itself.
#include <cstdint>
#include <cstdlib>

#include "keepalived/config_reader.hpp"
#include "keepalived/memory_files.hpp"

using namespace guardian;

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const core::Configuration& configuration) {
  for (const core::Instance& instance : configuration.instances) {
    require(configuration.accepted || !instance.understood);
    for (const core::Vip& vip : instance.vips) {
      require(vip.prefixLength <= core::fullLength(vip.address.family));
      if (instance.understood) require(!vip.interface.empty());
      if (instance.understood) require(instance.vrid != 0);
      require(vip.address.family == core::Family::IPv4 || !vip.broadcast);
      require(vip.excluded || !instance.understood || vip.address.family == instance.family);
    }
  }
  if (!configuration.accepted) require(!configuration.problems.empty());
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const core::Version versions[] = {{1, 3, 9}, {1, 4, 5}, {2, 0, 10}, {2, 1, 5}, {2, 2, 7}, {2, 4, 3}};
  test::MemoryFiles files;
  files.add("/k/k.conf", std::string(reinterpret_cast<const char*>(data), size));
  files.add("/k/a", "  10.1.1.1/24\n  priority 7\n}\n");
  for (const core::Version& version : versions) {
    keepalived::ReadOptions options;
    options.version = version;
    options.configId = "node-a";
    if (size % 2 == 0) options.interfaces = std::set<std::string>{"eth0", "eth1"};
    check(keepalived::readConfiguration("/k/k.conf", options, files));
  }
  return 0;
}
