// The running keepalived: its processes, its version, its configuration; and the news that they changed.
//
// Found by its pid files, by the running parent's own command line where these are elsewhere. Root without
// CAP_SYS_PTRACE cannot read another process's exe link or file descriptors, so comm, cmdline and stat must do.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "guardian/core/event.hpp"
#include "guardian/util/handle.hpp"
#include "keepalived/command_line.hpp"
#include "keepalived/config_reader.hpp"
#include "keepalived/read_files.hpp"

namespace guardian::keepalived {

struct Process {
  int parentPid = 0;
  int vrrpPid = 0;
  std::uint64_t vrrpStart = 0;  ///< clock ticks since boot: tells a reused process id
};
inline bool operator==(const Process& a, const Process& b) {
  return a.parentPid == b.parentPid && a.vrrpPid == b.vrrpPid && a.vrrpStart == b.vrrpStart;
}

class Running {
 public:
  /// Watches the directory of the pid files. Throws std::system_error.
  Running();

  /// Readable when a pid file changed.
  int fileEvents() const { return inotify_.get(); }
  /// Readable when the VRRP process has ended; -1 where the kernel (before 5.3) cannot say.
  int processEnd() const { return pidfd_.get(); }
  /// Forgets pending file events. True if one of them was about a pid file of keepalived.
  bool takeFileEvents();

  /// Looks anew. Returns KeepalivedStarted or KeepalivedGone if it is not what it was, else nothing.
  std::optional<core::Event> look();

  /// After a reload: what the file says now. Nothing if keepalived is not running.
  std::optional<core::Event> rereadConfiguration();

  /// ConfigurationEdited, once, when the files have been others than those in force for `patience`: who edits them
  /// reloads keepalived soon after. Looks at their metadata only, until then.
  std::optional<core::Event> noticeEdit(std::chrono::seconds patience);

  /// Whether the root blocks in these files are in force, as far as can be known: the files are as they were when they
  /// were last read. False where there are none: nobody needs to know, and it takes a look at each file.
  bool filesUnchanged() const { return process_ && hasRootBlocks_ && !edited_ && !inForce_.changed(); }

  /// What the files say now, without any claim that it is in force.
  core::Configuration readWritten() const;

  const std::optional<Process>& process() const { return process_; }
  /// As its command line names it.
  const std::string& binary() const { return askedBinary_; }
  const CommandLine& commandLine() const { return commandLine_; }
  core::Version version() const { return version_; }
  /// Where its answer will stand, as we see it: in its own /tmp where we may look into it (that takes CAP_SYS_PTRACE
  /// if its unit has PrivateTmp), else in ours.
  std::string dumpFile() const;
  /// Its name on the system bus; empty: it is not there. What a reload changes about that has no effect.
  const std::string& busName() const { return busName_; }

 private:
  std::optional<Process> find();
  ReadOptions readOptions() const;
  void readConfigurationFile();
  void watchDirectoryOf(const std::string& pidFile);

  Fd inotify_;
  Fd pidfd_;
  std::optional<Process> process_;
  CommandLine commandLine_;
  core::Version version_{};
  core::Configuration configuration_;  ///< until it is handed out: it may be large
  core::GlobalSettings globals_;
  ReadFiles read_;     ///< behind it, until it is handed out
  ReadFiles inForce_;  ///< behind what was last handed out
  std::optional<std::chrono::steady_clock::time_point> editedSince_;
  bool edited_ = false;  ///< those in force are older than `inForce_`
  bool hasRootBlocks_ = false;
  std::string busName_;
  std::string askedBinary_;  ///< whose version we know
  std::string watchedDirectory_;
};

}  // namespace guardian::keepalived
