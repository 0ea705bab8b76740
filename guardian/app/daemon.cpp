#include "app/daemon.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "guardian/util/overloaded.hpp"
#include "guardian/util/proc.hpp"
#include "guardian/util/utf8.hpp"
#include "keepalived/state_reader.hpp"
#include "netlink/socket_owner.hpp"
#include "trace/trace_file.hpp"

namespace guardian::app {

using systemd::EventLoop;

namespace {

constexpr std::chrono::milliseconds kShowAfter{100};  // one picture for all that happens together
constexpr std::chrono::seconds kShowAgain{10};        // if it could not be written
constexpr std::chrono::seconds kBetweenVerifications{1};
constexpr std::uint64_t kShortestPause = 1'000'000;  // microseconds
constexpr std::uint64_t kLongestPause = 366ULL * 24 * 3600 * 1'000'000;

status::Process processOf(int pid, std::uint64_t start) { return {pid, start, startedAt(start)}; }

}  // namespace

Daemon::Daemon(std::function<config::Settings()> settings)
    : readSettings_(std::move(settings)),
      settings_(this->settings()),
      decider_(settings_, requests_.port()),
      recorder_(VIP_GUARDIAN_VERSION, settings_, requests_.port()),
      monitor_([this](core::Event&& event) {
        acted_ = false;
        dispatch(std::move(event));
        moderation_.heard(acted_, loop_.now());
      }),
      foreignAdverts_([this](const core::Event& event) { dispatch(event); }),
      restart_(loop_, [this](const core::Event& event) { dispatch(event); }) {
  addressEvents_ = loop_.addReadable(monitor_.fd(), EventLoop::kUrgent, [this] { readAddresses(); });
  loop_.addReadable(asker_.fd(), EventLoop::kUrgent, [this] { takeAnswer(); });
  loop_.addReadable(running_.fileEvents(), EventLoop::kNormal, [this] {
    if (running_.takeFileEvents()) look();
  });
  for (const int fd : foreignAdverts_.fds())
    loop_.addReadable(fd, EventLoop::kNormal, [this, fd] { foreignAdverts_.drain(fd); });
  // Announcements and sweeps wait until every loss that is already known has been dealt with.
  loop_.onHangup([this] { reload(); });
  loop_.addReadable(pauseWatch_.fd(), EventLoop::kNormal, [this] { readPause(); });
  loop_.onTimer([this] { dispatch(core::TimerFired{}); });
  loop_.onLater([this] { show(); });
  loop_.onIdle([this] { whenIdle(); });
  loop_.onUserSignal([this] { writeTrace({}); });
}

int Daemon::run() {
  systemd::notifyStatus("looking at the host");
  shown_.version = VIP_GUARDIAN_VERSION;
  shown_.guardian = processOf(::getpid(), startOf(::getpid()));
  if (const auto former = statusFile_.inherit()) decider_.recall(*former);
  if (const auto opened = ledger_.open(); !opened) failOnce(ledgerFailed_, opened.error());
  // A crash may have left link routes of ours. To look for them costs a host with a million routes a second: not
  // without reason.
  const auto& addresses = ledger_.kept().addresses;
  if (std::any_of(addresses.begin(), addresses.end(), [](const auto& entry) { return !entry.second.confirmed; }))
    removeLeftLinkRoutes();
  dispatch(core::Remembered{ledger_.kept()});
  openFifo();
  readPause();
  perform(core::TakeSnapshot{});  // after the subscription: nothing slips between the two
  dispatch(core::NetworkdSocketFound{netlink::networkdPort()});
  look();
  if (!running_.process()) dispatch(core::KeepalivedGone{});
  bus_.emplace(
      loop_, [this](const core::Event& event) { onBus(event); },
      [this](const char* path, std::uint32_t state) { keepalivedSays(path, state); });
  bus_->hearKeepalived(running_.busName());
  service_.emplace(loop_, offer());
  sayStarted(journal_);
  show();
  systemd::notifyReady();
  const int code = loop_.run();
  systemd::notifyStopping();
  dispatch(core::Stopping{});
  service_.reset();
  shown_.guardian = {};
  show();
  sayStopped(journal_);
  return code;
}

core::Settings Daemon::settings() {
  config::Settings read = readSettings_();
  statusFile_.metricsTo(read.metricsFile);
  watchStateFiles(read.stateFiles);
  traceIncidents_ = read.traceIncidents;
  read.luck = systemd::luckOfThisHost();
  return std::move(read);
}

/// A bad file changes nothing.
void Daemon::reload() {
  systemd::notifyReloading();
  try {
    dispatch(core::SettingsChanged{settings()});
    loop_.armLater(kShowAfter);  // perhaps to another place
  } catch (const config::BadConfiguration& error) {
    sayRefused(journal_, error.what());
  }
  systemd::notifyReady();
}

void Daemon::readPause() {
  pauseWatch_.drain();
  const auto written = config::readPause();
  if (!written && !std::exchange(paused_, false)) return;
  if (!written) return dispatch(core::PauseChanged{});
  paused_ = true;
  const auto left = written->until - std::chrono::system_clock::now();
  dispatch(core::PauseChanged{core::Pause{loop_.now() + left, written->reason}});
}

void Daemon::onBus(const core::Event& event) {
  const auto* restarted = std::get_if<core::RestartDone>(&event);
  if (restarted != nullptr && restarted->why.empty() && restart_.endOldProcess())
    write(journal_, core::Notice{core::Notice::Kind::Failure,
                                 "the old keepalived's VRRP process had outlived the restart, and was killed",
                                 {}});
  dispatch(event);
  // The unit's news and the pid files' come in any order.
  const auto* job = std::get_if<core::JobFinished>(&event);
  if (job == nullptr) return;
  if (job->unit == core::Unit::Networkd) return dispatch(core::NetworkdSocketFound{netlink::networkdPort()});
  look();
  if (auto configuration = running_.rereadConfiguration()) dispatch(*configuration);
}

void Daemon::keepalivedSays(const char* path, std::uint32_t state) {
  const auto object = keepalived::readDbusPath(path);
  if (!object) return;
  core::RoleHinted hint;
  hint.role = keepalived::readDbusState(state, {});
  hint.source = "D-Bus";
  hint.interface = object->interface;
  hint.vrid = object->vrid;
  hint.family = object->family;
  dispatch(hint);
}

/// One source of hints less is no reason not to start.
void Daemon::openFifo() {
  const auto opened = fifo_.open();
  if (!opened) return write(journal_, core::Notice{core::Notice::Kind::Failure, opened.error().text(), {}});
  loop_.addReadable(fifo_.fd(), EventLoop::kNormal, [this] { readFifo(); });
}

void Daemon::readFifo() {
  for (const keepalived::StateLine& line : fifo_.take()) {
    core::RoleHinted hint;
    hint.role = line.stopped ? core::Role::Other : line.role;
    hint.source = "its notify line";
    hint.instance = line.name;
    dispatch(hint);
  }
}

void Daemon::watchStateFiles(const keepalived::StateFiles::Files& files) {
  if (stateFileEvents_ != nullptr) loop_.remove(std::exchange(stateFileEvents_, nullptr));
  for (const Error& error : stateFiles_.watch(files))
    write(journal_, core::Notice{core::Notice::Kind::Failure, error.text(), {}});
  if (stateFiles_.fd() < 0) return;
  stateFileEvents_ = loop_.addReadable(stateFiles_.fd(), EventLoop::kNormal, [this] {
    for (const keepalived::StateFiles::Said& said : stateFiles_.take()) {
      core::RoleHinted hint;
      hint.role = said.role;
      hint.source = "its state file";
      hint.instance = said.instance;
      dispatch(hint);
    }
  });
}

/// What others have said of mastership by now counts first: where a better node takes over while addresses are lost,
/// its advert may have come before the loss, and waits in a socket of lower rank.
/// A question comes last: it makes a file in /tmp, whose disk may be slow, and the next loss may have been read
/// already.
void Daemon::readAddresses() {
  reading_ = true;
  for (const int fd : foreignAdverts_.fds()) foreignAdverts_.drain(fd);
  monitor_.drain();
  reading_ = false;
  if (std::exchange(toAsk_, false)) ask();
  if (moderation_.wanted(loop_.now())) loop_.rest(addressEvents_, Moderation::kRest);
}

void Daemon::dispatch(core::Event event) {
  inbox_.push_back(std::move(event));
  if (std::exchange(busy_, true)) return;
  for (; !inbox_.empty(); inbox_.pop_front()) {
    actions_.clear();
    const core::Instant now = loop_.now();
    decider_.handle(inbox_.front(), now, actions_);
    acted_ = acted_ || !actions_.empty();
    for (const core::Action& action : actions_) std::visit([this](const auto& order) { perform(order); }, action);
    recorder_.record(std::move(inbox_.front()), now, actions_);
  }
  busy_ = false;
  if (recorder_.hasFresh()) loop_.armIdle();
  if (decider_.revision() != shownRevision_) loop_.armLater(kShowAfter);
}

/// The picture for people, on disk. Not in dispatch(): between a loss and its repair nobody has time for it.
void Daemon::show() {
  shownRevision_ = decider_.revision();
  forgetPicture();
  const auto written = statusFile_.write(picture());
  if (service_) service_->changed();
  forgetPicture();
  if (written) {
    statusFailed_ = false;
    return;
  }
  failOnce(statusFailed_, written.error());
  loop_.armLater(kShowAgain);  // what stands there is wrong, and the next change may be weeks away
}

/// Made when it is wanted. It may be of megabytes, and is not kept beyond the next change.
const status::Document& Daemon::picture() {
  if (!std::exchange(pictured_, true)) shown_.overview = decider_.overview();
  return shown_;
}

void Daemon::forgetPicture() {
  shown_.overview = {};
  pictured_ = false;
  std::string().swap(document_);
}

systemd::BusOffer Daemon::offer() {
  const Look look = [this] { return Shown{picture(), statusFile_.clock()}; };
  systemd::BusOffer offer;
  offer.manager = managerProperties(look);
  offer.instance = instanceProperties(look);
  offer.instances = [this] { return instanceNames(picture()); };
  offer.status = [this] {
    if (document_.empty()) document_ = cleanUtf8(status::toJson(picture(), statusFile_.clock()) + "\n");
    return document_;
  };
  offer.pause = [this](std::uint64_t length, const std::string& reason) { return pause(length, reason); };
  offer.resume = [this] { return resume(); };
  offer.verify = [this] { return verify(); };
  offer.complain = [this](const std::string& why) { sayNotServed(journal_, why); };
  return offer;
}

/// By the same file as from the command line. That it is forced to the disk here keeps no repair waiting that the pause
/// would not forbid.
Result<std::uint64_t> Daemon::pause(std::uint64_t length, const std::string& reason) {
  if (length < kShortestPause || length > kLongestPause)
    return Error{EINVAL, "a pause takes a second at least, and a year at most"};
  const auto until =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::system_clock::now() + std::chrono::microseconds(length));
  const auto written = config::writePause({until, config::tidyReason(reason)});
  if (!written) return Error{written.error().code, written.error().text()};
  readPause();
  return static_cast<std::uint64_t>(std::chrono::microseconds(until.time_since_epoch()).count());
}

Result<bool> Daemon::resume() {
  auto was = config::removePause();
  if (!was) return Error{was.error().code, was.error().text()};
  readPause();
  return was;
}

Result<Done> Daemon::verify() {
  if (verifiedAt_ != core::Instant::min() && loop_.now() < verifiedAt_ + kBetweenVerifications)
    return Error{EBUSY, "keepalived was asked less than a second ago"};
  verifiedAt_ = loop_.now();
  dispatch(core::VerifyRequested{});
  return Done{};
}

/// What is nobody's hurry.
void Daemon::whenIdle() {
  recorder_.digest();
  if (!incidentToTrace_.empty()) writeTrace(std::exchange(incidentToTrace_, {}));
}

/// Of all that was recorded. Without an incident, because somebody asked for it.
void Daemon::writeTrace(const std::string& incident) {
  const std::string path = trace::fileOf(incident);
  const auto ahead = std::chrono::microseconds(status::WallClock::now().date(core::Instant{}));
  const auto written = trace::writeFile(path, recorder_.text(ahead));
  if (!written) return failOnce(traceFailed_, written.error());
  traceFailed_ = false;
  if (!incident.empty()) trace::forgetOldest();
  sayTraceWritten(journal_, path);
}

/// Once a condition, not once a frame or note.
void Daemon::failOnce(bool& said, const Error& error) {
  if (!std::exchange(said, true)) write(journal_, core::Notice{core::Notice::Kind::Failure, error.text(), {}});
}

void Daemon::look() {
  const auto news = running_.look();
  if (!news) return;
  followProcess();
  const auto& process = running_.process();
  shown_.keepalived = process ? processOf(process->parentPid, startOf(process->parentPid)) : status::Process{};
  dispatch(*news);
}

/// The end of the process is news at once; without pidfds the next question finds out.
void Daemon::followProcess() {
  asker_.expectAt(running_.dumpFile());
  if (bus_) bus_->hearKeepalived(running_.busName());
  if (processEnd_ != nullptr) loop_.remove(std::exchange(processEnd_, nullptr));
  if (running_.processEnd() >= 0)
    processEnd_ = loop_.addReadable(running_.processEnd(), EventLoop::kUrgent, [this] { look(); });
}

void Daemon::takeAnswer() {
  auto answer = asker_.take();
  if (!answer) return;
  asker_.done();
  if (!*answer) return dispatch(core::AskFailed{openRequest_, answer->error().text()});
  answer->value().filesUnchanged = filesUnchanged_;
  dispatch(core::Answered{openRequest_, std::move(answer->value())});
}

}  // namespace guardian::app
