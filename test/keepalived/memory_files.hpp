// A FileSource without a disk, for tests and fuzzers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "keepalived/file_source.hpp"

namespace guardian::test {

class MemoryFiles : public keepalived::FileSource {
 public:
  std::map<std::string, keepalived::FileContent> files;

  void add(const std::string& path, const std::string& text) {
    files[path] = {keepalived::FileContent::Status::Read, text};
  }

  keepalived::FileContent readFile(const std::string& path) override {
    const auto found = files.find(path);
    return found == files.end() ? keepalived::FileContent() : found->second;
  }

  /// Exact names, and one `*` that stands for anything but a slash.
  std::vector<std::string> glob(const std::string& pattern, const std::string& directory) override {
    const bool relative = pattern.empty() || pattern[0] != '/';
    const std::string whole = relative && !directory.empty() ? directory + "/" + pattern : pattern;
    const std::size_t star = whole.find('*');
    std::vector<std::string> found;
    for (const auto& file : files) {
      if (star == std::string::npos ? file.first == whole : fits(file.first, whole, star)) found.push_back(file.first);
    }
    return found;
  }

 private:
  static bool fits(const std::string& name, const std::string& pattern, std::size_t star) {
    const std::string tail = pattern.substr(star + 1);
    return name.size() >= star + tail.size() && name.compare(0, star, pattern, 0, star) == 0 &&
           name.compare(name.size() - tail.size(), tail.size(), tail) == 0 &&
           name.substr(star, name.size() - star - tail.size()).find('/') == std::string::npos;
  }
};

}  // namespace guardian::test
