// What of the daemon is to be seen on the bus: the state file's document, member by member.
#pragma once

#include <functional>

#include "status/document.hpp"
#include "systemd/bus_service.hpp"

namespace guardian::app {

/// What the daemon shows just now, and the clock that makes its dates.
struct Shown {
  const status::Document& document;
  const status::WallClock& clock;
};

using Look = std::function<Shown()>;

std::vector<systemd::BusProperty> managerProperties(Look look);
std::vector<systemd::BusProperty> instanceProperties(Look look);
std::vector<std::string> instanceNames(const status::Document& document);

}  // namespace guardian::app
