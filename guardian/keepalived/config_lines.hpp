// One opened configuration file as the logical lines that keepalived's fgets loop sees. Pure.
#pragma once

#include <string>

namespace guardian::keepalived {

class ConfigFile {
 public:
  ConfigFile(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {}

  /// The next piece as fgets with keepalived's buffer of 1024 bytes delivers it: at most 1023 bytes, ending
  /// after a newline, and for a C string cut at the first zero byte. False at the end.
  bool nextPiece(std::string& piece);

  const std::string& path() const { return path_; }
  int line() const { return line_; }             ///< of the last piece, 1-based
  bool wasCut() const { return cut_; }           ///< the last piece is not a whole line: it was too long
  bool filledBuffer() const { return filled_; }  ///< the last piece fills the buffer, and no newline is in it
  bool hadZero() const { return zero_; }         ///< the last piece was cut at a zero byte, and more follows
  std::string directory() const;                 ///< where relative includes of this file start; may be empty

 private:
  std::string path_;
  std::string text_;
  std::size_t at_ = 0;
  int line_ = 0;
  bool startsLine_ = true;
  bool cut_ = false;
  bool filled_ = false;
  bool zero_ = false;
};

/// Whether a line that starts with `@` stands for `configId`, and what remains of it: keepalived keeps the
/// text behind `@ID ` only when ID is the configuration id, behind `@^ID ` only when it is not. `text` may
/// start with blanks. Lines without `@` stay as they are.
void applyCondition(std::string& text, const std::string& configId);

}  // namespace guardian::keepalived
