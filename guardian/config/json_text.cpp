#include "config/json_text.hpp"

#include <algorithm>
#include <numeric>

namespace guardian::config {
namespace {

/// How many letters must be put in, taken out or changed to make one of the other.
std::size_t distance(const std::string& a, const std::string& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (const char letter : a) {
    std::size_t diagonal = row[0]++;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (letter == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::size_t positionOf(std::string_view text, const std::string& key, std::size_t from) {
  const std::string quoted = '"' + key + '"';
  for (std::size_t at = text.find(quoted, from); at != std::string_view::npos; at = text.find(quoted, at + 1)) {
    const std::size_t next = text.find_first_not_of(" \t\r\n", at + quoted.size());
    if (next != std::string_view::npos && text[next] == ':') return at;
  }
  return std::string_view::npos;
}

}  // namespace

std::string withoutComments(std::string_view text) {
  std::string out(text);
  bool quoted = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    if (quoted) {
      if (out[i] == '\\')
        ++i;
      else if (out[i] == '"')
        quoted = false;
      continue;
    }
    if (out[i] == '"') quoted = true;
    if (out[i] != '/' || i + 1 == out.size()) continue;
    const bool toLineEnd = out[i + 1] == '/';
    if (!toLineEnd && out[i + 1] != '*') continue;
    const std::size_t close = toLineEnd ? out.find('\n', i) : out.find("*/", i + 2);
    if (!toLineEnd && close == std::string::npos) return out;  // the parser will say where it begins
    const std::size_t end = toLineEnd ? std::min(close, out.size()) : close + 2;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(i), out.begin() + static_cast<std::ptrdiff_t>(end),
        [](char c) { return c != '\n'; }, ' ');
    i = end - 1;
  }
  return out;
}

int lineOf(std::string_view text, const std::string& key, const std::string& from) {
  const std::size_t begin = from.empty() ? 0 : positionOf(text, from, 0);
  const std::size_t at = positionOf(text, key, begin == std::string_view::npos ? 0 : begin);
  if (at == std::string_view::npos) return 0;
  return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
}

std::string nearest(const std::string& word, const std::vector<std::string>& known) {
  std::string best;
  std::size_t least = 1 + word.size() / 3;
  for (const std::string& candidate : known) {
    const std::size_t away = distance(word, candidate);
    if (away > least || (away == least && !best.empty())) continue;
    least = away;
    best = candidate;
  }
  return best;
}

}  // namespace guardian::config
