#include "status/status_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <functional>

#include "guardian/util/handle.hpp"
#include "guardian/util/proc.hpp"
#include "status/metrics.hpp"

namespace guardian::status {
namespace {

int writeAll(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t length = ::write(fd, text.data() + at, text.size() - at);
    if (length < 0 && errno != EINTR) return errno;
    if (length > 0) at += static_cast<std::size_t>(length);
  }
  return 0;
}

}  // namespace

Result<Done> WholeFile::write(const std::string& text) {
  const std::size_t hash = std::hash<std::string>{}(text);
  if (hash == written_) return Done{};
  const std::string doing = "writing " + path_;
  const std::string fresh = path_ + ".new";
  ::unlink(fresh.c_str());
  const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return Error{errno, doing};
  if (::fchmod(file.get(), 0644) < 0) return Error{errno, doing};  // whatever our umask is
  if (const int error = writeAll(file.get(), text); error != 0) return Error{error, doing};
  if (::rename(fresh.c_str(), path_.c_str()) < 0) return Error{errno, doing};
  written_ = hash;
  return Done{};
}

std::optional<core::Overview> StatusFile::inherit() const {
  struct stat facts {};
  if (::lstat(file_.path().c_str(), &facts) < 0 || !S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid())
    return std::nullopt;
  auto left = readStatus(file_.path());
  if (!left) return std::nullopt;
  return std::move(left->overview);
}

void StatusFile::metricsTo(const std::string& path) {
  if (metrics_ && metrics_->path() == path) return;
  if (metrics_) ::unlink(metrics_->path().c_str());
  metrics_.reset();
  if (!path.empty()) metrics_.emplace(path);
}

Result<Done> StatusFile::write(const Document& document) {
  if (const WallClock now = WallClock::now(); !now.agrees(clock_)) clock_ = now;
  auto written = file_.write(toJson(document, clock_) + "\n");
  if (!metrics_) return written;
  auto counted = metrics_->write(metricsText(document, document.guardian.pid != 0, clock_));
  return written ? counted : written;
}

std::optional<Document> readStatus(const std::string& path, const WallClock& clock) {
  const std::string text = readWhole(path);
  return text.empty() ? std::nullopt : fromJson(text, clock);
}

bool isAlive(const Document& document) {
  const Process& process = document.guardian;
  if (process.pid <= 0) return false;
  const std::uint64_t start = startOf(process.pid);
  // Where /proc hides the processes of others (hidepid), only this shows that it is there.
  if (start == 0) return ::kill(process.pid, 0) < 0 && errno == EPERM;
  return start == process.start;
}

}  // namespace guardian::status
