// One line of a configuration as words, the way the versions of keepalived split it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace guardian::keepalived {

struct Words {
  std::vector<std::string> words;
  bool unmatchedQuote = false;

  bool empty() const { return words.empty(); }
  std::size_t size() const { return words.size(); }
  const std::string& operator[](std::size_t index) const { return words[index]; }
  const std::string& back() const { return words.back(); }
  bool has(std::size_t index) const { return index < words.size(); }
};

/// isspace in the C locale, whatever the locale of this process.
bool isSpace(char c);

/// Up to 2.0.8: blanks separate, "..." is one word, `!` and `#` outside quotes end the line wherever they
/// stand. An unmatched quote drops the rest of the line.
Words splitClassic(std::string_view line);

/// Since 2.0.9 comments have been taken off before; `!` and `#` are ordinary characters here.
Words splitModern(std::string_view line);

}  // namespace guardian::keepalived
