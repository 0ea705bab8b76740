#include "guardian/util/utf8.hpp"

namespace guardian {
namespace {

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

/// Length of the UTF-8 sequence at `at`, 0 if there is none.
std::size_t sequenceAt(const std::string& text, std::size_t at) {
  const auto first = static_cast<unsigned char>(text[at]);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xc2 && first < 0xe0 ? 2
                             : first >= 0xe0 && first < 0xf0 ? 3
                                                             : 0;
  if (length == 0 || at + length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if (!continues(text[at + i])) return 0;
  }
  // Overlong forms and surrogates.
  const auto second = length == 3 ? static_cast<unsigned char>(text[at + 1]) : 0U;
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second >= 0xa0)) return 0;
  return length;
}

}  // namespace

std::string cleanUtf8(const std::string& text) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = sequenceAt(text, at);
    result += length == 0 ? "?" : text.substr(at, length);
    at += length == 0 ? 1 : length;
  }
  return result;
}

std::string printable(const std::string& text) {
  std::string result = cleanUtf8(text);
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return result;
}

}  // namespace guardian
