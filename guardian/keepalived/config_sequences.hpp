// ~SEQ and ~LST: one line that becomes several. Pure.
#pragma once

#include <string>
#include <vector>

#include "keepalived/config_definitions.hpp"

namespace guardian::keepalived {

class Sequences {
 public:
  /// `line` starts with ~SEQ or ~LST. False: keepalived takes it for malformed and ignores it.
  bool add(const std::string& line, Definitions& definitions, const std::string& directory,
           const std::string& instance);

  std::size_t size() const { return running_.size(); }
  /// Whether one has lines left that was begun above `depth` others.
  bool active(std::size_t depth) const { return running_.size() > depth; }
  /// The next line of the innermost one; sets its variables.
  std::string next(Definitions& definitions);

 private:
  struct Running {
    std::vector<std::string> variables;
    std::vector<std::vector<std::string>> values;  ///< of a list
    std::size_t index = 0;
    long at = 0, step = 1, last = 0;  ///< of a sequence
    bool hexadecimal = false;
    bool isList = false;
    std::string text;
  };
  bool addSequence(const std::string& line, Definitions& definitions, const std::string& directory,
                   const std::string& instance);
  bool addList(const std::string& line);
  static bool readNumbers(const std::string& text, Running& sequence);

  std::vector<Running> running_;
};

}  // namespace guardian::keepalived
