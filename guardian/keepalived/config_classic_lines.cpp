// Lines of keepalived up to 1.4.1 (lib/parser.c: read_line, check_include, read_conf_file).
#include "keepalived/config_builder.hpp"
#include "keepalived/config_definitions.hpp"
#include "keepalived/config_line_reader.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

void stripLineEnd(std::string& text) {
  // Two looks, as keepalived does it: at the last byte, then at the one before, whatever the last one was.
  const auto isEnd = [](char c) { return c == '\n' || c == '\r'; };
  const std::size_t length = text.size();
  if (length > 0 && isEnd(text[length - 1])) text.resize(length - 1);
  if (length > 1 && isEnd(text[length - 2])) text.resize(length - 2);
}

}  // namespace

class ClassicLines : public LineReader {
 public:
  explicit ClassicLines(Parser& parser) : LineReader(parser) {}

  void readAll(const std::string& path, const Block& root) override {
    parser_.current_ = &root;
    readFiles(path, "");
  }

  bool next(std::string& line) override {
    do {
      if (!stack_.back()->nextPiece(line)) {
        line.clear();
        return false;
      }
      place(*stack_.back());
      if (stack_.back()->wasCut())
        parser_.report(Severity::Warning,
                       "This line is longer than 1023 bytes; keepalived reads its rest as a line of its own.");
      stripLineEnd(line);
      applyCondition(line, parser_.options_.configId);
      refuseDefinition(line);
    } while (!line.empty() && include(line));
    return true;
  }

 private:
  /// 1.4.0 and 1.4.1 have definitions, with faults of their own (a multi-line one is written to freed memory).
  void refuseDefinition(std::string& line) {
    if (!parser_.grammar().definitions()) return;
    const std::size_t start = line.find_first_not_of(" \t");
    Definitions definitions(parser_.grammar());
    if (start == std::string::npos || definitions.define(line.substr(start)) == nullptr) return;
    parser_.report(Severity::Error, "What this version makes of a definition is not known here; use 1.4.2 or later.");
    parser_.builder_.doubtAll();
    line.clear();
  }

  bool include(const std::string& line) {
    if (line.find("include") == std::string::npos && line.find('"') == std::string::npos) return false;
    const Words words = splitClassic(line);
    if (words.unmatchedQuote && words.empty()) parser_.split(line);  // throws: keepalived crashes here
    if (words.size() != 2 || words[0] != "include") return false;
    if (stack_.size() >= kDeepestInclude)
      throw Refused{"The files include each other in a circle; keepalived has no guard against that."};
    readFiles(words[1], directories_.back());
    place(*stack_.back());
    return true;
  }

  void readFiles(const std::string& pattern, const std::string& directory) {
    for (const std::string& path : matches(pattern, directory)) {
      std::string text;
      if (!open(path, text)) continue;
      ConfigFile file(path, std::move(text));
      stack_.push_back(&file);
      directories_.push_back(path.find('/') == std::string::npos ? directory : file.directory());
      // The included lines meet the keywords of the block in which the include stands, also when it stands
      // inside a list of addresses: there they are tried as keywords, not as addresses.
      parser_.processStream(*parser_.current_, false);
      stack_.pop_back();
      directories_.pop_back();
    }
  }

  std::vector<ConfigFile*> stack_;
  std::vector<std::string> directories_;
};

std::unique_ptr<LineReader> makeClassicLines(Parser& parser) {
  return std::unique_ptr<LineReader>(new ClassicLines(parser));
}

}  // namespace guardian::keepalived
