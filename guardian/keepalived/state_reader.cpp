#include "keepalived/state_reader.hpp"

#include <cctype>

#include "keepalived/config_words.hpp"

namespace guardian::keepalived {
namespace {

using core::Role;

constexpr std::size_t kLongestLine = 4096;

std::optional<Role> roleOf(std::string_view word) {
  if (word == "MASTER") return Role::Master;
  if (word == "BACKUP") return Role::Backup;
  if (word == "FAULT") return Role::Fault;
  if (word == "STOP" || word == "DELETED") return Role::Other;
  return std::nullopt;
}

std::string upperCase(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return result;
}

/// The number at the end; what follows it must be nothing.
bool readPriority(std::string_view text, int& priority) {
  if (text.empty() || text.size() > 3) return false;
  priority = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    priority = priority * 10 + (c - '0');
  }
  return true;
}

}  // namespace

std::optional<StateLine> readStateLine(std::string_view line) {
  StateLine result;
  constexpr std::string_view kInstance = "INSTANCE \"";
  constexpr std::string_view kGroup = "GROUP \"";
  if (line.substr(0, kInstance.size()) == kInstance) {
    line.remove_prefix(kInstance.size());
  } else if (line.substr(0, kGroup.size()) == kGroup) {
    result.subject = StateLine::Subject::Group;
    line.remove_prefix(kGroup.size());
  } else {
    return std::nullopt;
  }
  // A name may hold blanks but no quote: the configuration has no way to write one.
  const std::size_t quote = line.find('"');
  if (quote == std::string_view::npos || quote + 1 >= line.size() || line[quote + 1] != ' ') return std::nullopt;
  result.name = std::string(line.substr(0, quote));
  line.remove_prefix(quote + 2);
  const std::size_t blank = line.find(' ');
  if (blank == std::string_view::npos || !readPriority(line.substr(blank + 1), result.priority)) return std::nullopt;
  const std::string_view word = line.substr(0, blank);
  // Words of later versions (MASTER_RX_LOWER_PRI, BACKUP_PRIORITY, ...) announce something other than a role.
  result.role = roleOf(word).value_or(Role::Unknown);
  result.stopped = word == "STOP" || word == "DELETED";
  return result;
}

std::vector<StateLine> StateLines::take(std::string_view bytes) {
  std::vector<StateLine> lines;
  for (const char c : bytes) {
    if (c == '\n') {
      finish(lines);
    } else if (rest_.size() >= kLongestLine) {
      tooLong_ = true;
    } else {
      rest_ += c;
    }
  }
  return lines;
}

void StateLines::finish(std::vector<StateLine>& lines) {
  std::optional<StateLine> line = tooLong_ ? std::nullopt : readStateLine(rest_);
  if (line) {
    lines.push_back(std::move(*line));
  } else {
    ++dropped_;
  }
  rest_.clear();
  tooLong_ = false;
}

core::Role readStateFile(std::string_view text) {
  while (!text.empty() && isSpace(text.back())) text.remove_suffix(1);
  const std::size_t lineStart = text.rfind('\n');
  if (lineStart != std::string_view::npos) text.remove_prefix(lineStart + 1);
  if (const auto line = readStateLine(text)) return line->role;
  std::optional<Role> found;
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size() && std::isalnum(static_cast<unsigned char>(text[length])) != 0) ++length;
    if (const auto role = roleOf(upperCase(text.substr(0, length)))) {
      if (found && *found != *role) return Role::Unknown;
      found = role;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return found.value_or(Role::Unknown);
}

core::Role readDbusState(std::uint32_t number, std::string_view name) {
  const struct {
    std::string_view name;
    std::uint32_t number;
    Role role;
  } states[] = {{"Init", 0, Role::Other},        {"Backup", 1, Role::Backup},     {"Master", 2, Role::Master},
                {"Fault", 3, Role::Fault},       {"Goto master", 4, Role::Other}, {"Deleted", 97, Role::Other},
                {"Goto fault", 98, Role::Other}, {"Stop", 98, Role::Other}};
  for (const auto& state : states) {
    if (state.number == number && (name.empty() || name == state.name)) return state.role;
  }
  return Role::Unknown;
}

std::optional<DbusInstance> readDbusPath(std::string_view path) {
  DbusInstance result;
  const auto takeLast = [&path] {
    const std::size_t slash = path.rfind('/');
    const std::string_view part = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    path = path.substr(0, slash == std::string_view::npos ? 0 : slash);
    return part;
  };
  const std::string_view family = takeLast();
  if (family != "IPv4" && family != "IPv6") return std::nullopt;
  result.family = family == "IPv4" ? core::Family::IPv4 : core::Family::IPv6;
  int vrid = 0;
  if (!readPriority(takeLast(), vrid) || vrid < 1 || vrid > 255) return std::nullopt;
  result.vrid = static_cast<std::uint8_t>(vrid);
  result.interface = std::string(takeLast());
  if (result.interface.empty() || takeLast() != "Instance") return std::nullopt;
  return result;
}

}  // namespace guardian::keepalived
