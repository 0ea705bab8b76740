#include "guardian/util/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "guardian/util/handle.hpp"

namespace guardian {
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

Result<Done> replaceFile(const std::string& path, const std::string& text, mode_t mode) {
  const std::string doing = "writing " + path;
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());
  const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!file) return Error{errno, doing};
  if (::fchmod(file.get(), mode) < 0) return Error{errno, doing};  // whatever our umask is
  if (const int error = writeAll(file.get(), text); error != 0) return Error{error, doing};
  if (::rename(fresh.c_str(), path.c_str()) < 0) return Error{errno, doing};
  return Done{};
}

}  // namespace guardian
