#include "keepalived/config_lines.hpp"

#include <algorithm>
#include <cstring>

namespace guardian::keepalived {
namespace {

constexpr std::size_t kBuffer = 1024;  // MAXBUF; fgets leaves one byte for the terminating zero

}  // namespace

bool ConfigFile::nextPiece(std::string& piece) {
  if (at_ >= text_.size()) return false;
  if (startsLine_) ++line_;
  const std::size_t most = std::min(kBuffer - 1, text_.size() - at_);
  const void* newline = std::memchr(text_.data() + at_, '\n', most);
  const std::size_t length =
      newline == nullptr ? most
                         : static_cast<std::size_t>(static_cast<const char*>(newline) - (text_.data() + at_)) + 1;
  piece.assign(text_, at_, length);
  at_ += length;
  startsLine_ = newline != nullptr;
  cut_ = newline == nullptr && at_ < text_.size();
  filled_ = newline == nullptr && length == kBuffer - 1;
  const std::size_t zero = piece.find('\0');
  zero_ = zero != std::string::npos && !filled_ && (newline != nullptr || at_ < text_.size());
  if (zero != std::string::npos) piece.resize(zero);
  return true;
}

std::string ConfigFile::directory() const {
  const std::size_t slash = path_.rfind('/');
  if (slash == std::string::npos) return "";
  return slash == 0 ? "/" : path_.substr(0, slash);
}

void applyCondition(std::string& text, const std::string& configId) {
  const std::size_t at = text.find_first_not_of(" \t");
  if (at == std::string::npos || text[at] != '@') return;
  const bool inverted = at + 1 < text.size() && text[at + 1] == '^';
  const std::size_t start = at + (inverted ? 2 : 1);
  const std::size_t end = text.find_first_of(" \t", start);
  if (end == std::string::npos) {
    text.clear();  // keepalived needs something behind the id
    return;
  }
  const bool matches = text.compare(start, end - start, configId) == 0;
  if (matches == inverted) {
    text.clear();
    return;
  }
  std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), ' ');
}

}  // namespace guardian::keepalived
