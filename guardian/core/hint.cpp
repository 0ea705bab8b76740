#include "core/hint.hpp"

#include <cctype>
#include <utility>

#include "core/state.hpp"

namespace guardian::core {
namespace {

bool isSettled(Role role) { return role == Role::Master || role == Role::Backup || role == Role::Fault; }

}  // namespace

bool mayBeMeant(const Instance& instance, const RoleHinted& hint) {
  if (!hint.instance.empty()) return instance.name == hint.instance;
  std::string interface = instance.interface;
  for (char& c : interface)
    if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
  return instance.vrid == hint.vrid && instance.family == hint.family && interface == hint.interface;
}

void Decider::State::on(const RoleHinted& fact) {
  bool known = false;
  for (InstanceState& instance : instances) {
    if (!mayBeMeant(instance.config, fact)) continue;
    known = true;
    instance.hint = Hint{fact.role, fact.source, now};
    if (fact.role != Role::Master && fact.role != Role::Unknown) doubt(instance, *instance.hint);
  }
  if (!known) unclaimedAt = now;  // it may be new
  ask();
}

/// What stands unconfirmed would be nobody's if the hint is true. The rest keepalived removes itself, if it has not.
void Decider::State::doubt(InstanceState& instance, const Hint& hint) {
  const std::string why = hint.source + " says " + wordOf(hint.role);
  const bool wasOpen = instance.epoch.isOpen();
  instance.epoch.doubt(now);
  withdrawUnverified(instance, why);
  noteEpoch(instance);
  if (!wasOpen) return;
  notice(Notice::Kind::InstanceLeft,
         instance.config.name + ": " + why + "; nothing is added until keepalived itself says MASTER",
         instance.config.name);
  settle(instance);
  showStatus();
}

/// One that is late is no harm, one that is wrong is worth a look: told once, until they agree again.
void Decider::State::compareWithHint(InstanceState& instance, Instant askedAt) {
  if (!instance.hint || askedAt < instance.hint->at || !isSettled(instance.role)) return;
  const Hint hint = *std::exchange(instance.hint, std::nullopt);
  const bool disputed = isSettled(hint.role) && hint.role != instance.role;
  if (disputed == std::exchange(instance.hintDisputed, disputed) || !disputed) return;
  notice(Notice::Kind::Doubt,
         instance.config.name + ": " + hint.source + " says " + wordOf(hint.role) +
             ", keepalived itself, asked after that, " + wordOf(instance.role) + "; its answer counts",
         instance.config.name);
}

}  // namespace guardian::core
