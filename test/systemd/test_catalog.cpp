// The ids in the code and the catalogue that explains them, both as they stand in the source tree.
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>

#include <catch2/catch.hpp>

namespace {

std::string source(const std::string& path) {
  std::ifstream file(std::string(SOURCE_DIR) + "/" + path);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  REQUIRE_FALSE(text.empty());
  return text;
}

std::map<std::string, std::string> matches(const std::string& text, const char* pattern, std::size_t id,
                                           std::size_t name) {
  std::map<std::string, std::string> found;
  const std::regex expression(pattern);
  for (std::sregex_iterator it(text.begin(), text.end(), expression), end; it != end; ++it)
    CHECK(found.emplace((*it)[id].str(), (*it)[name].str()).second);  // no id twice
  return found;
}

/// incidentOpened -> incident-opened
std::string spelt(const std::string& name) {
  std::string out;
  for (const char c : name)
    out += c >= 'A' && c <= 'Z' ? std::string("-") + static_cast<char>(c - 'A' + 'a') : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("each message id of the code has a text in the catalogue and its name in the list there, and no other has") {
  const auto ids =
      matches(source("guardian/systemd/journal.hpp"), "std::string_view (\\w+) = \"([0-9a-f]{32})\"", 2, 1);
  const std::string catalog = source("systemd/vip-guardian.catalog");
  const auto texts = matches(catalog, "\n-- ([0-9a-f]{32})\nSubject: (.+)\n", 1, 2);
  const auto listed = matches(catalog, "\n#   ([0-9a-f]{32})  (\\S+)", 1, 2);
  CHECK(ids.size() >= 14);
  for (const auto& [id, name] : ids) {
    INFO(name);
    CHECK(texts.count(id) == 1);
    REQUIRE(listed.count(id) == 1);
    CHECK(listed.at(id) == spelt(name));
  }
  CHECK(texts.size() == ids.size());
  CHECK(listed.size() == ids.size());
}

TEST_CASE("a field that the catalogue quotes is explained in the manual, and is sent") {
  const std::string catalog = source("systemd/vip-guardian.catalog");
  const std::string manual = source("packaging/man/vip-guardian-journal.7");
  const auto quoted = [&] {
    std::set<std::string> names;
    const std::regex field("@(\\w+)@");
    for (std::sregex_iterator it(catalog.begin(), catalog.end(), field), end; it != end; ++it)
      names.insert((*it)[1].str());
    return names;
  }();
  CHECK(quoted.size() >= 4);
  const std::string reports = source("guardian/app/reports.cpp");
  for (const std::string& name : quoted) {
    INFO(name);
    CHECK(manual.find(name) != std::string::npos);
    CHECK(reports.find("\"" + name + "\"") != std::string::npos);
  }
}
