// vip-guardian-journal(7) and the journal's catalogue, against what the sources write.
#include <fstream>
#include <iterator>
#include <regex>

#include <catch2/catch.hpp>

#include "support/journal_page.hpp"

using namespace guardian::test;

namespace {

std::string source(const std::string& path) {
  std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  REQUIRE_FALSE(text.empty());
  return text;
}

/// incidentOpened is called incident-opened where people read it.
std::string dashed(const std::string& name) {
  std::string out;
  for (const char c : name)
    if (c >= 'A' && c <= 'Z')
      out += std::string("-") + static_cast<char>(c - 'A' + 'a');
    else
      out += c;
  return out;
}

/// The names of the messages by their ids, as the sources have them.
std::map<std::string, std::string> written() {
  const std::string text = source("guardian/systemd/journal.hpp");
  const std::regex constant("string_view ([A-Za-z]+) = \"([0-9a-f]{32})\"");
  std::map<std::string, std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), constant), end; it != end; ++it)
    found[(*it)[2]] = dashed((*it)[1]);
  return found;
}

std::map<std::string, std::string> namesOf(const JournalPage& page) {
  std::map<std::string, std::string> names;
  for (const auto& [id, message] : page.messages) names[id] = message.name;
  return names;
}

/// The texts of the catalogue by their ids.
std::map<std::string, std::string> catalogue() {
  const std::string text = source("systemd/vip-guardian.catalog");
  std::map<std::string, std::string> found;
  for (std::size_t at = text.find("\n-- "); at != std::string::npos;) {
    const std::size_t next = text.find("\n-- ", at + 1);
    found[text.substr(at + 4, 32)] = text.substr(at + 36, next == std::string::npos ? next : next - at - 36);
    at = next;
  }
  return found;
}

}  // namespace

TEST_CASE("every message of the sources is in the manual page and in the catalogue, and no other") {
  const auto names = written();
  CHECK(names.size() >= 20);
  CHECK(namesOf(readJournalPage(SOURCE_DIR)) == names);
  std::map<std::string, std::string> listed;
  const std::string text = source("systemd/vip-guardian.catalog");
  const std::regex line("\n#   ([0-9a-f]{32})  ([a-z-]+)");
  for (std::sregex_iterator it(text.begin(), text.end(), line), end; it != end; ++it) listed[(*it)[1]] = (*it)[2];
  CHECK(listed == names);
  const auto texts = catalogue();
  CHECK(texts.size() == names.size());
  for (const auto& [id, name] : names) {
    INFO(name);
    REQUIRE(texts.count(id) == 1);
    CHECK(texts.at(id).find("Documentation: man:vip-guardian-journal(7)") != std::string::npos);
  }
}

TEST_CASE("every field that is written is explained in the manual page, and no other") {
  const auto fields = fieldsIn(source("guardian/app/reports.cpp"));
  CHECK(fields.size() >= 15);
  CHECK(readJournalPage(SOURCE_DIR).fields == fields);
}

TEST_CASE("a message is written with the priority of the manual page") {
  const std::map<std::string, std::string> words{{"Alert", "alert"},   {"Error", "err"}, {"Warning", "warning"},
                                                 {"Notice", "notice"}, {"Info", "info"}, {"Debug", "debug"}};
  std::map<std::string, std::set<std::string>> used;
  const std::string text = source("guardian/app/reports.cpp");
  const std::regex style("Level::([A-Za-z]+), (?:id::([A-Za-z]+)|\\{\\})");
  for (std::sregex_iterator it(text.begin(), text.end(), style), end; it != end; ++it) {
    INFO("a message without an id: " << it->str());
    CHECK((*it)[2].matched);
    used[dashed((*it)[2])].insert(words.at((*it)[1]));
  }
  const JournalPage page = readJournalPage(SOURCE_DIR);
  CHECK(used.size() == page.messages.size());
  for (const auto& [id, message] : page.messages) {
    INFO(message.name << ", " << message.priority);
    CHECK(used[message.name] == std::set<std::string>{message.priority});
  }
}

TEST_CASE("a text of the catalogue quotes only what the manual page promises of its message") {
  const JournalPage page = readJournalPage(SOURCE_DIR);
  int quotes = 0;
  for (const auto& [id, text] : catalogue()) {
    REQUIRE(page.messages.count(id) == 1);
    const PageMessage& message = page.messages.at(id);
    INFO(message.name);
    for (const std::string& field : message.fields) CHECK(page.fields.count(field) == 1);
    const std::regex quote("@([A-Z_]+)@");
    for (std::sregex_iterator it(text.begin(), text.end(), quote), end; it != end; ++it, ++quotes) {
      INFO((*it)[1].str());
      CHECK(message.fields.count((*it)[1]) == 1);
    }
    const bool ofIncident = message.fields.count("VIPG_INCIDENT") == 1;
    CHECK(ofIncident == (text.find("\nvip-guardian explain @VIPG_INCIDENT@\n") != std::string::npos));
  }
  CHECK(quotes > 40);
}

TEST_CASE("the manual page says of each message what to do") {
  for (const auto& [id, message] : readJournalPage(SOURCE_DIR).messages) {
    INFO(message.name);
    CHECK(std::regex_search(message.text, std::regex("\n\\.PP\n\\.I To do:\n[A-Z][^\n]+")));
  }
}
