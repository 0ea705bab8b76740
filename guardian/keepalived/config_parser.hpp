// The block structure of a configuration: which keyword set a line is tried against, where blocks open and
// close, includes. It repeats the steps of keepalived's own parser (lib/parser.c: process_stream and its
// helpers) rather than the grammar its manual describes, because only so do broken files give what
// keepalived makes of them.
//
// Handlers run in the order of the lines, as in keepalived: what a keyword does may depend on an earlier one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "guardian/core/model.hpp"
#include "keepalived/config_grammar.hpp"
#include "keepalived/config_reader.hpp"
#include "keepalived/config_words.hpp"

namespace guardian::keepalived {

class Builder;
struct Block;

struct Keyword {
  using Handler = void (Builder::*)(const Words&);
  std::string name;
  Handler handler = nullptr;
  std::shared_ptr<const Block> block;  ///< the keywords inside its braces; none: no keyword block
  bool active = true;                  ///< false: known, but its block is skipped by counting braces
  void (Builder::*atEnd)() = nullptr;  ///< when its block was closed, not when it was skipped
};

struct Block {
  std::vector<Keyword> keywords;
  const Keyword* find(const std::string& name) const;
};

/// keepalived ends, or dies, while it reads: nothing of the file is in force.
struct Refused {
  std::string text;
};

class LineReader;

class Parser {
 public:
  Parser(const ReadOptions& options, FileSource& files, Builder& builder);
  ~Parser();
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  /// Throws Refused. `skipped`: braces of text that is being skipped already; returns those at the end.
  int parse(const std::string& path, const Block& root, int skipped);

  // For the handlers.
  const Grammar& grammar() const { return grammar_; }
  void valueBlock(const Words& opening, const std::function<void(const Words&)>& item);
  std::vector<std::string> wordBlock(const Words& opening);
  void skipBlock(bool braceSeen);
  void report(core::Problem::Severity severity, const std::string& text);
  /// The word, or the end of keepalived: a keyword that lacks its parameter ends every version.
  const std::string& need(const Words& words, std::size_t index);
  const std::string& file() const;
  int line() const;
  /// Since 2.2.0 the VRRP process reads a copy of the configuration that the parent made.
  bool readsCopy() const { return readsCopy_; }
  void readCopy() { readsCopy_ = true; }
  bool inForeignText() const { return lost_; }  ///< the parser lost its place: see config_parser.cpp

 private:
  friend class LineReader;
  friend class ClassicLines;
  friend class ModernLines;

  bool processStream(const Block& block, bool needBrace);
  bool skips(const Words& words, bool& needBrace, bool& leaves);
  void endsOpen();
  bool opensBlock(const Words& words, bool& needBrace);
  void runKeyword(const Keyword& keyword, Words& words);
  void reportExtraWords(const Words& opening);
  Words split(const std::string& line);
  void classicValueBlock(const std::function<void(const Words&)>& item);
  void modernValueBlock(const Words& opening, const std::function<void(const Words&)>& item);
  std::vector<std::string> classicWordBlock(const Words& opening);
  bool takeElements(const Words& words, std::size_t from, std::vector<std::string>& elements);

  Grammar grammar_;
  const ReadOptions& options_;
  FileSource& files_;
  Builder& builder_;
  std::unique_ptr<LineReader> lines_;
  const Block* current_ = nullptr;
  int level_ = 0;
  int skip_ = 0;  ///< -1: skip if the next line opens a block; n: inside n skipped braces
  bool lost_ = false;
  bool readsCopy_ = false;
  bool inList_ = false;  ///< the lines are items, not keywords; before 2.1.0
  bool closed_ = true;   ///< the block that was read last
};

}  // namespace guardian::keepalived
