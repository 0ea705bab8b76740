// JSON as operators write it: with comments, and with mistakes that must be found again in the file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace guardian::config {

/// With its comments (`// ...` and `/* ... */`, outside of strings) replaced by blanks, so that every line and column
/// stays where it is. The parser of nlohmann/json knows none before 3.9.
std::string withoutComments(std::string_view text);

/// The line on which a key is first written, not a value that reads the same; 0: not found. The parser keeps no
/// positions. `from`: behind that key, which stands around it.
int lineOf(std::string_view text, const std::string& key, const std::string& from = {});

/// The known word nearest to a mistyped one; empty if none is near.
std::string nearest(const std::string& word, const std::vector<std::string>& known);

}  // namespace guardian::config
