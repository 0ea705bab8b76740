#include "doctor/fixes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "doctor/themes.hpp"
#include "doctor/tree.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/proc.hpp"

namespace guardian::doctor {
namespace {

constexpr const char* kName = "90-vip-guardian.conf";
constexpr const char* kNetwork = "/etc/systemd/network";
constexpr const char* kOrdering = "/etc/systemd/system/keepalived.service.d/90-vip-guardian.conf";

std::string directoryOf(const std::string& path) { return path.substr(0, path.rfind('/')); }

bool isOurs(const std::string& path) {
  const std::string text = readWhole(path);
  const std::string mark = std::string(kOurMark) + "\n";
  return text.compare(0, mark.size(), mark) == 0;
}

int makeDirectories(const std::string& path) {
  for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1))
    if (::mkdir(path.substr(0, at).c_str(), 0755) != 0 && errno != EEXIST) return errno;
  return 0;
}

int writeWhole(const std::string& path, const std::string& text) {
  const std::string fresh = path + ".new";
  const Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!file) return errno;
  const ssize_t length = ::write(file.get(), text.data(), text.size());
  const bool whole = length == static_cast<ssize_t>(text.size());
  // Whatever the umask is, systemd-networkd is not root and must be able to read it.
  if (whole && ::fchmod(file.get(), 0644) == 0 && ::rename(fresh.c_str(), path.c_str()) == 0) return 0;
  const int error = length >= 0 && !whole ? ENOSPC : errno;
  ::unlink(fresh.c_str());
  return error;
}

}  // namespace

std::vector<Fix> fixesOf(const Report& report) {
  std::vector<Fix> fixes;
  for (const Finding& finding : report.findings)
    for (const Fix& fix : finding.fixes)
      if (std::none_of(fixes.begin(), fixes.end(), [&](const Fix& known) { return known.path == fix.path; }))
        fixes.push_back(fix);
  return fixes;
}

Result<Done> write(const Fix& fix, const std::string& root) {
  const std::string path = root + fix.path;
  const std::string doing = "writing " + fix.path;
  struct stat status {};
  if (::lstat(path.c_str(), &status) == 0 && !(S_ISREG(status.st_mode) && isOurs(path))) return Error{EEXIST, doing};
  if (const int error = makeDirectories(path)) return Error{error, doing};
  if (const int error = writeWhole(path, fix.text)) return Error{error, doing};
  return Done{};
}

std::vector<std::string> writtenFiles(const std::string& root) {
  const Tree tree(root);
  std::vector<std::string> candidates{kOrdering};
  for (const std::string& name : tree.list(kNetwork))
    if (hasSuffix(name, ".network.d")) candidates.push_back(std::string(kNetwork) + "/" + name + "/" + kName);
  candidates.erase(std::remove_if(candidates.begin(), candidates.end(),
                                  [&](const std::string& path) { return !isOurs(tree.path(path)); }),
                   candidates.end());
  return candidates;
}

Result<Done> remove(const std::string& path, const std::string& root) {
  if (::unlink((root + path).c_str()) != 0 && errno != ENOENT) return Error{errno, "removing " + path};
  static_cast<void>(::rmdir(directoryOf(root + path).c_str()));  // fails where there is something else in it
  return Done{};
}

}  // namespace guardian::doctor
