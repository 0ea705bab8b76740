// Files as systemd writes them: sections, `key=value`, drop-ins.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "doctor/tree.hpp"

namespace guardian::doctor {

struct Assignment {
  std::string section;
  std::string key;
  std::string value;
};

class Ini {
 public:
  /// Behind what is there already, as a drop-in's lines are.
  void add(std::string_view text);

  /// The last one counts.
  std::optional<std::string> last(std::string_view section, std::string_view key) const;
  /// Of a list: all since an empty one, which resets it.
  std::vector<std::string> all(std::string_view section, std::string_view key) const;
  const std::vector<Assignment>& assignments() const { return assignments_; }

 private:
  std::vector<Assignment> assignments_;
};

/// Whether a boolean of systemd's is meant; false for anything else.
bool isYes(const std::string& value);
std::vector<std::string> wordsOf(std::string_view text);

/// Adds the drop-ins of `name` below these directories (the first has precedence) in the order of their names.
void addDropIns(Tree& tree, const std::vector<std::string>& directories, const std::string& name, Ini& ini);

/// A unit's file with its drop-ins; nullopt: there is none, or it is masked.
std::optional<Ini> readUnit(Tree& tree, const std::string& unit);

/// Whether systemd starts a unit for the sake of a target.
bool isWantedBy(const Tree& tree, const std::string& unit, const std::string& target);

}  // namespace guardian::doctor
