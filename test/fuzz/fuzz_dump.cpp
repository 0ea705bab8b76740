// Any bytes as a text dump and as a JSON dump.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "keepalived/dump_reader.hpp"
#include "keepalived/json_reader.hpp"

using namespace guardian;

namespace {

void check(const core::Answer& answer) {
  for (const core::InstanceClaim& claim : answer.instances) {
    for (const core::Vip& vip : claim.instance.vips) {
      if (vip.prefixLength > core::fullLength(vip.address.family)) std::abort();
      if (claim.instance.understood && vip.interface.empty()) std::abort();
    }
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  check(keepalived::readDump(text));
  check(keepalived::readJsonDump(text));
  return 0;
}
