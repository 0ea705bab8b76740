// Lines of keepalived since 1.4.2 (lib/parser.c: read_line, decomment, check_include).
#include <deque>

#include "keepalived/config_builder.hpp"
#include "keepalived/config_definitions.hpp"
#include "keepalived/config_line_reader.hpp"
#include "keepalived/config_sequences.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

bool isBlank(char c) { return c == ' ' || c == '\t'; }

void trimEnd(std::string& text) {
  while (!text.empty() && isBlank(text.back())) text.pop_back();
}

void trimStart(std::string& text) {
  const std::size_t start = text.find_first_not_of(" \t");
  text.erase(0, start == std::string::npos ? text.size() : start);
}

/// Takes comments and outer blanks off a line and resolves `\#` and `\!`; a `\` at the end stays there.
void decomment(std::string& text, bool& openQuote) {
  trimStart(text);
  bool quote = false;
  bool continues = false;
  std::size_t comment = std::string::npos;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '"') {
      if (comment == std::string::npos) quote = !quote;
    } else if (c == '\\') {
      if (at + 1 == text.size()) {
        text.pop_back();
        continues = true;
        break;
      }
      if (!quote && (text[at + 1] == '#' || text[at + 1] == '!')) {
        text.erase(at, 1);
        if (comment != std::string::npos && comment > at) --comment;
      } else {
        ++at;
      }
    } else if ((c == '!' || c == '#') && !quote && comment == std::string::npos) {
      comment = at;
    }
  }
  openQuote = quote;
  if (comment != std::string::npos) text.resize(comment);
  trimEnd(text);
  if (continues) text += '\\';
}

}  // namespace

class ModernLines : public LineReader {
 public:
  explicit ModernLines(Parser& parser) : LineReader(parser), definitions_(parser.grammar()) {}

  void readAll(const std::string& path, const Block& root) override {
    parser_.current_ = &root;
    if (stacked()) {
      if (pushStacked(path, "")) parser_.processStream(root, false);
    } else {
      readRecursively(path, "");
    }
  }

  bool next(std::string& line) override {
    do {
      if (!nextText(line)) return false;
      if (line.empty()) continue;
      if (continuesDefinition(line)) {
        line.clear();
        continue;
      }
      interpret(line);
    } while (line.empty() || include(line));
    splitBraces(line);
    return true;
  }

 private:
  struct Source {
    std::unique_ptr<ConfigFile> file;
    std::string directory;
    std::string outer;                ///< the directory from before this file
    std::deque<std::string> waiting;  ///< other files of the same pattern, when stacked
  };

  bool stacked() const { return parser_.grammar().includesAnywhere(); }

  /// One line from what was split off, from a sequence, from a definition, or from the file.
  bool nextText(std::string& line) {
    if (!residue_.empty()) {
      line = residue_.front();
      residue_.pop_front();
      return true;
    }
    if (sequences_.active(expansion_.empty() ? 0 : sequenceDepth_)) {
      line = sequences_.next(definitions_);
      if (++produced_ > kMostProduced) throw Refused{"A sequence makes more lines than keepalived could ever use."};
      return true;
    }
    if (!expansion_.empty()) {
      line = expansion_.front();
      expansion_.pop_front();
      if (++produced_ > kMostProduced) throw Refused{"A definition makes more lines than keepalived could ever use."};
      return true;
    }
    return nextRaw(line);
  }

  /// Since 2.4.0 what does not fit the buffer is ignored, and so is a line with a zero byte.
  bool dropped(const ConfigFile& file) {
    if (!parser_.grammar().since(2, 4, 0) || !(file.filledBuffer() || file.hadZero())) return false;
    parser_.report(Severity::Error,
                   file.hadZero() ? "This line has a zero byte in it; keepalived ignores it."
                                  : "This line is longer than 1022 bytes; keepalived ignores the first 1023 of them, "
                                    "and reads its rest as a line of its own.");
    return true;
  }

  bool nextRaw(std::string& line) {
    for (;;) {
      if (sources_.empty()) return false;
      if (!sources_.back().file->nextPiece(line)) {
        if (!stacked()) return false;
        popStacked();
        continue;
      }
      place(*sources_.back().file);
      if (dropped(*sources_.back().file)) continue;
      if (sources_.back().file->wasCut())
        parser_.report(Severity::Warning,
                       "This line is longer than 1023 bytes; keepalived reads its rest as a line of its own.");
      while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.pop_back();
      if (line.empty()) {
        if (defining_ != nullptr) finishDefinition();
        continue;
      }
      if (!parser_.grammar().decomments()) return true;
      bool openQuote = false;
      decomment(line, openQuote);
      // Since 2.2.0 the VRRP process reads the parent's copy, from which comments were taken once before:
      // an escaped `\\#` is a plain `#` there.
      if (parser_.grammar().since(2, 2, 0) && parser_.readsCopy()) decomment(line, openQuote);
      rawIsInclude_ = isInclude(line);
      if (!line.empty()) return true;
    }
  }

  bool continuesDefinition(std::string& line) {
    if (defining_ == nullptr) return false;
    if (!parser_.grammar().decomments()) trimStart(line);
    const bool more = !line.empty() && line.back() == '\\';
    if (more) line.pop_back();
    trimEnd(line);
    if (!line.empty()) defining_->text += line + (more ? "\n" : "");
    if (!more) finishDefinition();
    return true;
  }

  void finishDefinition() {
    if (defining_->text.empty()) defining_->multiline = false;
    if (!defining_->text.empty() && defining_->text.back() == '\n') defining_->text.pop_back();
    defining_ = nullptr;
  }

  /// Conditions, definitions, sequences and replacements, as often as they bring up each other.
  void interpret(std::string& line) {
    for (int round = 0; round < kMostRounds; ++round) {
      if (!parser_.grammar().decomments()) trimStart(line);
      if (!line.empty() && line[0] == '@') {
        applyCondition(line, parser_.options_.configId);
        trimStart(line);
        if (line.empty()) return;
      }
      if (Definitions::Value* value = definitions_.define(line)) {
        defining_ = value->multiline ? value : nullptr;
        line.clear();
        return;
      }
      if (startsSequence(line)) {
        if (parser_.inList_) return refuseSequence();
        addSequence(line);
        line.clear();
        return;
      }
      if (!line.empty() && line[0] == '~') return;
      if (!replace(line)) return;
    }
    throw Refused{"The definitions on this line name each other in a circle; keepalived hangs."};
  }

  bool startsSequence(const std::string& line) const {
    const std::string start = line.substr(0, 4);
    return (start == "~SEQ" && parser_.grammar().sequences()) || (start == "~LST" && parser_.grammar().lists());
  }

  /// Before 2.1.0 sequences are for keywords only: an item with one falls apart at its braces.
  void refuseSequence() {
    parser_.report(Severity::Error,
                   "This version has no sequences in a list; what it makes of this line is not known.");
    parser_.builder_.doubtAll();
  }

  void addSequence(const std::string& line) {
    const std::string directory = sources_.empty() ? "" : sources_.back().directory;
    if (!sequences_.add(line, definitions_, directory, instanceName()))
      parser_.report(Severity::Warning, "keepalived does not understand this sequence and ignores the line.");
  }

  /// True: look at the line once more.
  bool replace(std::string& line) {
    if (line.find('$') == std::string::npos) return false;
    const std::string directory = sources_.empty() ? "" : sources_.back().directory;
    const Definitions::Replacement done = definitions_.replace(line, directory, instanceName());
    if (done.hangs) throw Refused{"A definition on this line names itself; keepalived hangs."};
    if (done.endless) throw Refused{"The definitions bring up more of each other than keepalived could ever work off."};
    if (done.uncertain) {
      parser_.report(Severity::Error, "What stands here is chosen when keepalived starts; it cannot be known.");
      parser_.lost_ = true;
    }
    if (!done.more.empty()) {
      sequenceDepth_ = sequences_.size();
      expansion_.insert(expansion_.begin(), done.more.begin(), done.more.end());
    }
    if (!done.changed) return false;
    // A line that becomes a condition corrupts keepalived's memory (2.2.7 dies of it).
    if (!line.empty() &&
        line[line.find_first_not_of(" \t") == std::string::npos ? 0 : line.find_first_not_of(" \t")] == '@') {
      parser_.report(Severity::Error, "A definition brings a condition; what keepalived makes of it is not certain.");
      parser_.builder_.doubtAll();
    }
    if (parser_.grammar().decomments()) {
      bool openQuote = false;
      decomment(line, openQuote);
    }
    return !line.empty() && (line[0] == '@' || line.find('$') != std::string::npos);
  }

  /// keepalived puts the configuration id behind $_INSTANCE, not what `instance` says.
  std::string instanceName() const { return parser_.options_.configId; }

  /// Since 2.2.0 the pattern is everything behind `include`, before it is the second of two words.
  bool include(const std::string& line) {
    if (line.compare(0, 7, "include") != 0) return false;
    std::string pattern;
    if (parser_.grammar().includesRestOfLine()) {
      if (!isInclude(line)) return false;
      pattern = line.substr(isSpace(line[7]) ? 7 : 8);
      while (!pattern.empty() && isSpace(pattern.front())) pattern.erase(0, 1);
    } else {
      const Words words = parser_.grammar().decomments() ? splitModern(line) : splitClassic(line);
      if (words.size() != 2 || words[0] != "include") return false;
      pattern = words[1];
    }
    if (sources_.size() >= kDeepestInclude)
      throw Refused{"The files include each other in a circle; keepalived has no guard against that."};
    const std::string directory = sources_.empty() ? "" : sources_.back().directory;
    if (stacked()) {
      pushStacked(pattern, directory);
      // The parent's copy holds the included lines, and a line that is an include only once its condition or
      // definition is resolved: the VRRP process follows it and then reads the copied lines as well.
      if (parser_.grammar().since(2, 2, 0) && parser_.readsCopy() && !rawIsInclude_) pushStacked(pattern, directory);
    } else {
      readRecursively(pattern, directory);
    }
    if (!sources_.empty()) place(*sources_.back().file);
    return true;
  }

  bool isInclude(const std::string& line) const {
    if (line.compare(0, 7, "include") != 0 || line.size() < 8) return false;
    if (isSpace(line[7])) return true;
    const bool variant = parser_.grammar().includeVariants() && std::string("rmwba").find(line[7]) != std::string::npos;
    return variant && line.size() > 8 && isSpace(line[8]);
  }

  bool openNext(Source& source) {
    while (!source.waiting.empty()) {
      const std::string path = source.waiting.front();
      source.waiting.pop_front();
      std::string text;
      if (!open(path, text)) continue;
      source.file = std::make_unique<ConfigFile>(path, std::move(text));
      source.directory = path.find('/') == std::string::npos ? source.outer : source.file->directory();
      return true;
    }
    return false;
  }

  bool pushStacked(const std::string& pattern, const std::string& directory) {
    Source source;
    source.outer = directory;
    const std::vector<std::string> paths = matches(pattern, directory);
    source.waiting.assign(paths.begin(), paths.end());
    if (!openNext(source)) return false;
    sources_.push_back(std::move(source));
    return true;
  }

  void popStacked() {
    if (!openNext(sources_.back())) sources_.pop_back();
  }

  void readRecursively(const std::string& pattern, const std::string& directory) {
    for (const std::string& path : matches(pattern, directory)) {
      Source source;
      source.outer = directory;
      source.waiting.push_back(path);
      if (!openNext(source)) continue;
      sources_.push_back(std::move(source));
      parser_.processStream(*parser_.current_, false);
      sources_.pop_back();
    }
  }

  /// A brace ends the line before it and, at the start of a line, is one of its own.
  void splitBraces(std::string& line) {
    const bool comments = !parser_.grammar().decomments();
    if (comments) trimStart(line);
    std::size_t at = 0;
    if (line[0] != '{' && line[0] != '}') {
      for (; at < line.size() && line[at] != '{' && line[at] != '}'; ++at) {
        if (comments && (line[at] == '!' || line[at] == '#')) {
          at = line.size();
          break;
        }
        if (line[at] != '"') continue;
        at = line.find('"', at + 1);
        if (at == std::string::npos) break;
      }
    }
    if (at != std::string::npos && at < line.size()) {
      const std::size_t skip = at == 0 ? line.find_first_not_of(" \t", 1) : at;
      if (skip != std::string::npos && !(comments && (line[skip] == '#' || line[skip] == '!'))) {
        std::string rest = line.substr(skip);
        trimEnd(rest);
        residue_.push_front(std::move(rest));
        line.resize(skip);
      }
    }
    trimEnd(line);
  }

  static constexpr int kMostRounds = 1000;
  static constexpr std::size_t kMostProduced = 2000000;

  bool rawIsInclude_ = false;
  Definitions definitions_;
  Sequences sequences_;
  std::vector<Source> sources_;
  std::deque<std::string> residue_;
  std::deque<std::string> expansion_;
  std::size_t sequenceDepth_ = 0;
  std::size_t produced_ = 0;
  Definitions::Value* defining_ = nullptr;
};

std::unique_ptr<LineReader> makeModernLines(Parser& parser) {
  return std::unique_ptr<LineReader>(new ModernLines(parser));
}

}  // namespace guardian::keepalived
