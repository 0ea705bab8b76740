#include "keepalived/state_files.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "keepalived/state_reader.hpp"

namespace guardian::keepalived {
namespace {

std::string folderOf(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

core::Role readState(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) < 0 || !S_ISREG(facts.st_mode)) return core::Role::Unknown;
  if (facts.st_uid != ::geteuid() || (facts.st_mode & 0022) != 0) return core::Role::Unknown;
  char bytes[4096];
  const ssize_t got = ::read(file.get(), bytes, sizeof bytes);
  return got <= 0 ? core::Role::Unknown : readStateFile({bytes, static_cast<std::size_t>(got)});
}

std::vector<Error> StateFiles::watch(const Files& files) {
  std::vector<Error> failed;
  files_ = files;
  folders_.clear();
  inotify_.reset();
  if (files_.empty()) return failed;
  inotify_.reset(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify_) failed.push_back({errno, "watching state files"});
  for (const auto& [instance, path] : files_) {
    const std::string folder = folderOf(path);
    const int watch = ::inotify_add_watch(inotify_.get(), folder.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO);
    if (watch >= 0)
      folders_[watch] = folder;
    else if (inotify_)
      failed.push_back({errno, "watching the folder of the state file " + path});
  }
  return failed;
}

std::vector<StateFiles::Said> StateFiles::take() {
  std::set<std::string> written;
  alignas(inotify_event) char buffer[4096];
  // One read: whoever writes without end does not keep us from the rest.
  const ssize_t got = ::read(inotify_.get(), buffer, sizeof buffer);
  for (const char* at = buffer; got > 0 && at < buffer + got;) {
    inotify_event event;
    std::memcpy(&event, at, sizeof event);
    const auto folder = folders_.find(event.wd);
    if (folder != folders_.end() && event.len > 0)
      written.insert((folder->second == "/" ? "" : folder->second) + "/" + (at + sizeof event));
    at += sizeof event + event.len;
  }
  std::vector<Said> said;
  for (const auto& [instance, path] : files_)
    if (written.count(path) != 0)
      if (const core::Role role = readState(path); role != core::Role::Unknown) said.push_back({instance, role});
  return said;
}

}  // namespace guardian::keepalived
