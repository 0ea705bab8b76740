// Whether somebody answers at an address: asked of the network, as a client would, and never for longer than allowed.
// For commands, which may wait; the daemon must not.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "guardian/core/address.hpp"

namespace guardian::probe {

using Deadline = std::chrono::steady_clock::time_point;

enum class Answer : std::uint8_t {
  Yes,
  No,      ///< refused, or nothing came in time
  Unknown  ///< could not be asked: no right, no route
};

struct Said {
  Answer answer = Answer::Unknown;
  std::string text;  ///< what came instead of an answer; empty for Yes
};

/// Where to ask. The interface only matters for link-local addresses.
struct Target {
  core::IpAddress address;
  int ifindex = 0;
};

/// One echo request a fifth of a second. Takes root, or a group that net.ipv4.ping_group_range admits.
Said ping(const Target& target, Deadline deadline);
/// A connection is taken.
Said tcp(const Target& target, std::uint16_t port, Deadline deadline);
/// GET is answered with a status from 200 to 399.
Said http(const Target& target, std::uint16_t port, const std::string& path, Deadline deadline);

}  // namespace guardian::probe
