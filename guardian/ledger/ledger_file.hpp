// The ledger on disk: a log of notes in the runtime directory, so that it outlives us but not the boot.
//
// Each note is one line in one write, before the order that it speaks of; a line that a crash cut off is passed
// over. The file is written anew when it has grown far beyond what it says.
#pragma once

#include <string>
#include <string_view>

#include "guardian/core/ledger.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::ledger {

/// Pure: what a file's text says; lines that make no sense say nothing.
core::Ledger parse(std::string_view text);
/// Pure: the line of one note, with its end.
std::string line(const core::LedgerNote& note);
std::string line(const core::RouteNote& note);
/// Pure: the shortest text that says the same.
std::string text(const core::Ledger& ledger);

class LedgerFile {
 public:
  explicit LedgerFile(std::string path = "/run/vip-guardian/ledger");

  /// Reads what a former life left and goes on with it. A missing file is an empty ledger; only root's own is read.
  Result<Done> open();
  /// What it says, whether or not that could be written.
  const core::Ledger& kept() const { return ledger_; }
  Result<Done> write(const core::LedgerNote& note);
  Result<Done> write(const core::RouteNote& note);

 private:
  Result<Done> append(const std::string& text, bool addition);
  Result<Done> rewrite();

  std::string path_;
  Fd file_;
  core::Ledger ledger_;
  std::size_t lines_ = 0;
  bool read_ = false;
  bool behind_ = false;  ///< the file lacks something, or ends in half a line
};

}  // namespace guardian::ledger
