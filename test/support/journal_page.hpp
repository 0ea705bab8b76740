// vip-guardian-journal(7) as data: what each kind of entry is promised to carry.
#pragma once

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace guardian::test {

struct PageMessage {
  std::string name;
  std::string priority;
  std::set<std::string> fields;
  std::string text;
};

struct JournalPage {
  std::map<std::string, PageMessage> messages;  ///< by their ids
  std::set<std::string> fields;                 ///< those that are explained
};

inline std::string journalPageText(const std::string& tree) {
  std::ifstream file(tree + "/packaging/man/vip-guardian-journal.7");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  return std::regex_replace(text, std::regex("\\\\-"), "-");  // a minus sign stands escaped
}

inline std::set<std::string> fieldsIn(const std::string& text) {
  const std::regex field("VIPG_[A-Z_]+");
  std::set<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), field), end; it != end; ++it) found.insert(it->str());
  return found;
}

inline JournalPage readJournalPage(const std::string& tree) {
  const std::string text = journalPageText(tree);
  const std::size_t messages = text.find("\n.SH MESSAGES\n");
  const std::size_t fields = text.find("\n.SH FIELDS\n");
  JournalPage page;
  if (messages == std::string::npos || fields >= messages) return page;
  for (std::size_t at = text.find("\n.TP\n", fields); at < messages; at = text.find("\n.TP\n", at + 1)) {
    const std::set<std::string> head = fieldsIn(text.substr(at + 5, text.find('\n', at + 5) - at - 5));
    page.fields.insert(head.begin(), head.end());
  }
  const std::size_t end = text.find("\n.SH ", messages + 1);
  for (std::size_t at = text.find("\n.SS ", messages); at < end;) {
    const std::size_t next = std::min(text.find("\n.SS ", at + 1), end);
    const std::string section = text.substr(at, next - at);
    std::smatch found;
    if (std::regex_search(
            section, found,
            std::regex("^\n\\.SS ([a-z-]+)\n\\.B MESSAGE_ID=([0-9a-f]{32})\n\\.br\nPriority ([a-z]+)\\.")))
      page.messages[found[2]] = {found[1], found[3], fieldsIn(section.substr(0, section.find("\n.PP\n"))), section};
    at = next;
  }
  return page;
}

}  // namespace guardian::test
