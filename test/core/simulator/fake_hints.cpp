#include "core/simulator/fake_hints.hpp"

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

namespace {

using State = FakeKeepalived::Router::State;

RoleHinted hintOf(const Instance& instance, Role role) {
  RoleHinted hint;
  hint.role = role;
  hint.source = "somebody";
  hint.interface = instance.interface;
  hint.vrid = instance.vrid;
  hint.family = instance.family;
  return hint;
}

}  // namespace

FakeHints::FakeHints(Agenda& agenda, const Setup& setup, std::uint64_t seed, Receiver receiver)
    : agenda_(agenda), setup_(setup), chance_(seed), receiver_(std::move(receiver)) {
  bus_ = chance_.oneIn(2);
  liars_ = chance_.oneIn(6);
  if (liars_) lieAgain();
}

void FakeHints::changed(const FakeKeepalived::Router& router) {
  if (!bus_ || chance_.oneIn(8)) return;
  const Role role = router.state == State::Master  ? Role::Master
                    : router.state == State::Fault ? Role::Fault
                                                   : Role::Backup;
  const Duration delay = chance_.oneIn(8) ? chance_.between(0s, 6s) : chance_.between(50us, 5ms);
  agenda_.after(delay, [this, hint = hintOf(router.config, role)] { receiver_(hint); });
}

void FakeHints::saw(const Event& kernelEvent) {
  if (!liars_ || !std::holds_alternative<AddressVanished>(kernelEvent) || !chance_.oneIn(4)) return;
  const RoleHinted hint = lie();
  agenda_.after(chance_.between(0us, 500us), [this, hint] { receiver_(hint); });
}

RoleHinted FakeHints::lie() {
  static constexpr Role kRoles[] = {Role::Master, Role::Master, Role::Backup, Role::Fault, Role::Other, Role::Unknown};
  const std::vector<Instance> instances = configuredInstances(setup_, false);
  const Instance& instance = instances[chance_.below(instances.size())];
  return hintOf(instance, kRoles[chance_.below(6)]);
}

void FakeHints::lieAgain() {
  agenda_.after(chance_.oneIn(2) ? chance_.between(0ms, 20ms) : chance_.between(20ms, 8s), [this] {
    if (!liars_) return;
    receiver_(lie());
    lieAgain();
  });
}

}  // namespace guardian::simulator
