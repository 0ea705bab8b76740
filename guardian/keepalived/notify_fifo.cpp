#include "keepalived/notify_fifo.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace guardian::keepalived {
namespace {

/// Nobody but root could have put it there, or may write to it.
bool isOurs(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 && S_ISFIFO(facts.st_mode) && facts.st_uid == ::geteuid() &&
         (facts.st_mode & 0022) == 0;
}

}  // namespace

Result<Done> NotifyFifo::open() {
  const std::string doing = "making the FIFO " + path_;
  // For writing as well: so it never ends, however often the others close it.
  constexpr int kMode = O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW;
  fd_.reset(::open(path_.c_str(), kMode));
  if (fd_ && isOurs(fd_.get())) return Done{};
  fd_.reset();
  if (::unlink(path_.c_str()) < 0 && errno != ENOENT) return Error{errno, doing};
  if (::mkfifo(path_.c_str(), 0600) < 0) return Error{errno, doing};
  fd_.reset(::open(path_.c_str(), kMode));
  if (!fd_ || !isOurs(fd_.get())) return Error{fd_ ? EEXIST : errno, doing};
  return Done{};
}

std::vector<StateLine> NotifyFifo::take() {
  std::vector<StateLine> found;
  // One read: whoever writes without end does not keep us from the rest.
  char bytes[4096];
  const ssize_t got = ::read(fd_.get(), bytes, sizeof bytes);
  if (got <= 0) return found;
  for (StateLine& line : lines_.take({bytes, static_cast<std::size_t>(got)})) {
    const bool role = line.stopped || line.role != core::Role::Unknown;
    if (role && line.subject == StateLine::Subject::Instance) found.push_back(std::move(line));
  }
  return found;
}

std::string notifyLine(const std::vector<std::string>& arguments) {
  if (arguments.size() != 4) return {};
  const std::string line = arguments[0] + " \"" + arguments[1] + "\" " + arguments[2] + " " + arguments[3];
  return readStateLine(line) ? line + "\n" : std::string();
}

Result<bool> tellFifo(const std::string& path, const std::string& line) {
  const Fd fifo(::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (!fifo && (errno == ENOENT || errno == ENXIO)) return false;
  // Shorter than PIPE_BUF, so it goes as a whole or not at all.
  if (!fifo || ::write(fifo.get(), line.data(), line.size()) < 0) return Error{errno, "writing to " + path};
  return true;
}

}  // namespace guardian::keepalived
