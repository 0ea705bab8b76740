// Where the readers get files from. An interface, so that tests and fuzzers need no disk, and so that
// another process's view of the disk (its mount namespace) can be read as keepalived itself sees it.
#pragma once

#include <string>
#include <vector>

namespace guardian::keepalived {

/// What stands at a path. keepalived reads only regular files without any execute bit, so a reader must be
/// able to tell a file that is skipped from one that is not there.
struct FileContent {
  enum class Status { Read, Missing, Unreadable, NotRegular, Executable };
  Status status = Status::Missing;
  std::string text;
};

class FileSource {
 public:
  virtual ~FileSource() = default;

  virtual FileContent readFile(const std::string& path) = 0;

  /// glob(3) with GLOB_BRACE, sorted, without directories. `pattern` is relative to `directory`, which is
  /// a plain path; an empty directory is the current one.
  virtual std::vector<std::string> glob(const std::string& pattern, const std::string& directory) = 0;
};

/// The disk as this process sees it.
FileSource& realFiles();

}  // namespace guardian::keepalived
