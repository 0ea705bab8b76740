#include "keepalived/config_words.hpp"

namespace guardian::keepalived {
namespace {

Words split(std::string_view line, bool commentsEndIt) {
  Words result;
  const auto isComment = [&](char c) { return commentsEndIt && (c == '!' || c == '#'); };
  std::size_t at = 0;
  for (;;) {
    while (at < line.size() && isSpace(line[at])) ++at;
    if (at == line.size() || isComment(line[at])) return result;
    if (line[at] == '"') {
      const std::size_t end = line.find('"', at + 1);
      if (end == std::string_view::npos) {
        result.unmatchedQuote = true;
        return result;
      }
      result.words.emplace_back(line.substr(at + 1, end - at - 1));
      at = end + 1;
      continue;
    }
    const std::size_t start = at;
    while (at < line.size() && !isSpace(line[at]) && line[at] != '"' && !isComment(line[at])) ++at;
    result.words.emplace_back(line.substr(start, at - start));
  }
}

}  // namespace

bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Words splitClassic(std::string_view line) { return split(line, true); }

Words splitModern(std::string_view line) { return split(line, false); }

}  // namespace guardian::keepalived
