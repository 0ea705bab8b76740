#include "config/settings.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include <nlohmann/json.hpp>

namespace guardian::config {
namespace {

using nlohmann::json;

/// The line on which a key is first written, not a value that reads the same; 0: not found. The parser keeps no
/// positions.
int lineOf(std::string_view text, const std::string& key) {
  const std::string quoted = '"' + key + '"';
  for (std::size_t at = text.find(quoted); at != std::string_view::npos; at = text.find(quoted, at + 1)) {
    const std::size_t next = text.find_first_not_of(" \t\r\n", at + quoted.size());
    if (next == std::string_view::npos || text[next] != ':') continue;
    return 1 + static_cast<int>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
  }
  return 0;
}

class Reader {
 public:
  Reader(std::string_view text, std::string file) : text_(text), file_(std::move(file)) {}

  [[noreturn]] void refuse(const std::string& key, const std::string& what) const {
    const int line = lineOf(text_, key);
    throw BadConfiguration(file_ + (line > 0 ? ":" + std::to_string(line) : "") + ": " + what);
  }

  void onlyKeys(const json& object, const std::string& where, const std::vector<std::string>& known) const {
    if (!object.is_object()) refuse(where, "\"" + where + "\" must be an object");
    for (auto it = object.begin(); it != object.end(); ++it) {
      if (std::find(known.begin(), known.end(), it.key()) != known.end()) continue;
      std::string list;
      for (const std::string& key : known) list += (list.empty() ? "" : ", ") + key;
      refuse(it.key(), "unknown key \"" + it.key() + "\"; known here: " + list);
    }
  }

 private:
  std::string_view text_;
  std::string file_;
};

/// The parser says where in its text, and only newer ones do: "parse error at line 3, column 7: ...". 2.1 throws no
/// type of its own.
std::string syntaxError(const std::string& file, const std::string& what) {
  const std::size_t at = what.find("line ");
  const std::string line =
      at == std::string::npos ? "" : what.substr(at + 5, what.find_first_not_of("0123456789", at + 5) - at - 5);
  return file + (line.empty() ? "" : ":" + line) +
         ": this is not valid JSON; look at this line and the one before it for a missing comma, quote or brace";
}

}  // namespace

core::Settings parseSettings(std::string_view text, const std::string& file) {
  core::Settings settings;
  json root;
  try {
    root = json::parse(text.begin(), text.end());
  } catch (const std::exception& error) {
    throw BadConfiguration(syntaxError(file, error.what()));
  }
  const Reader reader(text, file);
  if (!root.is_object()) reader.refuse("", "the configuration must be one JSON object");
  reader.onlyKeys(root, "", {"keepalived", "policy"});

  if (const auto policy = root.find("policy"); policy != root.end()) {
    if (!policy->is_string()) reader.refuse("policy", "\"policy\" must be \"reinstate\" or \"observe\"");
    const std::string word = policy->get<std::string>();
    if (word == "reinstate")
      settings.policy = core::PolicyKind::Reinstate;
    else if (word == "observe")
      settings.policy = core::PolicyKind::Observe;
    else
      reader.refuse("policy", "\"policy\" is \"" + word + "\"; it must be \"reinstate\" or \"observe\"");
  }
  if (const auto keepalived = root.find("keepalived"); keepalived != root.end()) {
    reader.onlyKeys(*keepalived, "keepalived", {"ask_first", "watches_addresses"});
    if (const auto ask = keepalived->find("ask_first"); ask != keepalived->end()) {
      if (!ask->is_boolean()) reader.refuse("ask_first", "\"ask_first\" must be true or false");
      settings.askFirst = ask->get<bool>();
    }
    const auto watches = keepalived->find("watches_addresses");
    if (watches != keepalived->end()) {
      if (!watches->is_boolean()) reader.refuse("watches_addresses", "\"watches_addresses\" must be true or false");
      settings.keepalivedWatches = watches->get<bool>();
    }
  }
  return settings;
}

core::Settings readSettings(const std::string& file, bool optional) {
  struct stat facts {};
  if (::stat(file.c_str(), &facts) < 0) {
    if (errno == ENOENT && optional) return {};
    throw BadConfiguration(file + ": " + std::strerror(errno));
  }
  if (!S_ISREG(facts.st_mode)) throw BadConfiguration(file + ": not a regular file");
  if ((facts.st_mode & 0022) != 0)
    throw BadConfiguration(file + ": others than its owner may write to it; run chmod go-w " + file);
  std::ifstream stream(file, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(stream)), {});
  if (!stream.is_open() || stream.bad()) throw BadConfiguration(file + ": cannot be read");
  return parseSettings(text, file);
}

}  // namespace guardian::config
