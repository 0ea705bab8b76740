#include "guardian/util/proc.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "guardian/util/handle.hpp"

namespace guardian {
namespace {

std::string fileOf(int pid, const char* name) { return readWhole("/proc/" + std::to_string(pid) + "/" + name); }

}  // namespace

std::string readWhole(const std::string& path) {
  // No stream: its iterator throws where read() fails, as it does (ESRCH) for a process that ends at that moment.
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  char chunk[4096];
  for (;;) {
    const ssize_t length = file ? ::read(file.get(), chunk, sizeof chunk) : 0;
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return text;
    text.append(chunk, static_cast<std::size_t>(length));
  }
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
