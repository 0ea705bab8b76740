#include "keepalived/command_line.hpp"

#include <cctype>

namespace guardian::keepalived {
namespace {

using core::Version;

enum class Takes { Nothing, Value, OptionalValue };

struct Option {
  char letter;  ///< 0: long form only
  const char* name;
  Takes takes;
  Version since;
};

// The options of keepalived 1.3.9 to 2.4 (core/main.c, parse_cmdline). Letters that changed their meaning do
// not exist.
const Option kOptions[] = {
    {'f', "use-file", Takes::Value, {1, 3, 0}},
    {'S', "log-facility", Takes::Value, {1, 3, 0}},
    {'g', "log-file", Takes::OptionalValue, {2, 0, 0}},
    {0, "flush-log-file", Takes::Nothing, {2, 0, 0}},
    {'G', "no-syslog", Takes::Nothing, {2, 0, 0}},
    {'l', "log-console", Takes::Nothing, {1, 3, 0}},
    {'u', "umask", Takes::Value, {2, 0, 9}},
    {'n', "dont-fork", Takes::Nothing, {1, 3, 0}},
    {'d', "dump-conf", Takes::Nothing, {1, 3, 0}},
    {'D', "log-detail", Takes::Nothing, {1, 3, 0}},
    {'P', "vrrp", Takes::Nothing, {1, 3, 0}},
    {'C', "check", Takes::Nothing, {1, 3, 0}},
    {'B', "no_bfd", Takes::Nothing, {2, 0, 0}},
    {0, "all", Takes::Nothing, {2, 0, 0}},
    {'p', "pid", Takes::Value, {1, 3, 0}},
    {'r', "vrrp_pid", Takes::Value, {1, 3, 0}},
    {'c', "checkers_pid", Takes::Value, {1, 3, 0}},
    {'a', "address-monitoring", Takes::Nothing, {1, 3, 0}},
    {'b', "bfd_pid", Takes::Value, {2, 0, 0}},
    {'s', "namespace", Takes::Value, {1, 3, 0}},
    {'x', "snmp", Takes::Nothing, {1, 3, 0}},
    {'A', "snmp-agent-socket", Takes::Value, {1, 3, 0}},
    {'i', "config-id", Takes::Value, {1, 3, 0}},
    {'V', "dont-release-vrrp", Takes::Nothing, {1, 3, 0}},
    {'I', "dont-release-ipvs", Takes::Nothing, {1, 3, 0}},
    {'R', "dont-respawn", Takes::Nothing, {1, 3, 0}},
    {'X', "release-vips", Takes::Nothing, {1, 3, 0}},
    {'m', "core-dump", Takes::Nothing, {1, 3, 0}},
    {'M', "core-dump-pattern", Takes::OptionalValue, {1, 3, 0}},
    {0, "signum", Takes::Value, {1, 3, 9}},
    {'t', "config-test", Takes::OptionalValue, {2, 0, 4}},
    {0, "config-fd", Takes::Value, {2, 2, 0}},
    {'e', "all-config", Takes::Nothing, {2, 2, 0}},
    {'v', "version", Takes::Nothing, {1, 3, 0}},
    {'h', "help", Takes::Nothing, {1, 3, 0}},
};

class Scanner {
 public:
  Scanner(const std::vector<std::string>& arguments, const Version& version)
      : arguments_(arguments), version_(version) {}

  CommandLine scan() {
    for (; at_ < arguments_.size(); ++at_) {
      const std::string& argument = arguments_[at_];
      if (argument == "--") {
        for (++at_; at_ < arguments_.size(); ++at_) line_.unknown.push_back(arguments_[at_]);
        break;
      }
      if (argument.size() > 2 && argument.compare(0, 2, "--") == 0) {
        scanLong(argument.substr(2));
      } else if (argument.size() > 1 && argument[0] == '-') {
        scanLetters(argument);
      } else {
        line_.unknown.push_back(argument);  // keepalived says "Unexpected argument(s)" and goes on
      }
    }
    return line_;
  }

 private:
  bool exists(const Option& option) const { return !(version_ < option.since); }

  void scanLong(const std::string& text) {
    const std::size_t equals = text.find('=');
    const std::string name = text.substr(0, equals);
    const Option* match = nullptr;
    int matches = 0;
    for (const Option& option : kOptions) {
      if (!exists(option) || std::string(option.name).compare(0, name.size(), name) != 0) continue;
      match = &option;
      ++matches;
      if (name == option.name) {
        matches = 1;
        break;
      }
    }
    if (matches != 1) {
      line_.unknown.push_back("--" + text);
      return;
    }
    std::string value;
    if (equals != std::string::npos) value = text.substr(equals + 1);
    if (equals == std::string::npos && match->takes == Takes::Value && at_ + 1 < arguments_.size())
      value = arguments_[++at_];
    apply(*match, value);
  }

  void scanLetters(const std::string& argument) {
    for (std::size_t i = 1; i < argument.size(); ++i) {
      const Option* option = byLetter(argument[i]);
      if (option == nullptr) {
        line_.unknown.push_back(std::string("-") + argument[i]);
        continue;
      }
      if (option->takes == Takes::Nothing) {
        apply(*option, "");
        continue;
      }
      std::string value = argument.substr(i + 1);
      if (value.empty() && option->takes == Takes::Value && at_ + 1 < arguments_.size()) value = arguments_[++at_];
      apply(*option, value);
      return;
    }
  }

  const Option* byLetter(char letter) const {
    for (const Option& option : kOptions) {
      if (option.letter == letter && exists(option)) return &option;
    }
    return nullptr;
  }

  void apply(const Option& option, const std::string& value) {
    switch (option.letter) {
      case 'f': line_.configFile = value; break;
      case 'i': line_.configId = value; break;
      case 'p': line_.parentPidFile = value; break;
      case 'r': line_.vrrpPidFile = value; break;
      case 's': line_.netNamespace = value; break;
      // In 1.3.9 the last of -P and -C wins; later -C switches VRRP off and -P only the checkers.
      case 'P': line_.vrrpRuns = line_.vrrpRuns || version_ < Version{2, 0, 0}; break;
      case 'C': line_.vrrpRuns = false; break;
      case 'V': line_.dontReleaseVips = true; break;
      case 'n': line_.dontFork = true; break;
      default: break;
    }
    if (std::string(option.name) == "all") line_.vrrpRuns = true;
  }

  const std::vector<std::string>& arguments_;
  const Version& version_;
  CommandLine line_;
  std::size_t at_ = 0;
};

bool isBlank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// Splits as a shell does an unquoted variable made of quoted text: quotes group, a backslash escapes.
std::vector<std::string> splitWords(std::string_view text) {
  std::vector<std::string> words;
  std::string word;
  bool inWord = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quote == 0 && isBlank(c)) {
      if (inWord) words.push_back(word);
      word.clear();
      inWord = false;
      continue;
    }
    inWord = true;
    if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (quote != 0 && c == quote) {
      quote = 0;
    } else if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
    } else {
      word += c;
    }
  }
  if (inWord) words.push_back(word);
  return words;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

bool readNumber(std::string_view text, std::size_t& at, int& number) {
  const std::size_t start = at;
  number = 0;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0 && at - start < 4)
    number = number * 10 + (text[at++] - '0');
  return at > start;
}

}  // namespace

CommandLine readCommandLine(const std::vector<std::string>& arguments, const Version& version) {
  return Scanner(arguments, version).scan();
}

std::vector<std::string> readDefaultsFile(std::string_view text) {
  std::vector<std::string> result;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    while (!line.empty() && isBlank(line.front())) line.remove_prefix(1);
    for (const std::string_view name : {"DAEMON_ARGS=", "KEEPALIVED_OPTIONS="}) {
      if (line.substr(0, name.size()) != name) continue;
      // The value is quoted as a whole; its words are split when it is put on the command line.
      result = splitWords(joined(splitWords(line.substr(name.size()))));
    }
  }
  return result;
}

std::optional<Version> parseVersion(std::string_view text) {
  Version version;
  std::size_t at = 0;
  if (!readNumber(text, at, version.major) || at >= text.size() || text[at++] != '.') return std::nullopt;
  if (!readNumber(text, at, version.minor)) return std::nullopt;
  if (at < text.size() && text[at] == '.' && (++at, !readNumber(text, at, version.patch))) return std::nullopt;
  return at == text.size() ? std::optional<Version>(version) : std::nullopt;
}

std::optional<Version> readVersion(std::string_view text) {
  constexpr std::string_view kBefore = "Keepalived v";
  const std::size_t start = text.find(kBefore);
  if (start == std::string_view::npos) return std::nullopt;
  std::string_view rest = text.substr(start + kBefore.size());
  std::size_t length = 0;
  while (length < rest.size() && (std::isdigit(static_cast<unsigned char>(rest[length])) != 0 || rest[length] == '.'))
    ++length;
  return parseVersion(rest.substr(0, length));
}

}  // namespace guardian::keepalived
