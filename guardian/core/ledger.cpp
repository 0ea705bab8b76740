#include "guardian/core/ledger.hpp"

#include <algorithm>

namespace guardian::core {

constexpr std::size_t kManyRestarts = 16;  ///< more than any budget has in an hour

void apply(Ledger& ledger, const LedgerNote& note) {
  using Kind = LedgerNote::Kind;
  const auto epoch = std::find_if(ledger.epochs.begin(), ledger.epochs.end(),
                                  [&](const EpochMark& mark) { return mark.instance == note.epoch.instance; });
  switch (note.kind) {
    case Kind::Process:
      if (!(ledger.process == note.process)) ledger.epochs.clear();
      ledger.process = note.process;
      break;
    case Kind::Added: ledger.addresses[note.key] = LedgerEntry{}; break;
    case Kind::Confirmed:
      if (const auto address = ledger.addresses.find(note.key); address != ledger.addresses.end())
        address->second = LedgerEntry{true, note.created};
      break;
    case Kind::Gone: ledger.addresses.erase(note.key); break;
    case Kind::EpochOpened:
      if (epoch == ledger.epochs.end())
        ledger.epochs.push_back(note.epoch);
      else
        *epoch = note.epoch;
      break;
    case Kind::EpochClosed:
      if (epoch != ledger.epochs.end()) ledger.epochs.erase(epoch);
      break;
    case Kind::BaseKnown: ledger.bases.insert(note.key); break;
    case Kind::Restarted:
      ledger.restarts.push_back(note.at);
      if (ledger.restarts.size() > kManyRestarts) ledger.restarts.erase(ledger.restarts.begin());
      break;
    case Kind::BaseForgotten: ledger.bases.erase(note.key); break;
  }
}

void apply(Ledger& ledger, const RouteNote& note) {
  using Kind = RouteNote::Kind;
  switch (note.kind) {
    case Kind::Added: ledger.routes[note.form] = false; break;
    case Kind::Confirmed:
      if (const auto route = ledger.routes.find(note.form); route != ledger.routes.end()) route->second = true;
      break;
    case Kind::Gone: ledger.routes.erase(note.form); break;
  }
}

}  // namespace guardian::core
