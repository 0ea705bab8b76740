// Any bytes as a trace: read, or refused with its line; what was read is told to a core.
#include <cstdint>
#include <string_view>

#include "trace/trace.hpp"

using namespace guardian;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const trace::Trace trace = trace::readTrace({reinterpret_cast<const char*>(data), size});
    trace::Player player(trace);
    core::Actions actions;
    for (const trace::Entry& entry : trace.entries) {
      actions.clear();
      player.play(entry, actions);
    }
  } catch (const trace::BadTrace&) {}
  return 0;
}
