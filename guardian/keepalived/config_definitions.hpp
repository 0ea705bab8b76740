// $NAME=value and its use: what a line becomes once its definitions are replaced. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "keepalived/config_grammar.hpp"

namespace guardian::keepalived {

class Definitions {
 public:
  explicit Definitions(const Grammar& grammar);

  struct Value {
    std::string text;  ///< lines of a multi-line definition are separated by '\n'
    bool multiline = false;
  };

  /// The definition that `line` makes, if it is one: `$NAME=value`, where a `\` at the end announces more
  /// lines. The value stands in the table afterwards; the pointer is for adding those lines.
  Value* define(const std::string& line);
  void set(const std::string& name, const std::string& value);

  struct Replacement {
    bool changed = false;
    bool hangs = false;             ///< keepalived would replace for ever
    bool endless = false;           ///< more, in the whole file, than anybody could wait for
    bool uncertain = false;         ///< random, or from keepalived's environment
    std::vector<std::string> more;  ///< further lines, of a multi-line definition
  };
  /// Replaces every `$NAME` and `${NAME}` in `line`. `directory` and `instance` stand behind $_PWD, $_INSTANCE.
  Replacement replace(std::string& line, const std::string& directory, const std::string& instance);

 private:
  struct Use {
    std::size_t length = 0;  ///< of `$NAME` or `${NAME}`, the dollar included
    Value value;
    bool uncertain = false;
  };
  std::optional<Use> useAt(const std::string& line, std::size_t dollar, const std::string& directory,
                           const std::string& instance) const;
  std::optional<Value> find(const std::string& name, const std::string& directory, const std::string& instance) const;

  const Grammar& grammar_;
  std::map<std::string, Value> values_;
  std::size_t looks_ = 0;  ///< at a `$`
};

}  // namespace guardian::keepalived
