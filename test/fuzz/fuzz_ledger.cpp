// Any bytes as the ledger that a former life left: what is read of it is written and read the same, and a new life can
// go on with it.
#include "fuzz/require.hpp"
#include "guardian/core/decider.hpp"
#include "ledger/ledger_file.hpp"

using namespace guardian;
using test::require;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const core::Ledger left = ledger::parse(test::textOf(data, size));
  for (const auto& [key, entry] : left.addresses)
    require(key.ifindex > 0 && key.prefixLength <= core::fullLength(key.address.family), "an address can be one");
  const std::string written = ledger::text(left);
  const core::Ledger again = ledger::parse(written);
  require(ledger::text(again) == written, "what we write says the same when we read it");
  require(again.addresses == left.addresses && again.routes == left.routes && again.bases == left.bases,
          "nothing that is ours is forgotten");
  core::Decider decider({}, 1);
  core::Actions actions;
  core::Instant now{std::chrono::hours(1)};
  decider.handle(core::Remembered{left}, now, actions);
  decider.handle(core::Snapshot{}, now, actions);
  decider.handle(core::KeepalivedGone{}, now, actions);
  for (int i = 0; i < 5; ++i) decider.handle(core::TimerFired{}, now += std::chrono::seconds(1), actions);
  decider.handle(core::Stopping{}, now, actions);
  for (const core::Action& action : actions)
    if (const auto* removal = std::get_if<core::RemoveAddress>(&action))
      require(left.addresses.count(removal->key) != 0, "only what was ours is removed");
  return 0;
}
