#include "keepalived/file_source.hpp"

#include <fcntl.h>
#include <glob.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace guardian::keepalived {
namespace {

// A configuration of a hundred thousand VIPs is a few megabytes; more is a mistake or an attack.
constexpr std::size_t kLargestFile = 64U << 20U;

/// `directory` is a plain name and must stay one when it becomes part of a pattern.
std::string escapeForGlob(const std::string& directory) {
  std::string escaped;
  for (const char c : directory) {
    if (std::strchr("\\*?[]{},~", c) != nullptr) escaped += '\\';
    escaped += c;
  }
  return escaped;
}

bool readAll(int descriptor, std::string& text) {
  char buffer[65536];
  for (;;) {
    const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    if (count == 0) return true;
    text.append(buffer, static_cast<std::size_t>(count));
    if (text.size() > kLargestFile) return false;
  }
}

class RealFiles : public FileSource {
 public:
  FileContent readFile(const std::string& path) override {
    FileContent content;
    // Non-blocking: a FIFO in place of a configuration file must not hang its reader.
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0) {
      content.status = errno == ENOENT ? FileContent::Status::Missing : FileContent::Status::Unreadable;
      return content;
    }
    content.status = readOpen(descriptor, content.text);
    ::close(descriptor);
    return content;
  }

  std::vector<std::string> glob(const std::string& pattern, const std::string& directory) override {
    const bool relative = pattern.empty() || pattern.front() != '/';
    const std::string prefix = relative && !directory.empty() ? escapeForGlob(directory) + "/" : "";
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob((prefix + pattern).c_str(), GLOB_MARK | GLOB_BRACE, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) {
        const std::string path = found.gl_pathv[i];
        if (path.back() != '/') paths.push_back(path);
      }
    }
    ::globfree(&found);
    return paths;
  }

 private:
  static FileContent::Status readOpen(int descriptor, std::string& text) {
    struct stat status {};
    if (::fstat(descriptor, &status) != 0) return FileContent::Status::Unreadable;
    if (!S_ISREG(status.st_mode)) return FileContent::Status::NotRegular;
    if ((status.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) != 0) return FileContent::Status::Executable;
    return readAll(descriptor, text) ? FileContent::Status::Read : FileContent::Status::Unreadable;
  }
};

}  // namespace

FileSource& realFiles() {
  static RealFiles files;
  return files;
}

}  // namespace guardian::keepalived
