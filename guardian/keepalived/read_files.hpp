// The disk, and a memory of what was read from it: whether the same reading would find something else now.
// Looks at the files' metadata only. Takes a copy's place when a configuration comes into force.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "keepalived/file_source.hpp"

namespace guardian::keepalived {

class ReadFiles : public FileSource {
 public:
  FileContent readFile(const std::string& path) override;
  std::vector<std::string> glob(const std::string& pattern, const std::string& directory) override;

  /// Whether a file that was read is another one since, or a pattern finds others.
  bool changed() const;

 private:
  /// What a write, a rename over it, a chmod or a removal changes.
  struct Stamp {
    bool there = false;
    ino_t inode = 0;
    off_t size = 0;
    timespec written{};  ///< and changed in mode or name: ctime
  };
  static Stamp stampOf(const std::string& path);
  static bool same(const Stamp& a, const Stamp& b);

  std::map<std::string, Stamp> files_;
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> patterns_;
};

}  // namespace guardian::keepalived
