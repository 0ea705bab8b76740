#include "systemd/journal_reader.hpp"

namespace guardian::systemd {

std::string JournalEntry::first(const std::string& name) const {
  const auto found = fields.find(name);
  return found == fields.end() ? std::string() : found->second;
}

std::vector<std::string> JournalEntry::all(const std::string& name) const {
  std::vector<std::string> values;
  const auto range = fields.equal_range(name);
  for (auto it = range.first; it != range.second; ++it) values.push_back(it->second);
  return values;
}

Result<JournalReader> JournalReader::open(const std::string& directory) {
  sd_journal* journal = nullptr;
  const int error = directory.empty() ? sd_journal_open(&journal, SD_JOURNAL_LOCAL_ONLY)
                                      : sd_journal_open_directory(&journal, directory.c_str(), 0);
  if (error < 0)
    return Error{-error, directory.empty() ? "opening the journal" : "opening the journal in " + directory};
  // Fields are short; the journal's own limit would cut a long message, ours would not.
  sd_journal_set_data_threshold(journal, 0);
  return JournalReader(journal);
}

bool JournalReader::readsAnything() const {
  std::uint64_t from = 0;
  return sd_journal_get_cutoff_realtime_usec(journal_.get(), &from, nullptr) > 0;
}

Result<Done> JournalReader::only(const std::vector<std::string>& messageIds) {
  std::vector<std::string> matches{"_UID=0"};  // journald's word; anybody may write the fields without underscore
  for (const std::string& id : messageIds) matches.push_back("MESSAGE_ID=" + id);
  for (const std::string& match : matches) {
    const int error = sd_journal_add_match(journal_.get(), match.data(), match.size());
    if (error < 0) return Error{-error, "choosing entries of the journal"};
  }
  return Done{};
}

Result<Done> JournalReader::seek(std::int64_t date) {
  const int error = date > 0 ? sd_journal_seek_realtime_usec(journal_.get(), static_cast<std::uint64_t>(date))
                             : sd_journal_seek_head(journal_.get());
  if (error < 0) return Error{-error, "going to a place in the journal"};
  return Done{};
}

std::optional<JournalEntry> JournalReader::next() {
  if (sd_journal_next(journal_.get()) <= 0) return std::nullopt;
  JournalEntry entry;
  std::uint64_t date = 0;
  if (sd_journal_get_realtime_usec(journal_.get(), &date) >= 0) entry.date = static_cast<std::int64_t>(date);
  const void* data = nullptr;
  std::size_t length = 0;
  sd_journal_restart_data(journal_.get());
  while (sd_journal_enumerate_data(journal_.get(), &data, &length) > 0) {
    const std::string text(static_cast<const char*>(data), length);
    const std::size_t equals = text.find('=');
    if (equals != std::string::npos) entry.fields.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return entry;
}

bool JournalReader::wait() { return sd_journal_wait(journal_.get(), static_cast<std::uint64_t>(-1)) >= 0; }

}  // namespace guardian::systemd
