#include "keepalived/process.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <vector>

#include "guardian/util/proc.hpp"
#include "keepalived/config_reader.hpp"

namespace guardian::keepalived {
namespace {

// What to assume of a keepalived that does not tell: the version that watches nothing and is asked before
// anything is added is the careful choice only for reading; for acting it is 2.0, where we only watch.
constexpr core::Version kCareful{2, 0, 0};

int readPid(const std::string& path) {
  const std::string text = readWhole(path);
  const long pid = std::strtol(text.c_str(), nullptr, 10);
  return pid > 0 && pid <= 0x3fffff ? static_cast<int>(pid) : 0;
}

/// 2.x names its children keepalived_vrrp and so on; the command line stays the parent's.
bool isKeepalived(int pid) { return pid > 0 && commOf(pid).rfind("keepalived", 0) == 0; }

/// The parent: by the usual pid file, else the process of that name whose parent is of another name.
int findParent() {
  for (const char* path : {"/run/keepalived.pid", "/var/run/keepalived.pid"})
    if (const int pid = readPid(path); isKeepalived(pid)) return pid;
  const Handle<DIR, ::closedir> proc(::opendir("/proc"));
  if (!proc) return 0;
  while (const dirent* entry = ::readdir(proc.get())) {
    const int pid = static_cast<int>(std::strtol(entry->d_name, nullptr, 10));
    if (isKeepalived(pid) && !isKeepalived(parentOf(pid))) return pid;
  }
  return 0;
}

std::string vrrpPidFile(const CommandLine& command, const core::GlobalSettings& globals) {
  if (!command.vrrpPidFile.empty()) return command.vrrpPidFile;
  const std::string& space = command.netNamespace.empty() ? globals.netNamespace : command.netNamespace;
  if (globals.instanceName.empty() && !globals.usePidDirectory && space.empty()) return "/run/vrrp.pid";
  // With a network namespace, keepalived mounts a directory of that name over this one for itself.
  return "/run/keepalived/" + (space.empty() ? "" : space + "/") + "vrrp" +
         (globals.instanceName.empty() ? "" : "_" + globals.instanceName) + ".pid";
}

/// What `keepalived --version` prints, on either stream; empty if it cannot be run or takes over a second.
std::string askVersion(const std::string& binary) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return {};
  const Fd readEnd(ends[0]);
  Fd writeEnd(ends[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, writeEnd.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, writeEnd.get(), STDERR_FILENO);
  std::string option = "--version";
  std::string name = binary;
  char* arguments[] = {&name[0], &option[0], nullptr};
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, binary.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) return {};
  writeEnd.reset();

  std::string text;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  for (;;) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd waiting{readEnd.get(), POLLIN, 0};
    char chunk[1024];
    const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      ::kill(child, SIGKILL);
      break;
    }
    const ssize_t length = ::read(readEnd.get(), chunk, sizeof chunk);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    text.append(chunk, static_cast<std::size_t>(length));
  }
  ::waitpid(child, nullptr, 0);
  return text;
}

std::string nodeName() {
  utsname names{};
  ::uname(&names);
  return names.nodename;
}

}  // namespace

Running::Running() : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_) throw std::system_error(errno, std::generic_category(), "opening inotify for keepalived's pid files");
  watchDirectoryOf("/run/vrrp.pid");
}

void Running::watchDirectoryOf(const std::string& pidFile) {
  const std::string directory = pidFile.substr(0, std::max<std::size_t>(pidFile.rfind('/'), 1));
  if (directory == watchedDirectory_) return;
  // A directory that is not there yet: the parent's pid file, which is made first, makes us look again.
  if (::inotify_add_watch(inotify_.get(), directory.c_str(), IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_TO) >= 0)
    watchedDirectory_ = directory;
}

bool Running::takeFileEvents() {
  alignas(inotify_event) char buffer[4096];
  bool ours = false;
  for (;;) {
    const ssize_t length = ::read(inotify_.get(), buffer, sizeof buffer);
    if (length <= 0) return ours;
    for (ssize_t at = 0; at < length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      const std::string name = event->len > 0 ? event->name : "";
      ours = ours || (event->mask & IN_Q_OVERFLOW) != 0 ||
             (name.size() > 4 && name.compare(name.size() - 4, 4, ".pid") == 0 &&
              (name.find("vrrp") != std::string::npos || name.find("keepalived") != std::string::npos));
      at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
    }
  }
}

std::optional<Process> Running::find() {
  Process found;
  found.parentPid = findParent();
  if (found.parentPid == 0) return std::nullopt;
  const std::vector<std::string> words = commandOf(found.parentPid);
  if (words.empty()) return std::nullopt;
  if (words[0] != askedBinary_ || !process_ || process_->parentPid != found.parentPid) {
    std::optional<core::Version> version = readVersion(askVersion(words[0]));
    // Once more: with a wrong one we would only look on until it is restarted.
    if (!version) version = readVersion(askVersion(words[0]));
    version_ = version.value_or(kCareful);
    askedBinary_ = words[0];
  }
  commandLine_ = readCommandLine({words.begin() + 1, words.end()}, version_);
  if (!commandLine_.vrrpRuns) return std::nullopt;
  readConfigurationFile();
  const std::string pidFile = vrrpPidFile(commandLine_, globals_);
  watchDirectoryOf(pidFile);
  found.vrrpPid = readPid(pidFile);
  // keepalived removes the file early when it stops: then it is stopping, and no longer to be relied on.
  if (!isKeepalived(found.vrrpPid)) return std::nullopt;
  found.vrrpStart = startOf(found.vrrpPid);
  return found.vrrpStart != 0 ? std::optional<Process>(found) : std::nullopt;
}

ReadOptions Running::readOptions() const {
  ReadOptions options;
  options.version = version_;
  options.configId = commandLine_.configId.empty() ? configIdOf(nodeName()) : commandLine_.configId;
  return options;
}

core::Configuration Running::readWritten() const {
  ReadFiles read;
  return readConfiguration(commandLine_.configFile, readOptions(), read);
}

void Running::readConfigurationFile() {
  const ReadOptions options = readOptions();
  read_ = ReadFiles();
  configuration_ = readConfiguration(commandLine_.configFile, options, read_);
  globals_ = configuration_.globals;
  hasRootBlocks_ = !configuration_.staticAddresses.empty() || !configuration_.staticRoutes.empty();
}

std::optional<core::Event> Running::rereadConfiguration() {
  if (!process_) return std::nullopt;
  readConfigurationFile();
  inForce_ = std::exchange(read_, {});
  editedSince_.reset();
  edited_ = false;
  return core::ConfigurationRead{std::exchange(configuration_, {})};
}

std::optional<core::Event> Running::noticeEdit(std::chrono::seconds patience) {
  if (!process_ || !inForce_.changed()) {
    editedSince_.reset();
    return std::nullopt;
  }
  const auto now = std::chrono::steady_clock::now();
  if (!editedSince_) editedSince_ = now;
  if (now - *editedSince_ < patience) return std::nullopt;
  const core::GlobalSettings globals = globals_;  // those in force say where its answer will stand
  readConfigurationFile();
  globals_ = globals;
  inForce_ = std::exchange(read_, {});
  editedSince_.reset();
  edited_ = true;
  return core::ConfigurationEdited{std::exchange(configuration_, {})};
}

std::string Running::dumpFile() const {
  std::string name = "keepalived";
  const core::GlobalSettings& globals = globals_;
  const std::string& space = commandLine_.netNamespace.empty() ? globals.netNamespace : commandLine_.netNamespace;
  if (globals.dataUseInstance && !(version_ < core::Version{2, 2, 3})) {
    if (!space.empty()) name += "." + space;
    if (!globals.instanceName.empty()) name += (space.empty() ? "." : "_") + globals.instanceName;
  }
  name += ".data";
  const std::string theirs = process_ ? "/proc/" + std::to_string(process_->vrrpPid) + "/root/tmp" : "";
  return (process_ && ::access(theirs.c_str(), W_OK) == 0 ? theirs : "/tmp") + "/" + name;
}

std::optional<core::Event> Running::look() {
  const std::optional<Process> before = process_;
  process_ = find();
  if (process_ && before && *process_ == *before) return std::nullopt;
  pidfd_.reset();
  if (!process_) {
    if (!before) return std::nullopt;
    return core::KeepalivedGone{};
  }
#ifdef SYS_pidfd_open
  pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, process_->vrrpPid, 0)));
#endif
  inForce_ = std::exchange(read_, {});
  editedSince_.reset();
  edited_ = false;
  busName_ = globals_.dbus ? globals_.dbusServiceName : std::string();
  return core::KeepalivedStarted{{process_->vrrpPid, process_->vrrpStart}, version_, std::exchange(configuration_, {})};
}

}  // namespace guardian::keepalived
