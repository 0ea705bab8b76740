// The composition root: the only place where facts and orders meet the outside. Facts go into the Decider one at
// a time; its orders are carried out in their order, and what they bring back waits its turn as a new fact.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "app/bus_face.hpp"
#include "app/moderation.hpp"
#include "app/reports.hpp"
#include "app/restart.hpp"
#include "config/pause_file.hpp"
#include "config/settings.hpp"
#include "guardian/core/decider.hpp"
#include "keepalived/asker.hpp"
#include "keepalived/notify_fifo.hpp"
#include "keepalived/process.hpp"
#include "keepalived/state_files.hpp"
#include "ledger/ledger_file.hpp"
#include "netlink/monitor.hpp"
#include "netlink/requests.hpp"
#include "netlink/route_monitor.hpp"
#include "packet/announcer.hpp"
#include "packet/claim_watch.hpp"
#include "packet/wire_watch.hpp"
#include "status/status_file.hpp"
#include "systemd/bus_service.hpp"
#include "systemd/bus_watch.hpp"
#include "systemd/event_loop.hpp"
#include "systemd/journal.hpp"
#include "trace/recorder.hpp"

namespace guardian::app {

class Daemon {
 public:
  /// Opens everything that it cannot do without. Throws std::system_error and the like, saying what it was doing.
  /// `settings` reads what the operator wants, now and at each reload. Throws config::BadConfiguration.
  explicit Daemon(std::function<config::Settings()> settings);

  /// Until SIGTERM or SIGINT. Returns the exit code.
  int run();

 private:
  void dispatch(core::Event event);
  core::Settings settings();
  void readAddresses();
  void look();
  void reload();
  void readPause();
  void onBus(const core::Event& event);
  void failOnce(bool& said, const Error& error);
  void takeClaims(int ifindex, std::size_t which);
  void takeAnswer();
  void followProcess();
  void keepalivedSays(const char* path, std::uint32_t state);
  void openFifo();
  void readFifo();
  void watchStateFiles(const keepalived::StateFiles::Files& files);
  template <class Note> void writeNote(const Note& note);
  void show();
  const status::Document& picture();
  void forgetPicture();
  systemd::BusOffer offer();
  Result<std::uint64_t> pause(std::uint64_t length, const std::string& reason);
  Result<bool> resume();
  Result<Done> verify();
  void writeTrace(const std::string& incident);
  void whenIdle();

  void perform(const core::Remember& order);
  void perform(const core::AddAddress& order);
  void perform(const core::RemoveAddress& order);
  void perform(const core::TakeSnapshot&);
  void perform(const core::WatchRoutes& order);
  void perform(const core::ListRoutes& order);
  void perform(const core::RememberRoute& order);
  void perform(const core::AddRoute& order) { dispatch(requests_.add(order.form)); }
  void perform(const core::RemoveRoute& order) { dispatch(requests_.remove(order.form)); }
  void removeLeftLinkRoutes();
  void perform(const core::AddLinkRoute& order);
  void perform(const core::RemoveLinkRoute& order);
  void perform(const core::AskKeepalived& order);
  void ask();
  void perform(const core::Announce& order);
  /// A lost question is one of three.
  void perform(const core::Probe& order) { (void)announcer_.send(order); }
  void perform(const core::WatchClaims& order);
  void perform(const core::WatchAdverts& order);
  void perform(const core::StopWatchingAdverts& order);
  void perform(const core::FindInstigator&);
  void perform(const core::IdentifySocket& order);
  void perform(const core::RestartKeepalived&) { restart_.begin(running_, bus_ ? &*bus_ : nullptr); }
  void perform(const core::StopKeepalived& order);
  void perform(const core::StartKeepalived&) { restart_.start(bus_ ? &*bus_ : nullptr); }
  void perform(const core::ArmTimer& order) { loop_.armTimer(order.at); }
  void perform(const core::IncidentReport& report);
  void perform(const core::Notice& notice) { write(journal_, notice); }
  void perform(const core::SetStatus& status) { systemd::notifyStatus(status.text); }

  std::function<config::Settings()> readSettings_;
  systemd::EventLoop loop_;
  config::PauseWatch pauseWatch_;
  systemd::Journal journal_;
  netlink::Requests requests_;
  packet::Announcer announcer_;
  keepalived::Running running_;
  keepalived::Asker asker_;
  keepalived::NotifyFifo fifo_;
  keepalived::StateFiles stateFiles_;
  systemd::EventLoop::Watch stateFileEvents_ = nullptr;
  ledger::LedgerFile ledger_;
  status::StatusFile statusFile_;
  status::Document shown_;
  bool pictured_ = false;  ///< shown_ has the core's picture, and
  std::string document_;   ///< this is its text, if somebody asked for it
  std::uint64_t shownRevision_ = 0;
  int snapshotsFailed_ = 0;  ///< in a row
  bool announceFailed_ = false;
  bool claimsFailed_ = false;
  bool tapFailed_ = false;
  bool ledgerFailed_ = false;
  bool statusFailed_ = false;
  bool routesFailed_ = false;
  bool traceFailed_ = false;
  bool paused_ = false;
  bool traceIncidents_ = false;  ///< as the settings say, so before them
  core::Settings settings_;      ///< as the core was given them first
  core::Decider decider_;
  trace::Recorder recorder_;
  // These call dispatch() and come after what it uses.
  netlink::Monitor monitor_;
  packet::ForeignAdverts foreignAdverts_;
  std::optional<systemd::BusWatch> bus_;
  std::optional<systemd::BusService> service_;
  core::Instant verifiedAt_ = core::Instant::min();
  Restart restart_;

  /// There while keepalived has virtual routes or rules.
  struct Routes {
    core::RouteInterest interest;
    netlink::RouteMonitor monitor;
    systemd::EventLoop::Watch watch;
  };
  std::optional<Routes> routes_;

  struct Tap {
    packet::AdvertTap tap;
    systemd::EventLoop::Watch watch;
  };
  std::map<int, Tap> taps_;  ///< by interface

  struct Claims {
    packet::ClaimWatch sockets;
    std::vector<systemd::EventLoop::Watch> watches;
    bool gathering = false;  ///< the first one has come
  };
  std::map<int, Claims> claims_;  ///< by interface

  std::deque<core::Event> inbox_;
  core::Actions actions_;
  bool busy_ = false;
  bool acted_ = false;  ///< something followed from the address event at hand
  Moderation moderation_;
  systemd::EventLoop::Watch addressEvents_ = nullptr;
  std::uint64_t openRequest_ = 0;
  bool filesUnchanged_ = false;  ///< when it was made
  bool reading_ = false;         ///< address events and others' adverts, and
  bool toAsk_ = false;           ///< a question is to follow
  systemd::EventLoop::Watch processEnd_ = nullptr;
  std::string incidentToTrace_;  ///< that is over: its trace is written when there is time
};

}  // namespace guardian::app
