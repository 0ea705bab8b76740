// Sends announcements, and questions for addresses. One packet socket that receives nothing: it costs the host no cycle
// while idle.
#pragma once

#include "guardian/core/action.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::packet {

class Announcer {
 public:
  /// Throws std::system_error.
  Announcer();
  Result<Done> send(const core::Announce& order);
  Result<Done> send(const core::Probe& order);

 private:
  Fd socket_;
};

}  // namespace guardian::packet
