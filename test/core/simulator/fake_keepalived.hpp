// keepalived with one VRRP router for each configured instance, as its sources and its measured behaviour have it:
// 1.3.9 with its window, its `State = 4`, its deafness and its orphans; 2.x deaf or hearing.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/simulator/fake_kernel.hpp"
#include "core/simulator/plan.hpp"
#include "core/simulator/wire.hpp"

namespace guardian::simulator {

class FakeKeepalived {
 public:
  enum class Process : std::uint8_t { Dead, Running, Stopping };
  struct Router {
    enum class State : std::uint8_t { Backup, Window, Master, Reloading, Fault };
    core::Instance config;
    State state = State::Backup;
    std::vector<core::AddressKey> set;  ///< what it believes to have installed: it removes exactly this
    std::int64_t transition = 0;        ///< its own date of the last change; no two are alike
    std::uint64_t timer = 0;            ///< which timer counts
  };
  /// What the host gets to see of it.
  struct Signs {
    std::function<void()> started;
    std::function<void()> gone;
    std::function<void(const core::Advert&)> sent;
    std::function<void(const Router&)> changed;    ///< as its signal on the bus: after all that belongs to it
    std::function<void(const std::string&)> said;  ///< for the history
  };

  FakeKeepalived(Agenda& agenda, FakeKernel& kernel, Wire& wire, std::size_t node, const Setup& setup,
                 std::uint64_t seed, Signs signs);

  void start();
  void stop();
  void kill();
  void reload(bool otherAddresses);
  void hang(Duration length);
  void setWeakened(bool weak) { weakened_ = weak; }
  /// Its host's clock went forward: all its timers are due.
  void clockJumped();
  void received(const core::Advert& advert);
  void saw(const core::Event& kernelEvent);

  Process process() const { return process_; }
  bool hung() const { return hungUntil_.has_value(); }
  core::ProcessId id() const { return {pid_, 1}; }
  core::Version version() const;
  /// What its file says.
  core::Configuration configuration() const;
  std::uint32_t commandPort() const { return commandPort_; }
  int priority() const { return weakened_ ? priority_ - 60 : priority_; }
  int configuredPriority(const std::string& instance) const {
    return instance == "VI_O" && node_ == 0 ? 255 : priority_;
  }
  int priorityOf(const Router& router) const { return router.config.priority == 255 ? 255 : priority(); }
  const std::vector<Router>& routers() const { return routers_; }
  /// Its socket hears the group on the interface that there is.
  bool listens() const { return process_ == Process::Running && !stale() && kernel_.usable(); }
  bool stale() const { return boundIndex_ != kernel_.ifindex(); }

  /// Calls back with what it says at the moment in which it gets to saying it, if ever.
  void whenAsked(std::function<void(core::Answer)> answer);
  /// It once installed this address of its root blocks with no base address before it.
  bool installedFirst(const core::AddressKey& key) const { return firstOfSubnet_.count(key) != 0; }
  /// It once installed this virtual address behind another one of its subnet.
  bool installedBehind(const core::AddressKey& key) const { return installedBehind_.count(key) != 0; }
  /// Runs, and will remove exactly this address of its root blocks when it stops.
  bool ownsStatic(const core::AddressKey& key) const;
  /// That, or master, and will remove exactly this address when it leaves.
  bool owns(const core::AddressKey& key) const;
  /// It should have removed this, and did not: 1.3.9 when its interface goes during a reload.
  bool abandoned(const core::AddressKey& key) const {
    return std::find(abandoned_.begin(), abandoned_.end(), key) != abandoned_.end();
  }
  bool isMaster(const Router& router) const;
  /// Whether that is the date of an installation, and not of what came before it.
  bool isInstallation(std::int64_t transition) const { return installations_.count(transition) != 0; }

 private:
  using State = Router::State;
  void whenAwake(std::function<void()> deed);
  void arm(Router& router, Duration delay);
  void timeout(Router& router);
  void send(const Router& router, int priority);
  void install(Router& router);
  void installStatics();
  void uninstall(Router& router);
  void become(Router& router, State state);
  void pullAlong(const Router& leader);
  void hear(Router& router, const core::Advert& advert);
  Duration skew() const;
  Duration masterDown() const;
  core::AddressRecord recordOf(const core::Vip& vip) const;

  Agenda& agenda_;
  FakeKernel& kernel_;
  Wire& wire_;
  std::size_t node_;
  Setup setup_;
  Chance chance_;
  Signs signs_;
  Process process_ = Process::Dead;
  unsigned life_ = 0;
  int pid_;
  int priority_;
  bool weakened_ = false;
  bool reduced_ = false;  ///< its configuration has one address less
  int boundIndex_ = 0;
  std::uint32_t commandPort_ = 0;
  std::int64_t lastTransition_ = 0;
  std::set<std::int64_t> installations_;
  std::vector<core::AddressKey> abandoned_;
  std::vector<core::AddressKey> statics_;  ///< of its root blocks, what it has installed
  std::set<core::AddressKey> firstOfSubnet_;
  std::set<core::AddressKey> installedBehind_;
  std::optional<Instant> hungUntil_;
  std::deque<std::function<void()>> waiting_;
  std::vector<Router> routers_;
};

/// The instances of every node.
std::vector<core::Instance> configuredInstances(const Setup& setup, bool reduced);
/// The addresses of a node's root blocks.
std::vector<core::Vip> configuredStatics(const Setup& setup, std::size_t node);

}  // namespace guardian::simulator
