#include "core/simulator/shrink.hpp"

#include <algorithm>

namespace guardian::simulator {

Plan shrink(Plan plan, const std::function<bool(const Plan&)>& fails) {
  for (std::size_t chunk = std::max<std::size_t>(plan.entries.size() / 2, 1); chunk > 0;) {
    bool shorter = false;
    for (std::size_t from = 0; from < plan.entries.size();) {
      Plan candidate = plan;
      const auto first = candidate.entries.begin() + static_cast<std::ptrdiff_t>(from);
      const auto last = first + static_cast<std::ptrdiff_t>(std::min(chunk, candidate.entries.size() - from));
      candidate.entries.erase(first, last);
      if (fails(candidate)) {
        plan = std::move(candidate);
        shorter = true;
      } else {
        from += chunk;
      }
    }
    if (!shorter)
      chunk /= 2;
    else
      chunk = std::min(chunk, std::max<std::size_t>(plan.entries.size() / 2, 1));
  }
  return plan;
}

}  // namespace guardian::simulator
