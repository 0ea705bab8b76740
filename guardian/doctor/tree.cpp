#include "doctor/tree.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "guardian/util/handle.hpp"
#include "guardian/util/proc.hpp"

namespace guardian::doctor {

std::string below(const std::string& directory, const std::string& name) { return directory + "/" + name; }

std::optional<std::string> Tree::read(const std::string& path) {
  struct stat status {};
  if (::stat(this->path(path).c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
      ::access(this->path(path).c_str(), R_OK) == 0)
    return readWhole(this->path(path));
  if (errno == EACCES || errno == EPERM) cannotSee(path, std::strerror(errno));
  return std::nullopt;
}

bool Tree::exists(const std::string& path) const {
  struct stat status {};
  return ::lstat(this->path(path).c_str(), &status) == 0;
}

bool Tree::isMask(const std::string& path) const {
  char target[16];
  const ssize_t length = ::readlink(this->path(path).c_str(), target, sizeof target);
  return length > 0 && std::string(target, static_cast<std::size_t>(length)) == "/dev/null";
}

std::vector<std::string> Tree::list(const std::string& directory) const {
  std::vector<std::string> names;
  const Handle<DIR, ::closedir> open(::opendir(path(directory).c_str()));
  if (!open) return names;
  while (const dirent* entry = ::readdir(open.get()))
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  std::sort(names.begin(), names.end());
  return names;
}

void Tree::cannotSee(const std::string& what, const std::string& why) {
  const bool known =
      std::any_of(unseen_.begin(), unseen_.end(), [&](const Unseen& unseen) { return unseen.what == what; });
  if (!known) unseen_.push_back({what, why});
}

}  // namespace guardian::doctor
