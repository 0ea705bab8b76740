#include "keepalived/config_parser.hpp"

#include <utility>

#include "keepalived/config_builder.hpp"
#include "keepalived/config_line_reader.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

const std::string kOpen = "{";
const std::string kClose = "}";

}  // namespace

const Keyword* Block::find(const std::string& name) const {
  for (const Keyword& keyword : keywords) {
    if (keyword.name == name) return &keyword;
  }
  return nullptr;
}

Parser::Parser(const ReadOptions& options, FileSource& files, Builder& builder)
    : grammar_(options.version), options_(options), files_(files), builder_(builder) {
  lines_ = grammar_.splitsBraces() ? makeModernLines(*this) : makeClassicLines(*this);
}

Parser::~Parser() = default;

int Parser::parse(const std::string& path, const Block& root, int skipped) {
  skip_ = skipped;
  lines_->readAll(path, root);
  return skip_;
}

const std::string& Parser::file() const { return lines_->file(); }

int Parser::line() const { return lines_->line(); }

void Parser::report(Severity severity, const std::string& text) {
  builder_.addProblem(severity, lines_->file(), lines_->line(), text);
}

const std::string& Parser::need(const Words& words, std::size_t index) {
  if (words.has(index)) return words[index];
  throw Refused{"'" + words[0] + "' lacks its parameter; keepalived ends with a configuration error."};
}

Words Parser::split(const std::string& line) {
  Words words = grammar_.decomments() ? splitModern(line) : splitClassic(line);
  if (!words.unmatchedQuote) return words;
  // Up to 1.4.1 the empty vector that is left of such a line is dereferenced.
  if (words.empty() && !grammar_.splitsBraces())
    throw Refused{"The line starts with a quote that is never closed; keepalived crashes on it."};
  report(Severity::Warning, "A quote is never closed; keepalived drops the line from there on.");
  return words;
}

void Parser::skipBlock(bool braceSeen) {
  // 1.3.9 always supposes that the opening brace has been read.
  skip_ = braceSeen || !grammar_.leavesSkippedBlocks() ? 1 : -1;
  if (!grammar_.leavesSkippedBlocks()) lost_ = true;
}

/// Whether this line belongs to text that is being skipped.
bool Parser::skips(const Words& words, bool& needBrace, bool& leaves) {
  leaves = false;
  if (skip_ == -1) {
    if (words[0] == kOpen) {
      skip_ = 1;
      if (grammar_.leavesSkippedBlocks()) needBrace = false;
      return true;
    }
    skip_ = 0;  // the skipped keyword has no block
  }
  if (skip_ == 0) return false;
  for (const std::string& word : words.words) {
    if (word == kOpen) ++skip_;
    if (word == kClose && --skip_ == 0) {
      // Later versions leave the level of the skipped block here. 1.3.9 stays in it and tries what follows,
      // other instances included, as part of the wrong instance.
      leaves = grammar_.leavesSkippedBlocks() && level_ > 0;
      break;
    }
  }
  return true;
}

/// Deals with the opening brace that may or must come first; true when the line is used up by it.
bool Parser::opensBlock(const Words& words, bool& needBrace) {
  const bool isOpen = words[0] == kOpen;
  if (needBrace) {
    needBrace = false;
    if (isOpen && level_ > 0) return true;
    report(Severity::Warning, "A '{' is missing before this line; keepalived reads on as if it were there.");
    return false;
  }
  if (!isOpen) return false;
  report(Severity::Warning, "Nothing here takes a '{'; keepalived ignores this line.");
  return true;
}

bool Parser::processStream(const Block& block, bool needBrace) {
  const Block* const previous = current_;
  current_ = &block;
  std::string line;
  bool left = false;
  bool closed = false;
  while (lines_->next(line)) {
    Words words = split(line);
    if (words.empty()) continue;
    if (skips(words, needBrace, left)) {
      if (left) break;
      continue;
    }
    if (opensBlock(words, needBrace)) continue;
    closed = words[0] == kClose && level_ > 0;
    if (closed) break;
    if (const Keyword* keyword = block.find(words[0])) {
      runKeyword(*keyword, words);
    } else {
      builder_.unknownKeyword(words, level_ > 0);
    }
  }
  current_ = previous;
  closed_ = closed || left;
  return left;
}

/// keepalived makes do with what it has read. 2.1.5 was seen to die of it, at some files again and again.
void Parser::endsOpen() {
  const bool dies = grammar_.since(2, 1, 0) && !grammar_.since(2, 2, 0);
  report(dies ? Severity::Error : Severity::Warning,
         std::string("The file ends in the midst of a block; ") +
             (dies ? "this keepalived may crash over that." : "keepalived takes it as if it were closed here."));
  if (dies) builder_.doubtAll();
  closed_ = true;  // it is said once, not for each block around it
}

void Parser::runKeyword(const Keyword& keyword, Words& words) {
  if (!keyword.active) skip_ = words.back() == kOpen ? 1 : -1;
  bool braceNeeded = false;
  if (keyword.block != nullptr) {
    braceNeeded = words.back() != kOpen;
    if (!braceNeeded) words.words.pop_back();
  }
  builder_.braceSeen = !braceNeeded;
  if (keyword.handler != nullptr) (builder_.*keyword.handler)(words);
  if (keyword.block == nullptr) return;
  ++level_;
  const bool skipped = processStream(*keyword.block, braceNeeded);
  if (!closed_) endsOpen();
  --level_;
  if (!skipped && keyword.atEnd != nullptr) (builder_.*keyword.atEnd)();
}

void Parser::reportExtraWords(const Words& opening) {
  if (opening.size() < 2 || (opening.size() == 2 && opening[1] == kOpen)) return;
  report(Severity::Error, "keepalived ignores everything behind '" + opening[0] +
                              "' on this line and takes the following lines, up to one that starts with '}', as its "
                              "items.");
}

void Parser::valueBlock(const Words& opening, const std::function<void(const Words&)>& item) {
  if (grammar_.itemsOnKeywordLine()) {
    modernValueBlock(opening, item);
    return;
  }
  if (!grammar_.splitsBraces()) reportExtraWords(opening);
  classicValueBlock(item);
}

void Parser::classicValueBlock(const std::function<void(const Words&)>& item) {
  bool needBrace = grammar_.splitsBraces();
  std::string line;
  inList_ = true;
  while (lines_->next(line)) {
    const Words words = split(line);
    if (words.empty()) continue;
    if (std::exchange(needBrace, false)) {
      if (words[0] == kOpen) continue;
      report(Severity::Warning, "A '{' is missing before this line; keepalived reads on as if it were there.");
    }
    if (words[0] == kClose) break;
    item(words);
  }
  inList_ = false;
}

void Parser::modernValueBlock(const Words& opening, const std::function<void(const Words&)>& item) {
  bool needBrace = true;
  if (opening.size() > 1) {
    if (opening[1] == kOpen) {
      needBrace = false;
    } else {
      report(Severity::Warning, "keepalived ignores the words behind '" + opening[0] + "' on this line.");
    }
  }
  std::string line;
  while (lines_->next(line)) {
    Words words = split(line);
    if (words.empty()) continue;
    if (needBrace) {
      needBrace = false;
      if (words[0] == kOpen) {
        words.words.erase(words.words.begin());
        if (words.empty()) continue;
      } else {
        report(Severity::Warning, "A '{' is missing before this line; keepalived reads on as if it were there.");
      }
    }
    const bool ends = words.back() == kClose;
    if (ends) words.words.pop_back();
    if (!words.empty()) item(words);
    if (ends) return;
  }
}

std::vector<std::string> Parser::wordBlock(const Words& opening) {
  if (!grammar_.itemsOnKeywordLine()) return classicWordBlock(opening);
  std::vector<std::string> elements;
  modernValueBlock(
      opening, [&](const Words& words) { elements.insert(elements.end(), words.words.begin(), words.words.end()); });
  return elements;
}

/// Adds the words up to a `}`; true when that was there.
bool Parser::takeElements(const Words& words, std::size_t from, std::vector<std::string>& elements) {
  for (std::size_t i = from; i < words.size(); ++i) {
    if (words[i] == kClose) return true;
    elements.push_back(words[i]);
  }
  return false;
}

std::vector<std::string> Parser::classicWordBlock(const Words& opening) {
  std::vector<std::string> elements;
  bool needBrace = true;
  Words words = opening;
  std::size_t from = opening.size() > 1 ? 1 : 0;
  std::string line;
  bool first = from == 1;
  while (first || lines_->next(line)) {
    if (!first) {
      words = split(line);
      from = 0;
    }
    first = false;
    if (words.empty()) continue;
    if (needBrace && words[from] == kOpen) {
      ++from;
    } else if (needBrace) {
      report(Severity::Warning, "'" + opening[0] + "' lacks its '{'; keepalived reads on as if it were there.");
    }
    needBrace = false;
    if (takeElements(words, from, elements)) break;
  }
  return elements;
}

}  // namespace guardian::keepalived
