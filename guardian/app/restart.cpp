#include "app/restart.hpp"

#include <csignal>
#include <utility>

#include "guardian/util/proc.hpp"

namespace guardian::app {
namespace {

constexpr const char* kUnit = "keepalived.service";

/// The first thing that keeps keepalived from starting with it.
std::string objection(const core::Configuration& configuration) {
  if (configuration.accepted) return {};
  for (const core::Problem& problem : configuration.problems)
    if (problem.severity == core::Problem::Severity::Error)
      return problem.file + (problem.line > 0 ? ":" + std::to_string(problem.line) : "") + ": " + problem.text;
  return "keepalived would not start with its configuration; see vip-guardian inspect";
}

}  // namespace

bool Restart::mayTouch(const keepalived::Running& running) {
  if (watch_ != nullptr) loop_.remove(std::exchange(watch_, nullptr));
  test_.reset();
  old_ = running.process();
  if (!old_) return give("keepalived is not running, and what somebody stopped is not started"), false;
  if (unitOf(old_->vrrpPid) == kUnit) return true;
  return give("it does not run as keepalived.service, but of another one's doing"), false;
}

void Restart::stop(const keepalived::Running& running, systemd::BusWatch* bus) {
  if (mayTouch(running)) order(bus, systemd::UnitJob::Stop);
}

void Restart::begin(const keepalived::Running& running, systemd::BusWatch* bus) {
  if (!mayTouch(running)) return;
  if (const std::string why = objection(running.readWritten()); !why.empty()) return give(why);
  if (!keepalived::ConfigTest::exists(running.version())) return order(bus, systemd::UnitJob::Restart);
  auto test = keepalived::ConfigTest::start(running.binary(), running.commandLine().configFile);
  if (!test) return give(test.error().text());
  test_.emplace(std::move(test.value()));
  watch_ = loop_.addReadable(test_->fd(), systemd::EventLoop::kNormal, [this, bus] { takeTest(bus); });
}

/// A function of its own: with its watch the callback goes, and all that it holds.
void Restart::takeTest(systemd::BusWatch* bus) {
  const auto said = test_->take();
  if (!said) return;
  loop_.remove(std::exchange(watch_, nullptr));
  test_.reset();
  if (said->empty())
    order(bus, systemd::UnitJob::Restart);
  else
    give("its own test refuses its configuration: " + *said);
}

void Restart::order(systemd::BusWatch* bus, systemd::UnitJob job) {
  if (bus == nullptr) return give("the system bus is away");
  bus->orderKeepalived(job);
}

bool Restart::endOldProcess() {
  if (!old_ || startOf(old_->vrrpPid) != old_->vrrpStart || unitOf(old_->vrrpPid) != kUnit) return false;
  return ::kill(old_->vrrpPid, SIGKILL) == 0;
}

}  // namespace guardian::app
