// Which of the kernel's routes a line of keepalived's configuration means. Pure.
#pragma once

#include "core/kernel_view.hpp"
#include "guardian/core/route.hpp"

namespace guardian::core {

/// Everything that the line says must agree. What it leaves open, keepalived leaves to the kernel.
bool meant(const VirtualRoute& configured, const RouteRecord& found, const KernelView& view);

}  // namespace guardian::core
