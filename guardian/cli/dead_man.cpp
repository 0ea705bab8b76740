#include "cli/dead_man.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <utility>

#include "keepalived/asker.hpp"
#include "keepalived/process.hpp"
#include "netlink/requests.hpp"
#include "status/status_file.hpp"

namespace guardian::cli {
namespace {

using Clock = DeadMan::Clock;

constexpr std::chrono::seconds kAnswerWithin{1};

int millisecondsUntil(Clock::time_point at) {
  const auto left =
      std::chrono::duration_cast<std::chrono::milliseconds>(at - Clock::now() + std::chrono::milliseconds(1));
  return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

/// Until there is something to read, or the time is over: false.
bool waitFor(int fd, Clock::time_point deadline) {
  while (Clock::now() < deadline) {
    pollfd waiting{fd, POLLIN, 0};
    if (::poll(&waiting, 1, millisecondsUntil(deadline)) > 0) return true;
  }
  return false;
}

/// A reason of ours, which no errno would explain.
Error no(const std::string& why) { return Error{EPERM, why}; }

/// Puts it back, if it may; see the header.
class Saver {
 public:
  Saver(core::AddressRecord held, Mastership before, std::string stateFile)
      : held_(std::move(held)), before_(std::move(before)), stateFile_(std::move(stateFile)) {}

  std::string save() {
    netlink::Requests requests;
    if (const std::string why = whyNot(requests); !why.empty()) return why == kThere ? "" : "not put back: " + why;
    const core::AddDone added = requests.add(held_);
    if (added.error != 0) return "not put back: the kernel refused it: " + std::string(std::strerror(added.error));
    if (added.existed) return "";
    const std::string doubt = doubts();
    if (doubt.empty()) return "put back, because vip-guardian had not done it in time; keepalived confirms MASTER";
    const bool gone = requests.remove(held_.key).error == 0;
    return (gone ? "put back and taken away again: " : "PUT BACK, AND CANNOT BE TAKEN AWAY AGAIN: ") + doubt;
  }

 private:
  static constexpr const char* kThere = "it is there";

  std::string whyNot(netlink::Requests& requests) const {
    const auto now = requests.snapshot();
    if (!now) return now.error().text();
    const auto& all = now.value();
    if (std::any_of(all.addresses.begin(), all.addresses.end(),
                    [this](const auto& one) { return one.key == held_.key; }))
      return kThere;
    const auto link = std::find_if(all.links.begin(), all.links.end(),
                                   [this](const auto& one) { return one.ifindex == held_.key.ifindex; });
    if (link == all.links.end()) return "its interface is gone";
    if (!link->up) return "its interface is down";
    return doubts();
  }

  /// Why keepalived may not be master any more, as before; empty: it is.
  std::string doubts() const {
    const auto document = status::readStatus(stateFile_);
    if (document && status::isAlive(*document))
      for (const core::InstanceOverview& instance : document->overview.instances)
        if (instance.name == before_.instance && instance.role != core::Role::Master)
          return "vip-guardian does not take this host for master any more";
    const auto now = askMastership(before_.instance);
    if (!now) return now.error().doing;
    if (!(now.value().process == before_.process)) return "keepalived was started anew";
    if (now.value().since != before_.since) return "keepalived has become master anew since";
    return "";
  }

  core::AddressRecord held_;
  Mastership before_;
  std::string stateFile_;
};

/// In the child.
int beDeadMan(Saver saver, int orders, int say, Clock::time_point deadline) {
  ::setsid();
  // Whoever reads what the command prints is not to wait for us.
  const Fd nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::dup2(nowhere.get(), standard);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP}) ::signal(number, SIG_IGN);
  for (;;) {
    if (!waitFor(orders, deadline)) break;
    char word = 0;
    if (::read(orders, &word, 1) == 1) return 0;  // released
    // The command has died. The guardian keeps its time.
    ::poll(nullptr, 0, millisecondsUntil(deadline));
    break;
  }
  std::string said;
  try {
    said = saver.save();
  } catch (const std::exception& error) {
    said = std::string("not put back: ") + error.what();
  }
  static_cast<void>(::write(say, said.data(), said.size()));
  return 0;
}

}  // namespace

Result<Mastership> askMastership(const std::string& instance) {
  keepalived::Running running;
  running.look();
  const auto& process = running.process();
  if (!process) return no("keepalived is not running");
  keepalived::Asker asker(running.dumpFile());
  if (const auto asked = asker.ask(process->vrrpPid); !asked) return no(asked.error().text());
  const Clock::time_point deadline = Clock::now() + kAnswerWithin;
  while (waitFor(asker.fd(), deadline)) {
    const auto answer = asker.take();
    if (!answer) continue;
    if (!*answer) return no(answer->error().text());
    for (const core::InstanceClaim& claim : answer->value().instances) {
      if (claim.instance.name != instance) continue;
      if (claim.role != core::Role::Master || !claim.instance.understood)
        return no("keepalived does not say that it is MASTER of " + instance);
      return Mastership{instance, {process->vrrpPid, process->vrrpStart}, claim.lastTransition};
    }
    return no("keepalived does not name " + instance);
  }
  return no("keepalived does not answer");
}

Result<DeadMan> DeadMan::start(const core::AddressRecord& held, const Mastership& mastership,
                               Clock::time_point deadline, const std::string& stateFile) {
  int orders[2];
  int said[2];
  if (::pipe2(orders, O_CLOEXEC) != 0) return Error{errno, "making a pipe"};
  DeadMan man;
  man.orders_.reset(orders[1]);
  const Fd childOrders(orders[0]);
  if (::pipe2(said, O_CLOEXEC) != 0) return Error{errno, "making a pipe"};
  man.said_.reset(said[0]);
  const Fd childSays(said[1]);
  Saver saver(held, mastership, stateFile);
  man.pid_ = ::fork();
  if (man.pid_ < 0) return Error{errno, "starting the dead man"};
  if (man.pid_ > 0) return man;
  man.orders_.reset();
  man.said_.reset();
  ::_exit(beDeadMan(std::move(saver), childOrders.get(), childSays.get(), deadline));
}

void DeadMan::release() {
  static_cast<void>(::write(orders_.get(), "r", 1));
  orders_.reset();
}

std::string DeadMan::end() {
  std::string text;
  char piece[512];
  ssize_t length = 0;
  while ((length = ::read(said_.get(), piece, sizeof piece)) > 0 || (length < 0 && errno == EINTR))
    if (length > 0) text.append(piece, static_cast<std::size_t>(length));
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {}
  return text;
}

}  // namespace guardian::cli
