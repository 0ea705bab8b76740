// The picture as Prometheus reads it (text format 0.0.4).
#pragma once

#include <string>

#include "status/document.hpp"

namespace guardian::status {

/// `alive`: the daemon that wrote it still runs. Nothing in it counts time, so it says the same until something
/// happens.
std::string metricsText(const Document& document, bool alive, const WallClock& clock);

}  // namespace guardian::status
