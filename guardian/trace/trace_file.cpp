#include "trace/trace_file.hpp"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <tuple>
#include <vector>

#include "guardian/util/files.hpp"
#include "guardian/util/handle.hpp"

namespace guardian::trace {
namespace {

const std::string kPrefix = "trace-";

}  // namespace

std::string fileOf(const std::string& incident, const std::string& folder) {
  return folder + "/" + (incident.empty() ? "trace" : kPrefix + incident);
}

Result<Done> writeFile(const std::string& path, const std::string& text) { return replaceFile(path, text, 0600); }

void forgetOldest(const std::string& folder, std::size_t kept) {
  const Handle<DIR, ::closedir> open(::opendir(folder.c_str()));
  std::vector<std::tuple<time_t, long, std::string>> found;
  while (const dirent* entry = open ? ::readdir(open.get()) : nullptr) {
    const std::string path = folder + "/" + entry->d_name;
    struct stat facts {};
    if (path.compare(folder.size() + 1, kPrefix.size(), kPrefix) != 0) continue;
    if (::lstat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode))
      found.emplace_back(facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec, path);
  }
  std::sort(found.begin(), found.end());
  for (std::size_t i = 0; i + kept < found.size(); ++i) ::unlink(std::get<2>(found[i]).c_str());
}

}  // namespace guardian::trace
