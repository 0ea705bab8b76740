#include "core/announcements.hpp"

#include <algorithm>

namespace guardian::core {
namespace {

constexpr Duration kPastLocktime = std::chrono::milliseconds(1100);
constexpr int kRepeats = 2;
constexpr int kBatch = 64;
constexpr Duration kBetweenBatches = std::chrono::milliseconds(2);

/// keepalived's own rate limit for this kind of frame; zero: none.
Duration spacing(const AddressKey& key, const AnnounceSettings& settings) {
  return key.address.family == Family::IPv4 ? settings.arpInterval : settings.naInterval;
}

}  // namespace

void Announcements::start(const AddressKey& key, const AnnounceSettings& settings, Instant now) {
  Plan plan;
  plan.settings = settings;
  // keepalived sends `repeat` rounds in a burst; a burst of more than ten helps nobody.
  const int burst = std::max(1, std::min(settings.repeat, 10));
  plan.rounds.insert(plan.rounds.end(), static_cast<std::size_t>(burst), now);
  for (int i = 1; i <= kRepeats; ++i) plan.rounds.push_back(now + i * kPastLocktime);
  if (settings.delay.count() > 0)
    plan.rounds.insert(plan.rounds.end(), static_cast<std::size_t>(burst), now + settings.delay);
  std::sort(plan.rounds.begin(), plan.rounds.end());
  plans_[key] = std::move(plan);
  if (!next_ || now < *next_) next_ = now;
}

std::vector<AddressKey> Announcements::due(Instant now) {
  std::vector<AddressKey> frames;
  std::map<int, int> sent;
  // One frame an address and pass: every address is announced once before any is announced twice.
  for (bool more = true; more;) {
    more = false;
    for (auto it = plans_.begin(); it != plans_.end();) {
      const AddressKey& key = it->first;
      Plan& plan = it->second;
      if (readyAt(key, plan) > now) {
        ++it;
        continue;
      }
      Instant& quietUntil = quietUntil_[key.ifindex];
      frames.push_back(key);
      more = true;
      const Duration own = spacing(key, plan.settings);
      if (own.count() > 0)
        quietUntil = now + own;
      else if (++sent[key.ifindex] % kBatch == 0)
        quietUntil = now + kBetweenBatches;
      it = ++plan.at == plan.rounds.size() ? plans_.erase(it) : std::next(it);
    }
  }
  next_.reset();
  for (const auto& [key, plan] : plans_) {
    const Instant at = readyAt(key, plan);
    if (!next_ || at < *next_) next_ = at;
  }
  return frames;
}

Instant Announcements::readyAt(const AddressKey& key, const Plan& plan) const {
  const auto quiet = quietUntil_.find(key.ifindex);
  const Instant planned = plan.rounds[plan.at];
  return quiet == quietUntil_.end() ? planned : std::max(planned, quiet->second);
}

}  // namespace guardian::core
