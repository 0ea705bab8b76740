// Where the parser's lines come from: files, includes, conditions, definitions. Two implementations, since
// keepalived rewrote this part: the classic one calls the parser again for every included file, the
// modern one (1.4.2) keeps a stack of files and takes braces apart.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "keepalived/config_lines.hpp"
#include "keepalived/config_parser.hpp"

namespace guardian::keepalived {

class LineReader {
 public:
  explicit LineReader(Parser& parser) : parser_(parser) {}
  virtual ~LineReader() = default;
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  virtual void readAll(const std::string& path, const Block& root) = 0;
  /// The next logical line; false at the end. It may be empty.
  virtual bool next(std::string& line) = 0;

  const std::string& file() const { return file_; }
  int line() const { return line_; }

 protected:
  /// Opens what a pattern matches. Files that keepalived skips are reported; throws Refused once includes
  /// are nested or repeated beyond all reason.
  std::vector<std::string> matches(const std::string& pattern, const std::string& directory);
  bool open(const std::string& path, std::string& text);
  void place(const ConfigFile& file);

  Parser& parser_;
  std::string file_;
  int line_ = 0;

 private:
  std::size_t filesRead_ = 0;
  std::size_t bytesRead_ = 0;
};

std::unique_ptr<LineReader> makeClassicLines(Parser& parser);
std::unique_ptr<LineReader> makeModernLines(Parser& parser);

/// Nested deeper than this is a loop: keepalived itself then runs on until it has no file left to open.
constexpr std::size_t kDeepestInclude = 64;

}  // namespace guardian::keepalived
