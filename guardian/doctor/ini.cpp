#include "doctor/ini.hpp"

#include <algorithm>
#include <map>

#include "guardian/util/proc.hpp"

namespace guardian::doctor {
namespace {

const std::vector<std::string> kUnitDirectories{"/etc/systemd/system", "/run/systemd/system",
                                                "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
                                                "/lib/systemd/system"};

std::string_view trimmed(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t\r");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t\r") - start + 1);
}

}  // namespace

void Ini::add(std::string_view text) {
  std::string section;
  std::string line;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view piece = trimmed(text.substr(at, end - at));
    at = end + 1;
    if (piece.empty() && line.empty()) continue;
    if (!piece.empty() && (piece[0] == '#' || piece[0] == ';')) continue;  // also in the midst of a long line
    line += std::string(piece);
    if (!line.empty() && line.back() == '\\') {
      line.back() = ' ';
      continue;
    }
    const std::size_t equals = line.find('=');
    if (line.front() == '[' && line.back() == ']')
      section = line.substr(1, line.size() - 2);
    else if (equals != std::string::npos)
      assignments_.push_back({section, std::string(trimmed(std::string_view(line).substr(0, equals))),
                              std::string(trimmed(std::string_view(line).substr(equals + 1)))});
    line.clear();
  }
}

std::optional<std::string> Ini::last(std::string_view section, std::string_view key) const {
  for (auto it = assignments_.rbegin(); it != assignments_.rend(); ++it)
    if (it->section == section && it->key == key) return it->value;
  return std::nullopt;
}

std::vector<std::string> Ini::all(std::string_view section, std::string_view key) const {
  std::vector<std::string> values;
  for (const Assignment& one : assignments_) {
    if (one.section != section || one.key != key) continue;
    if (one.value.empty())
      values.clear();
    else
      values.push_back(one.value);
  }
  return values;
}

bool isYes(const std::string& value) {
  for (const char* yes : {"yes", "true", "on", "1", "y", "t"})
    if (value == yes) return true;
  return false;
}

std::vector<std::string> wordsOf(std::string_view text) {
  std::vector<std::string> words;
  for (std::size_t at = 0; (at = text.find_first_not_of(" \t", at)) != std::string_view::npos;) {
    const std::size_t end = std::min(text.find_first_of(" \t", at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

void addDropIns(Tree& tree, const std::vector<std::string>& directories, const std::string& name, Ini& ini) {
  const std::string own = name + ".d";
  std::map<std::string, std::string> found;  // by file name: one of the same name hides those behind it
  for (const std::string& directory : directories)
    for (const std::string& file : tree.list(below(directory, own)))
      if (hasSuffix(file, ".conf")) found.emplace(file, below(below(directory, own), file));
  for (const auto& [file, path] : found)
    if (const auto text = tree.read(path)) ini.add(*text);
}

std::optional<Ini> readUnit(Tree& tree, const std::string& unit) {
  for (const std::string& directory : kUnitDirectories) {
    const std::string path = below(directory, unit);
    if (tree.isMask(path)) return std::nullopt;
    const auto text = tree.read(path);
    if (!text) continue;
    Ini ini;
    ini.add(*text);
    addDropIns(tree, kUnitDirectories, unit, ini);
    return ini;
  }
  return std::nullopt;
}

bool isWantedBy(const Tree& tree, const std::string& unit, const std::string& target) {
  const std::string wish = target + ".wants/" + unit;
  for (const char* directory :
       {"/etc/systemd/system", "/run/systemd/system", "/run/systemd/generator", "/run/systemd/generator.early",
        "/run/systemd/generator.late", "/usr/lib/systemd/system", "/lib/systemd/system"})
    if (tree.exists(below(directory, wish))) return true;
  return false;
}

}  // namespace guardian::doctor
