// A Decider in a made-up host: kernel, keepalived and networkd on a virtual clock, with notifications, answers and
// bus signals that each take their own random time. Everything follows from the seed.
#pragma once

#include <cerrno>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "core/simulator/fake_kernel.hpp"
#include "guardian/core/decider.hpp"

namespace guardian::simulator {

constexpr std::uint32_t kOwnPort = 0x00400007;
constexpr std::uint32_t kNetworkdPort = 1;

/// keepalived with one instance per family on one interface.
struct FakeKeepalived {
  enum class State { Dead, Backup, Window, Master, Stopping };
  State state = State::Backup;
  bool hung = false;                 ///< gets no processor time: neither answers nor reacts
  int pid = 1000;
  bool before20 = true;              ///< claims MASTER one advert interval before it installs anything
  std::uint32_t commandPort = 0;
  std::int64_t transition = 1;       ///< its own date of the last change
  std::set<std::size_t> set;         ///< VIPs that it believes to have installed
};

class World {
 public:
  explicit World(unsigned seed);

  /// Runs what is due until then.
  void advance(core::Duration by);
  void randomTrouble();

  // ---- what can happen ----
  void becomeMaster();
  void becomeBackup();
  void stopKeepalived();
  void startKeepalived();
  void hang(core::Duration length);
  void networkdRun(bool announcedOnBus);
  void strangerRemoves(std::size_t vip);
  void loseEvents();
  void reloadKeepalived();
  /// kill -9, and the new life a moment later, with the ledger of the old one.
  void crashGuardian();

  // ---- what must hold ----
  bool keepalivedOwns() const { return keepalived.state == FakeKeepalived::State::Master; }
  bool allPresent() const;
  bool baseIsPrimary() const;
  /// What stands only because the guardian put it there.
  std::vector<std::string> guardiansAddresses() const;
  /// For how long such an address has stood on a node that is not master; zero: none does.
  core::Duration orphanAge() const;

  std::vector<core::Vip> vips;
  FakeKeepalived keepalived;
  FakeKernel kernel;
  std::size_t adds = 0;
  std::vector<std::string> violations;
  std::string history;  ///< every action with its time: two runs of one seed must agree
  std::vector<core::IncidentReport> reports;
  core::Instant now{};

 private:
  void at(core::Instant when, std::function<void()> what) { agenda_.emplace(when, std::move(what)); }
  void after(core::Duration delay, std::function<void()> what) { at(now + delay, std::move(what)); }
  core::Duration between(int lowMicroseconds, int highMicroseconds);
  void feed(const core::Event& event);
  void feedLife(unsigned life, const core::Event& event) {
    if (life == life_) feed(event);
  }
  void bringUp();
  static core::Settings settings();
  void perform(const core::Action& action);
  void answer(std::uint64_t request, unsigned life);
  void install();
  void advertise(int pid, std::int64_t mastership);
  void leaveWindow(core::Duration delay, int pid);
  void uninstall();
  core::AddressRecord baseRecord() const;
  core::AddressRecord recordOf(std::size_t vip) const;
  void watchOrphans();

  std::mt19937 random_;
  std::multimap<core::Instant, std::function<void()>> agenda_;
  core::Decider decider_;
  core::Ledger ledger_;
  unsigned life_ = 1;  ///< 0 while dead; what was on its way to a former life is lost
  unsigned lives_ = 1;
  core::Instant netlinkAt_{};  ///< notifications overtake nothing
  bool dropping_ = false;
  bool tapped_ = false;
  int armed_ = 0;
  std::set<core::AddressKey> ours_;
  std::optional<core::Instant> orphanSince_;
};

}  // namespace guardian::simulator
