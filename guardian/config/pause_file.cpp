#include "config/pause_file.hpp"

#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <nlohmann/json.hpp>

#include "guardian/util/utf8.hpp"

namespace guardian::config {
namespace {

using nlohmann::json;
using Clock = std::chrono::system_clock;

constexpr std::size_t kLongestReason = 200;

std::string directoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

}  // namespace

std::string tidyReason(const std::string& text) {
  std::string reason = cleanUtf8(text);
  std::size_t end = std::min(reason.size(), kLongestReason);
  while (end > 0 && end < reason.size() && (static_cast<unsigned char>(reason[end]) & 0xc0U) == 0x80U) --end;
  reason.resize(end);
  for (char& c : reason)
    if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
  return reason;
}

std::string textOf(const WrittenPause& pause) {
  json out;
  out["until"] = std::chrono::duration_cast<std::chrono::seconds>(pause.until.time_since_epoch()).count();
  out["reason"] = pause.reason;
  return out.dump() + "\n";
}

std::optional<WrittenPause> parsePause(std::string_view text) {
  json read;
  try {
    read = json::parse(text.begin(), text.end());
  } catch (const std::exception&) {
    return std::nullopt;
  }
  if (!read.is_object()) return std::nullopt;
  const auto until = read.find("until");
  const auto reason = read.find("reason");
  constexpr std::int64_t kMost = 100LL * 366 * 24 * 3600;  // in this century, so that no arithmetic overflows
  if (until == read.end() || !until->is_number_unsigned() || until->get<std::uint64_t>() > kMost) return std::nullopt;
  WrittenPause pause{Clock::time_point(std::chrono::seconds(until->get<std::int64_t>())), {}};
  if (reason != read.end() && reason->is_string()) pause.reason = reason->get<std::string>();
  return pause;
}

std::optional<WrittenPause> readPause(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat facts {};
  if (!file || ::fstat(file.get(), &facts) < 0) return std::nullopt;
  if (!S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid() || (facts.st_mode & 0022) != 0) return std::nullopt;
  char text[4096];
  const ssize_t length = ::read(file.get(), text, sizeof text);
  if (length <= 0) return std::nullopt;
  const auto pause = parsePause({text, static_cast<std::size_t>(length)});
  return pause && pause->until > Clock::now() ? pause : std::nullopt;
}

Result<Done> writePause(const WrittenPause& pause, const std::string& path) {
  const std::string doing = "writing " + path;
  if (::mkdir(directoryOf(path).c_str(), 0755) < 0 && errno != EEXIST) return Error{errno, doing};
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644));
  if (!file) return Error{errno, doing};
  const std::string text = textOf(pause);
  if (::fchmod(file.get(), 0644) < 0) return Error{errno, doing};  // anybody may know
  if (::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return Error{errno, doing};
  // It has to survive a power failure as well: that may be what the maintenance is about.
  if (::fsync(file.get()) < 0 || ::rename(fresh.c_str(), path.c_str()) < 0) return Error{errno, doing};
  return Done{};
}

Result<bool> removePause(const std::string& path) {
  const bool was = readPause(path).has_value();
  if (::unlink(path.c_str()) < 0 && errno != ENOENT) return Error{errno, "removing " + path};
  return was;
}

PauseWatch::PauseWatch(const std::string& path) : inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) {
  if (!inotify_) throw std::system_error(errno, std::generic_category(), "watching for a pause");
  ::inotify_add_watch(inotify_.get(), directoryOf(path).c_str(), IN_MOVED_TO | IN_DELETE | IN_CLOSE_WRITE);
}

void PauseWatch::drain() const {
  alignas(inotify_event) char buffer[4096];
  while (::read(inotify_.get(), buffer, sizeof buffer) > 0) continue;
}

}  // namespace guardian::config
