#include "core/incident.hpp"

#include <algorithm>

namespace guardian::core {
namespace {

constexpr std::size_t kHands = 64;  ///< in a fight each of them may be another process

}  // namespace

void Incident::lost(const AddressKey& key, const std::string& interface, Origin origin, Instant now) {
  const int order = static_cast<int>(losses_.size());
  Loss& loss = losses_[key];
  if (loss.times == 0) loss.order = order;
  if (loss.goneAt) return;  // a doubled notification
  loss.interface = interface;
  loss.goneAt = loss.unservedAt = loss.lostAt = now;
  loss.portId = origin.portId;
  ++loss.times;
  lastChange_ = now;
  if (origin.portId != 0 && ports_.size() < kHands) ports_.insert(origin.portId);
}

void Incident::back(const AddressKey& key, Instant now, bool byUs) {
  const auto it = losses_.find(key);
  if (it == losses_.end() || !it->second.goneAt) return;
  if (it->second.unservedAt) it->second.outage += now - *it->second.unservedAt;
  it->second.goneAt.reset();
  it->second.unservedAt.reset();
  lastChange_ = now;
  if (!byUs) return;
  byUs_ = true;
  ++it->second.reinstated;
  timeline.added = now;
}

void Incident::held(const AddressKey& key, Instant now) {
  const auto it = losses_.find(key);
  if (it == losses_.end() || !it->second.unservedAt) return;
  it->second.outage += now - *it->second.unservedAt;
  it->second.unservedAt.reset();
  it->second.held = true;
}

void Incident::unheld(const AddressKey& key, Instant now) {
  const auto it = losses_.find(key);
  if (it != losses_.end() && it->second.goneAt && !it->second.unservedAt) it->second.unservedAt = now;
}

bool Incident::allBack() const {
  return std::all_of(losses_.begin(), losses_.end(), [](const auto& loss) { return !loss.second.goneAt; });
}

Instant Incident::missingSince(Instant now) const {
  Instant since = now;
  for (const auto& [key, loss] : losses_)
    if (loss.goneAt) since = std::min(since, *loss.goneAt);
  return since;
}

IncidentReport Incident::report(Outcome outcome, Instant now) const {
  std::vector<const std::pair<const AddressKey, Loss>*> ordered;
  ordered.reserve(losses_.size());
  for (const auto& loss : losses_) ordered.push_back(&loss);
  std::sort(ordered.begin(), ordered.end(), [](auto* a, auto* b) { return a->second.order < b->second.order; });

  IncidentReport report;
  report.instance = instance_;
  report.outcome = outcome;
  report.waiting = waiting;
  report.timeline = timeline;
  for (const auto* entry : ordered) {
    const auto& [key, loss] = *entry;
    LossRecord record;
    record.address = key.address;
    record.prefixLength = key.prefixLength;
    record.interface = loss.interface;
    record.timesLost = loss.times;
    record.lostAt = loss.lostAt;
    record.portId = loss.portId;
    record.back = !loss.goneAt;
    record.held = loss.held;
    record.reinstated = loss.reinstated;
    record.outage = loss.outage + (loss.unservedAt ? now - *loss.unservedAt : Duration{});
    report.losses.push_back(std::move(record));
  }
  return report;
}

}  // namespace guardian::core
