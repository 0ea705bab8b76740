// Any bytes as what is read in lines and words: FIFO, state file, command line, defaults file, version.
#include <cstdint>
#include <string>
#include <vector>

#include "keepalived/command_line.hpp"
#include "keepalived/scope_names.hpp"
#include "keepalived/state_reader.hpp"

using namespace guardian;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  keepalived::StateLines lines;
  lines.take(text);
  keepalived::readStateFile(text);
  keepalived::readDbusPath(text);
  keepalived::readDbusState(static_cast<std::uint32_t>(size), text);
  keepalived::readVersion(text);
  keepalived::ScopeNames(text).find(text.substr(0, 8));
  const std::vector<std::string> words = keepalived::readDefaultsFile(text);
  keepalived::readCommandLine(words, {1, 3, 9});
  keepalived::readCommandLine({text}, {2, 2, 7});
  return 0;
}
