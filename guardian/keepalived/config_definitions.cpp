#include "keepalived/config_definitions.hpp"

#include <cctype>

namespace guardian::keepalived {
namespace {

constexpr std::size_t kLongestLine = 1023;
constexpr std::size_t kMostLooks = 200000;  // at the `$` of all lines: sequences of definitions of sequences grow fast
constexpr int kMostReplacements = 1000;     // of one line; a value that names itself never ends

bool startsName(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_'; }
bool continuesName(char c) { return startsName(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

std::size_t nameEnd(const std::string& text, std::size_t start) {
  std::size_t end = start;
  if (end < text.size() && startsName(text[end])) {
    while (end < text.size() && continuesName(text[end])) ++end;
  }
  return end;
}

}  // namespace

Definitions::Definitions(const Grammar& grammar) : grammar_(grammar) {
  if (grammar.since(2, 1, 4)) {
    set("_HASH", "#");
    set("_BANG", "!");
  }
}

void Definitions::set(const std::string& name, const std::string& value) { values_[name] = Value{value, false}; }

Definitions::Value* Definitions::define(const std::string& line) {
  if (line.empty() || line[0] != '$') return nullptr;
  const std::size_t end = nameEnd(line, 1);
  if (end == 1 || end >= line.size() || line[end] != '=') return nullptr;
  std::size_t start = line.find_first_not_of(" \t", end + 1);
  if (start == std::string::npos) start = line.size();
  Value value{line.substr(start), false};
  if (!value.text.empty() && value.text.back() == '\\') {
    value.multiline = true;
    value.text.pop_back();
    while (!value.text.empty() && (value.text.back() == ' ' || value.text.back() == '\t')) value.text.pop_back();
    if (!value.text.empty()) value.text += '\n';
  }
  Value& stored = values_[line.substr(1, end - 1)];
  stored = value;
  return &stored;
}

std::optional<Definitions::Value> Definitions::find(const std::string& name, const std::string& directory,
                                                    const std::string& instance) const {
  const auto found = values_.find(name);
  if (found != values_.end()) return found->second;
  if (name == "_PWD" && grammar_.since(1, 4, 3)) return Value{directory, false};
  if (name == "_INSTANCE" && grammar_.since(2, 0, 1)) return Value{instance, false};
  return std::nullopt;
}

std::optional<Definitions::Use> Definitions::useAt(const std::string& line, std::size_t dollar,
                                                   const std::string& directory, const std::string& instance) const {
  const bool braces = dollar + 1 < line.size() && line[dollar + 1] == '{';
  const std::size_t start = dollar + (braces ? 2 : 1);
  std::size_t end = nameEnd(line, start);
  if (end == start) return std::nullopt;
  Use use;
  const std::string name = line.substr(start, end - start);
  use.uncertain = (name == "_RANDOM" && grammar_.since(2, 0, 15)) || (name == "_ENV" && grammar_.since(2, 4, 0));
  if (use.uncertain) {
    // Any number will do: nothing that depends on it is believed.
    const std::size_t close = braces ? line.find('}', end) : end - 1;
    use.length = (close == std::string::npos ? line.size() : close + 1) - dollar;
    use.value.text = "1";
    return use;
  }
  if (braces) {
    if (end >= line.size() || line[end] != '}') return std::nullopt;
    ++end;
  } else if (end < line.size() && std::string(" \t,)").find(line[end]) == std::string::npos) {
    return std::nullopt;
  }
  const std::optional<Value> value = find(name, directory, instance);
  // Several lines can only take the place of the end of one.
  if (!value || (value->multiline && end != line.size())) return std::nullopt;
  use.length = end - dollar;
  use.value = *value;
  return use;
}

Definitions::Replacement Definitions::replace(std::string& line, const std::string& directory,
                                              const std::string& instance) {
  Replacement result;
  int count = 0;
  for (std::size_t at = line.find('$'); at != std::string::npos && at + 1 < line.size(); at = line.find('$', at)) {
    if (++looks_ > kMostLooks) {
      result.endless = true;
      return result;
    }
    const std::optional<Use> use = useAt(line, at, directory, instance);
    if (!use) {
      ++at;
      continue;
    }
    result.uncertain = result.uncertain || use->uncertain;
    if (++count > kMostReplacements) {
      result.hangs = true;
      return result;
    }
    std::string text = use->value.text;
    if (use->value.multiline) {
      std::vector<std::string> lines;
      const std::size_t first = text.find('\n');
      for (std::size_t from = first; from != std::string::npos;) {
        const std::size_t next = text.find('\n', from + 1);
        lines.push_back(text.substr(from + 1, next == std::string::npos ? next : next - from - 1));
        from = next;
      }
      text = text.substr(0, first);
      result.more.insert(result.more.begin(), lines.begin(), lines.end());
    }
    if (line.size() + text.size() - use->length > kLongestLine) return result;
    line.replace(at, use->length, text);
    result.changed = true;
    const std::size_t begin = use->value.text.find_first_not_of(" \t");
    if (begin != std::string::npos && use->value.text[begin] == '~') break;
  }
  return result;
}

}  // namespace guardian::keepalived
