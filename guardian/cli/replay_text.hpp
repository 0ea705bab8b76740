// A replay as it is told to people.
#pragma once

#include <cstddef>
#include <string>

#include "cli/terminal.hpp"
#include "trace/trace.hpp"

namespace guardian::cli {

/// What {"AddressVanished":{"record":{"key":"192.0.2.100/24%2"}}} says, with less to read:
/// AddressVanished record(key=192.0.2.100/24%2)
std::string plain(const std::string& json);

class ReplayText {
 public:
  ReplayText(const trace::Trace& trace, Screen screen) : trace_(trace), screen_(screen) {}

  std::string head() const;
  /// The event, and below it what followed. `same`: as in the daemon.
  std::string tell(const trace::Entry& entry, const core::Actions& actions, bool same);
  std::string end() const;

 private:
  std::string timeOf(core::Instant at) const;
  std::string block(const std::string& head, const std::string& text, Colour colour) const;

  const trace::Trace& trace_;
  Screen screen_;
  std::size_t events_ = 0;
  std::size_t different_ = 0;
  std::size_t leftOut_ = 0;
};

}  // namespace guardian::cli
