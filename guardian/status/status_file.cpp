#include "status/status_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

#include "guardian/util/files.hpp"
#include "guardian/util/proc.hpp"
#include "status/metrics.hpp"

namespace guardian::status {

Result<Done> WholeFile::write(const std::string& text) {
  const std::size_t hash = std::hash<std::string>{}(text);
  if (hash == written_) return Done{};
  if (auto replaced = replaceFile(path_, text, 0644); !replaced) return replaced;
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
