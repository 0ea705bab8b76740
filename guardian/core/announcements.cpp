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
  cancel(key);
  Plan plan;
  plan.settings = settings;
  // keepalived sends `repeat` rounds in a burst; a burst of more than ten helps nobody.
  const int burst = std::max(1, std::min(settings.repeat, 10));
  plan.rounds.insert(plan.rounds.end(), static_cast<std::size_t>(burst), now);
  for (int i = 1; i <= kRepeats; ++i) plan.rounds.push_back(now + i * kPastLocktime);
  if (settings.delay.count() > 0)
    plan.rounds.insert(plan.rounds.end(), static_cast<std::size_t>(burst), now + settings.delay);
  std::sort(plan.rounds.begin(), plan.rounds.end());
  turns_[key.ifindex].insert(turnOf(key, plan));
  plans_.emplace(key, std::move(plan));
  if (!next_ || now < *next_) next_ = now;
}

void Announcements::cancel(const AddressKey& key) {
  const auto plan = plans_.find(key);
  if (plan == plans_.end()) return;
  turns_[key.ifindex].erase(turnOf(key, plan->second));
  plans_.erase(plan);
}

std::vector<AddressKey> Announcements::due(Instant now) {
  std::vector<AddressKey> frames;
  next_.reset();
  for (auto& [ifindex, turns] : turns_) {
    Instant& quietUntil = quietUntil_[ifindex];
    for (int sent = 0; !turns.empty() && std::max(std::get<Instant>(*turns.begin()), quietUntil) <= now;) {
      const AddressKey key = std::get<AddressKey>(*turns.begin());
      turns.erase(turns.begin());
      frames.push_back(key);
      const auto plan = plans_.find(key);
      const Duration own = spacing(key, plan->second.settings);
      if (own.count() > 0)
        quietUntil = now + own;
      else if (++sent % kBatch == 0)
        quietUntil = now + kBetweenBatches;
      if (++plan->second.at == plan->second.rounds.size())
        plans_.erase(plan);
      else
        turns.insert(turnOf(key, plan->second));
    }
    if (turns.empty()) continue;
    const Instant at = std::max(std::get<Instant>(*turns.begin()), quietUntil);
    if (!next_ || at < *next_) next_ = at;
  }
  return frames;
}

}  // namespace guardian::core
