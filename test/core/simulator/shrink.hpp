// A long history that breaks an invariant, made short: troubles are left out as long as it still does.
#pragma once

#include <functional>

#include "core/simulator/plan.hpp"

namespace guardian::simulator {

/// Delta debugging. `fails` must hold for `plan`; it holds for the result, and for nothing with one trouble less.
Plan shrink(Plan plan, const std::function<bool(const Plan&)>& fails);

}  // namespace guardian::simulator
