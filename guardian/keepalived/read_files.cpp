#include "keepalived/read_files.hpp"

#include <sys/stat.h>

#include <algorithm>

namespace guardian::keepalived {

ReadFiles::Stamp ReadFiles::stampOf(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {true, status.st_ino, status.st_size, status.st_ctim};
}

bool ReadFiles::same(const Stamp& a, const Stamp& b) {
  return a.there == b.there && a.inode == b.inode && a.size == b.size && a.written.tv_sec == b.written.tv_sec &&
         a.written.tv_nsec == b.written.tv_nsec;
}

/// The stamp comes first: what is written between the two counts as a change.
FileContent ReadFiles::readFile(const std::string& path) {
  files_.emplace(path, stampOf(path));
  return realFiles().readFile(path);
}

std::vector<std::string> ReadFiles::glob(const std::string& pattern, const std::string& directory) {
  std::vector<std::string> found = realFiles().glob(pattern, directory);
  patterns_.emplace(std::make_pair(pattern, directory), found);
  return found;
}

bool ReadFiles::changed() const {
  const auto otherFile = [](const auto& file) { return !same(file.second, stampOf(file.first)); };
  const auto otherFound = [](const auto& pattern) {
    return realFiles().glob(pattern.first.first, pattern.first.second) != pattern.second;
  };
  return std::any_of(files_.begin(), files_.end(), otherFile) ||
         std::any_of(patterns_.begin(), patterns_.end(), otherFound);
}

}  // namespace guardian::keepalived
