// The words behind a command, one after the other: options, options with a value, and plain words.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace guardian::cli {

class Arguments {
 public:
  /// The first one is the command itself.
  Arguments(int argc, char** argv) : argc_(argc), argv_(argv) {}

  /// On to the next one. False: that was all.
  bool next() {
    if (++at_ >= argc_) return false;
    word_ = argv_[at_];
    return true;
  }
  bool is(std::string_view option, std::string_view letter = {}) const {
    return word_ == option || (!letter.empty() && word_ == letter);
  }
  /// "--name VALUE" or "--name=VALUE", of one of these. Nullopt: it is none of them, or the value is missing.
  std::optional<std::string> valueOf(std::initializer_list<std::string_view> options) {
    const std::size_t equals = word_.find('=');
    const std::string_view name = std::string_view(word_).substr(0, equals);
    if (std::find(options.begin(), options.end(), name) == options.end()) return std::nullopt;
    option_ = name;
    if (equals != std::string::npos) return word_.substr(equals + 1);
    if (at_ + 1 >= argc_) return std::nullopt;
    return argv_[++at_];
  }
  /// Whose value that was.
  const std::string& option() const { return option_; }
  bool isPlain() const { return !word_.empty() && word_[0] != '-'; }
  const std::string& text() const { return word_; }

  std::string unexpected() const { return "unexpected \"" + word_ + '"'; }
  std::string refused(const std::string& value) const { return option_ + " does not take \"" + value + '"'; }

 private:
  int argc_;
  char** argv_;
  int at_ = 0;
  std::string word_;
  std::string option_;
};

}  // namespace guardian::cli
