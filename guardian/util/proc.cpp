#include "guardian/util/proc.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <ctime>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <sstream>

#include "guardian/util/handle.hpp"

namespace guardian {
namespace {

std::string fileOf(int pid, const char* name) { return readWhole("/proc/" + std::to_string(pid) + "/" + name); }

/// The fields of /proc/<pid>/stat behind the command name, which may hold blanks and brackets itself.
std::vector<std::string> statFields(int pid) {
  const std::string stat = fileOf(pid, "stat");
  const std::size_t end = stat.rfind(')');
  std::vector<std::string> fields;
  if (end == std::string::npos) return fields;
  std::size_t at = end + 1;
  while ((at = stat.find_first_not_of(" \n", at)) != std::string::npos) {
    const std::size_t stop = std::min(stat.find_first_of(" \n", at), stat.size());
    fields.push_back(stat.substr(at, stop - at));
    at = stop;
  }
  return fields;
}

/// False: errno says why.
bool read(const std::string& path, std::string& text) {
  // No stream: its iterator throws where read() fails, as it does (ESRCH) for a process that ends at that moment.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  text.clear();
  char chunk[4096];
  for (;;) {
    const ssize_t length = ::read(file.get(), chunk, sizeof chunk);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return length == 0;
    text.append(chunk, static_cast<std::size_t>(length));
  }
}

}  // namespace

std::string readWhole(const std::string& path) {
  std::string text;
  if (read(path, text)) return text;
  // Once more: a process that only could not be looked at would pass for gone.
  if (errno != ENOENT && errno != ESRCH && read(path, text)) return text;
  return {};
}

std::vector<std::string> commandOf(int pid) {
  const std::string text = fileOf(pid, "cmdline");
  std::vector<std::string> words;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t stop = std::min(text.find('\0', at), text.size());
    words.push_back(text.substr(at, stop - at));
    at = stop + 1;
  }
  return words;
}

std::string commOf(int pid) {
  std::string comm = fileOf(pid, "comm");
  if (!comm.empty() && comm.back() == '\n') comm.pop_back();
  return comm;
}

int parentOf(int pid) {
  const auto fields = statFields(pid);
  return fields.size() > 1 ? static_cast<int>(std::strtol(fields[1].c_str(), nullptr, 10)) : 0;
}

std::uint64_t startOf(int pid) {
  const auto fields = statFields(pid);
  return fields.size() > 19 && fields[0] != "Z" ? std::strtoull(fields[19].c_str(), nullptr, 10) : 0;
}

std::chrono::steady_clock::time_point startedAt(std::uint64_t start) {
  timespec sinceBoot{};
  ::clock_gettime(CLOCK_BOOTTIME, &sinceBoot);
  const auto tick = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  const auto age = std::chrono::seconds(sinceBoot.tv_sec) + std::chrono::nanoseconds(sinceBoot.tv_nsec) -
                   std::chrono::milliseconds(start * 1000 / tick);
  return std::chrono::steady_clock::now() - age;
}

std::string unitOfCgroup(const std::string& text) {
  std::istringstream lines(text);
  std::string line;
  while (std::getline(lines, line)) {
    const std::size_t first = line.find(':');
    const std::size_t second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const std::string controller = line.substr(first + 1, second - first - 1);
    if (!controller.empty() && controller != "name=systemd") continue;
    for (std::string path = line.substr(second + 1); !path.empty(); path.resize(path.rfind('/'))) {
      std::string last = path.substr(path.rfind('/') + 1);
      if (hasSuffix(last, ".service") || hasSuffix(last, ".scope")) return last;
      if (path.rfind('/') == std::string::npos) break;
    }
  }
  return {};
}

std::string unitOf(int pid) { return unitOfCgroup(fileOf(pid, "cgroup")); }

bool hasSuffix(const std::string& name, const std::string& suffix) {
  return name.size() > suffix.size() && name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

}  // namespace guardian
