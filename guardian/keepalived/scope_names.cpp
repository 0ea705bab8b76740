#include "keepalived/scope_names.hpp"

#include <algorithm>
#include <cstdlib>

#include "keepalived/config_words.hpp"

namespace guardian::keepalived {
namespace {

const std::pair<const char*, std::uint8_t> kBuiltIn[] = {
    {"global", 0}, {"nowhere", 255}, {"host", 254}, {"link", 253}, {"site", 200}};

}  // namespace

ScopeNames::ScopeNames(std::string_view file) {
  while (!file.empty()) {
    const std::size_t end = file.find('\n');
    const Words words = splitClassic(file.substr(0, end));
    file.remove_prefix(end == std::string_view::npos ? file.size() : end + 1);
    if (words.size() != 2) continue;
    const unsigned long number = std::strtoul(words[0].c_str(), nullptr, 0);
    if (number <= 255) names_.emplace_back(words[1], static_cast<std::uint8_t>(number));
  }
  for (const auto& [name, number] : kBuiltIn) {
    const std::uint8_t scope = number;
    const bool named = std::any_of(names_.begin(), names_.end(), [&](const auto& e) { return e.second == scope; });
    if (!named) names_.emplace_back(name, number);
  }
}

std::optional<std::uint8_t> ScopeNames::find(const std::string& word) const {
  char* end = nullptr;
  const auto number = static_cast<unsigned int>(std::strtoul(word.c_str(), &end, 0));
  if (end != word.c_str() && *end == '\0')
    return number <= 255 ? std::optional<std::uint8_t>(static_cast<std::uint8_t>(number)) : std::nullopt;
  for (const auto& [name, value] : names_) {
    if (name == word) return value;
  }
  return std::nullopt;
}

}  // namespace guardian::keepalived
