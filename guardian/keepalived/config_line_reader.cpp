#include "keepalived/config_line_reader.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

// Includes may repeat files, so a small tree of them can grow exponentially. No configuration that a person
// meant comes near these.
constexpr std::size_t kMostFiles = 20000;
constexpr std::size_t kMostBytes = 256U << 20U;

}  // namespace

std::vector<std::string> LineReader::matches(const std::string& pattern, const std::string& directory) {
  std::vector<std::string> paths = parser_.files_.glob(pattern, directory);
  if (paths.empty())
    parser_.report(Severity::Warning, "No file matches '" + pattern + "'; keepalived logs it and goes on.");
  return paths;
}

bool LineReader::open(const std::string& path, std::string& text) {
  FileContent content = parser_.files_.readFile(path);
  switch (content.status) {
    case FileContent::Status::Read: break;
    case FileContent::Status::NotRegular:
      parser_.report(Severity::Warning, "'" + path + "' is not a regular file; keepalived skips it.");
      return false;
    case FileContent::Status::Executable:
      parser_.report(Severity::Warning, "'" + path + "' has an execute bit; keepalived skips such files.");
      return false;
    case FileContent::Status::Missing:
    case FileContent::Status::Unreadable:
      parser_.report(Severity::Warning, "'" + path + "' cannot be read; keepalived, if it cannot either, skips it.");
      return false;
  }
  bytesRead_ += content.text.size();
  if (++filesRead_ > kMostFiles || bytesRead_ > kMostBytes)
    throw Refused{"The files include each other without end; keepalived would not come back from them."};
  text = std::move(content.text);
  if (text.find('\0') != std::string::npos)
    parser_.report(Severity::Warning,
                   "'" + path + "' has zero bytes in it; keepalived reads such a line only up to the first one.");
  return true;
}

void LineReader::place(const ConfigFile& file) {
  if (file_ != file.path()) file_ = file.path();
  line_ = file.line();
}

}  // namespace guardian::keepalived
