#include "keepalived/asker.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <system_error>
#include <utility>

#include "keepalived/dump_reader.hpp"

namespace guardian::keepalived {
namespace {

constexpr std::size_t kLargest = 64 * 1024 * 1024;

/// A directory cannot be replaced, but changes places with `own`, and goes if it is empty.
bool takePlace(const std::string& own, const std::string& place) {
  constexpr unsigned kExchange = 1U << 1U;  // RENAME_EXCHANGE, which glibc knows since 2.28
  for (int attempt = 0; attempt < 10; ++attempt) {
    if (::rename(own.c_str(), place.c_str()) == 0) return true;
    if (errno != EISDIR) return false;
    if (::syscall(SYS_renameat2, AT_FDCWD, own.c_str(), AT_FDCWD, place.c_str(), kExchange) == 0) {
      ::rmdir(own.c_str());
      return true;
    }
    if (errno != ENOENT) return false;
  }
  return false;
}

}  // namespace

Asker::Asker(const std::string& dumpFile) : inotify_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {
  if (!inotify_) throw std::system_error(errno, std::generic_category(), "opening inotify for keepalived's answers");
  expectAt(dumpFile);
}

void Asker::expectAt(const std::string& dumpFile) {
  inPlace_ = false;
  if (dumpFile == path_) return;
  done();
  path_ = dumpFile;
  directory_ = dumpFile.substr(0, dumpFile.rfind('/'));
  name_ = dumpFile.substr(dumpFile.rfind('/') + 1);
}

/// In one step, whatever stands there: between a removal and a creation any user of /tmp could put something else.
/// Keepalived writes into our file before 2.0.10, and puts its own in this place from then on.
Result<Done> Asker::clear() {
  const std::string doing = "preparing " + path_ + " for keepalived's answer";
  std::string own = path_ + ".XXXXXX";
  if (const Fd file(::mkostemp(&own[0], O_CLOEXEC)); !file) return Error{errno, doing};
  if (takePlace(own, path_)) return Done{};
  const Error error{errno, doing};
  ::unlink(own.c_str());
  return error;
}

Result<Done> Asker::ask(int vrrpPid) {
  if (auto cleared = clear(); !cleared) return cleared;
  done();
  // To watch a directory, the kernel looks at every name it remembers of it: 5 ms where /tmp has seen 100,000 of them,
  // and a repair may wait for the answer.
  if (!std::exchange(inPlace_, false)) {
    directoryWatch_ =
        ::inotify_add_watch(inotify_.get(), directory_.c_str(), IN_CLOSE_WRITE | IN_MOVED_TO | IN_ONLYDIR);
    if (directoryWatch_ < 0) return Error{errno, "watching " + directory_};
  }
  fileWatch_ = ::inotify_add_watch(inotify_.get(), path_.c_str(), IN_CLOSE_WRITE | IN_DONT_FOLLOW);
  if (fileWatch_ < 0) return Error{errno, "watching " + path_};
  if (::kill(vrrpPid, SIGUSR1) < 0) return Error{errno, "asking keepalived (process " + std::to_string(vrrpPid) + ")"};
  return Done{};
}

std::optional<Result<core::Answer>> Asker::take() {
  alignas(inotify_event) char buffer[8192];
  bool closed = false;
  ssize_t length = 0;
  while ((length = ::read(inotify_.get(), buffer, sizeof buffer)) > 0) {
    for (ssize_t at = 0; at < length;) {
      const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
      closed = isEndOfAnswer(*event) || closed;
      at += static_cast<ssize_t>(sizeof(inotify_event)) + event->len;
    }
  }
  if (!closed || fileWatch_ < 0) return std::nullopt;
  const Result<std::string> text = read();
  if (!text && text.error().code == ENOENT) return std::nullopt;  // the end of a dump that we removed
  if (!text) return Result<core::Answer>(text.error());
  core::Answer answer = readDump(text.value());
  // A text that ends before it says anything: keepalived ended in the middle of it.
  const bool understood = std::any_of(answer.instances.begin(), answer.instances.end(),
                                      [](const core::InstanceClaim& claim) { return claim.instance.understood; });
  const bool nothingToSay = answer.instances.empty() && looksLikeDump(text.value()) && text.value().back() == '\n';
  if (!understood && !nothingToSay) return std::nullopt;
  return Result<core::Answer>(std::move(answer));
}

void Asker::done() {
  for (int* watch : {&directoryWatch_, &fileWatch_})
    if (const int old = std::exchange(*watch, -1); old >= 0) ::inotify_rm_watch(inotify_.get(), old);
  renamed_ = false;
}

/// The end of somebody else's dump, into a file that we removed, comes under the same name and proves nothing. What
/// does: the end of our own file, or that of a file that was moved into the place after the question.
bool Asker::isEndOfAnswer(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) return true;
  if (event.wd == fileWatch_ && (event.mask & IN_CLOSE_WRITE) != 0) return inPlace_ = true;
  if (event.wd != directoryWatch_ || event.len == 0 || name_ != event.name) return false;
  if ((event.mask & IN_MOVED_TO) != 0) {
    renamed_ = true;
    inPlace_ = false;
  }
  return renamed_ && (event.mask & IN_CLOSE_WRITE) != 0;
}

Result<std::string> Asker::read() const {
  const std::string doing = "reading " + path_;
  const Fd file(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file) return Error{errno, doing};
  struct stat facts {};
  if (::fstat(file.get(), &facts) < 0) return Error{errno, doing};
  if (!S_ISREG(facts.st_mode) || facts.st_uid != 0 || facts.st_nlink != 1 || (facts.st_mode & 0022) != 0)
    return Error{EPERM, doing + ", which is not a file of root's own alone"};
  if (static_cast<std::size_t>(facts.st_size) > kLargest) return Error{EFBIG, doing};
  std::string text(static_cast<std::size_t>(facts.st_size) + 1, '\0');
  std::size_t filled = 0;
  for (;;) {
    const ssize_t length = ::read(file.get(), &text[filled], text.size() - filled);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return Error{errno, doing};
    filled += static_cast<std::size_t>(length);
    if (length == 0 || filled > kLargest) break;
    if (filled == text.size()) text.resize(text.size() * 2);
  }
  text.resize(filled);
  return text;
}

}  // namespace guardian::keepalived
