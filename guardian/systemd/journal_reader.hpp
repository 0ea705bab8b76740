// The journal as it is read back: entries of certain kinds, in the order of their time.
#pragma once

#include <systemd/sd-journal.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::systemd {

struct JournalEntry {
  std::int64_t date = 0;  ///< microseconds since 1970
  std::multimap<std::string, std::string> fields;

  /// The first value; empty: there is none.
  std::string first(const std::string& name) const;
  std::vector<std::string> all(const std::string& name) const;
};

class JournalReader {
 public:
  /// This host's journal, or the files of one directory.
  static Result<JournalReader> open(const std::string& directory);

  /// Whether there is any file that we may read.
  bool readsAnything() const;

  /// Only root's entries with one of these MESSAGE_IDs: any user may write whatever he likes. Before the first next().
  Result<Done> only(const std::vector<std::string>& messageIds);
  /// From here on; 0: from the beginning.
  Result<Done> seek(std::int64_t date);
  /// Nothing: that was the last for now.
  std::optional<JournalEntry> next();
  /// Until something was written. False: it cannot be waited for.
  bool wait();

 private:
  explicit JournalReader(sd_journal* journal) : journal_(journal) {}
  Handle<sd_journal, sd_journal_close> journal_;
};

}  // namespace guardian::systemd
