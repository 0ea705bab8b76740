// Any bytes as what is read in lines and words: FIFO, state file, bus, command line, defaults file, version, address.
#include <vector>

#include "fuzz/require.hpp"
#include "keepalived/command_line.hpp"
#include "keepalived/scope_names.hpp"
#include "keepalived/state_reader.hpp"

using namespace guardian;
using test::require;

namespace {

/// A FIFO is read in pieces that end anywhere: what is in the lines does not depend on it.
void checkLines(const std::string& text) {
  keepalived::StateLines whole;
  keepalived::StateLines pieces;
  const auto lines = whole.take(text);
  std::size_t count = 0;
  for (const char c : text) {
    for (const keepalived::StateLine& line : pieces.take(std::string_view(&c, 1))) {
      require(count < lines.size() && line.name == lines[count].name && line.role == lines[count].role &&
                  line.priority == lines[count].priority,
              "the same lines in pieces");
      ++count;
    }
  }
  require(count == lines.size() && pieces.dropped() == whole.dropped(), "and as many");
  for (const keepalived::StateLine& line : lines)
    require(line.priority >= 0 && line.priority <= 999 && line.name.find('"') == std::string::npos,
            "a line makes sense");
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text = test::textOf(data, size);
  checkLines(text);
  keepalived::readStateFile(text);
  if (const auto instance = keepalived::readDbusPath(text))
    require(instance->vrid != 0 && !instance->interface.empty() && instance->interface.find('/') == std::string::npos,
            "a path names an instance");
  keepalived::readDbusState(static_cast<std::uint32_t>(size), text);
  keepalived::readVersion(text);
  keepalived::ScopeNames(text).find(text.substr(0, 8));
  const std::vector<std::string> words = keepalived::readDefaultsFile(text);
  keepalived::readCommandLine(words, {1, 3, 9});
  keepalived::readCommandLine({text}, {2, 2, 7});
  if (const auto address = core::parseAddress(text))
    require(core::parseAddress(core::toString(*address)) == address, "an address is written as it is read");
  return 0;
}
