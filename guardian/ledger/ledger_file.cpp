#include "ledger/ledger_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <sstream>
#include <utility>

namespace guardian::ledger {
namespace {

using core::LedgerNote;
using Kind = core::LedgerNote::Kind;

constexpr std::size_t kManyLines = 4096;

std::string textOf(const core::AddressKey& key) {
  return std::to_string(key.ifindex) + " " + core::toString(key.address) + "/" + std::to_string(key.prefixLength);
}

/// "51 4 2,7 1511172000123456 VI_1": the name comes last, for it may contain anything but a line's end.
std::string textOf(const core::EpochMark& mark) {
  std::string interfaces;
  for (const int index : mark.interfaces) interfaces += (interfaces.empty() ? "" : ",") + std::to_string(index);
  const core::InstanceId& id = mark.instance;
  return std::to_string(id.vrid) + (id.family == core::Family::IPv4 ? " 4 " : " 6 ") +
         (interfaces.empty() ? "-" : interfaces) + " " + std::to_string(mark.transition.count()) + " " + id.name;
}

bool readKey(std::istringstream& words, core::AddressKey& key) {
  std::string address;
  if (!(words >> key.ifindex >> address)) return false;
  const std::size_t slash = address.find('/');
  if (slash == std::string::npos) return false;
  const auto parsed = core::parseAddress(std::string_view(address).substr(0, slash));
  const std::string length = address.substr(slash + 1);
  if (!parsed || length.empty() || length.size() > 3 || length.find_first_not_of("0123456789") != std::string::npos)
    return false;
  const int prefixLength = std::stoi(length);
  if (key.ifindex <= 0 || prefixLength > core::fullLength(parsed->family)) return false;
  key.address = *parsed;
  key.prefixLength = static_cast<std::uint8_t>(prefixLength);
  return true;
}

bool readInterfaces(const std::string& text, std::set<int>& interfaces) {
  if (text == "-") return true;
  std::istringstream list(text);
  for (int index = 0; list >> index;) {
    if (index <= 0) return false;
    interfaces.insert(index);
    if (list.peek() == std::istringstream::traits_type::eof()) return true;
    if (list.get() != ',') return false;
  }
  return false;
}

bool readMark(std::istringstream& words, core::EpochMark& mark) {
  int vrid = 0;
  int family = 0;
  std::string interfaces;
  std::int64_t transition = 0;
  if (!(words >> vrid >> family >> interfaces >> transition) || vrid < 1 || vrid > 255) return false;
  if ((family != 4 && family != 6) || !readInterfaces(interfaces, mark.interfaces)) return false;
  mark.transition = std::chrono::microseconds(transition);
  core::InstanceId& id = mark.instance;
  id.vrid = static_cast<std::uint8_t>(vrid);
  id.family = family == 4 ? core::Family::IPv4 : core::Family::IPv6;
  words.get();
  return static_cast<bool>(std::getline(words, id.name));
}

bool readNote(const std::string& text, LedgerNote& note) {
  std::istringstream words(text);
  std::string kind;
  words >> kind;
  if (kind == "process") {
    note.kind = Kind::Process;
    return static_cast<bool>(words >> note.process.pid >> note.process.start);
  }
  if (kind == "added" || kind == "gone") {
    note.kind = kind == "added" ? Kind::Added : Kind::Gone;
    return readKey(words, note.key);
  }
  if (kind == "confirmed") {
    note.kind = Kind::Confirmed;
    return readKey(words, note.key) && words >> note.created;
  }
  if (kind == "base" || kind == "nobase") {
    note.kind = kind == "base" ? Kind::BaseKnown : Kind::BaseForgotten;
    return readKey(words, note.key);
  }
  if (kind == "restarted") {
    std::int64_t at = 0;
    note.kind = Kind::Restarted;
    if (!(words >> at)) return false;
    note.at = core::Instant(std::chrono::nanoseconds(at));
    return true;
  }
  if (kind == "opened" || kind == "closed") {
    note.kind = kind == "opened" ? Kind::EpochOpened : Kind::EpochClosed;
    return readMark(words, note.epoch);
  }
  return false;
}

constexpr std::pair<core::RouteNote::Kind, const char*> kRouteWords[] = {{core::RouteNote::Kind::Added, "put"},
                                                                         {core::RouteNote::Kind::Confirmed, "approved"},
                                                                         {core::RouteNote::Kind::Gone, "lifted"}};
constexpr const char* kHexDigits = "0123456789abcdef";

std::optional<std::string> fromHex(const std::string& hex) {
  std::string bytes;
  if (hex.empty() || hex.size() % 2 != 0 || hex.find_first_not_of(kHexDigits) != std::string::npos) return std::nullopt;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return bytes;
}

std::string toHex(const std::string& bytes) {
  std::string hex;
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    hex += kHexDigits[value >> 4U];
    hex += kHexDigits[value & 15U];
  }
  return hex;
}

bool readNote(const std::string& text, core::RouteNote& note) {
  std::istringstream words(text);
  std::string word;
  std::string what;
  std::string hex;
  if (!(words >> word >> what >> hex) || (what != "route" && what != "rule")) return false;
  const auto bytes = fromHex(hex);
  if (!bytes) return false;
  note.form = {what == "route" ? core::RouteKind::Route : core::RouteKind::Rule, *bytes};
  for (const auto& [kind, written] : kRouteWords) {
    note.kind = kind;
    if (word == written) return true;
  }
  return false;
}

/// All of it, or an errno value.
int writeAll(int fd, const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t length = ::write(fd, text.data() + at, text.size() - at);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0) return errno;
    at += static_cast<std::size_t>(length);
  }
  return 0;
}

}  // namespace

core::Ledger parse(std::string_view text) {
  core::Ledger ledger;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) break;  // cut off by a crash: its order was never carried out
    const std::string line(text.substr(0, end));
    LedgerNote note;
    core::RouteNote routeNote;
    if (readNote(line, note))
      core::apply(ledger, note);
    else if (readNote(line, routeNote))
      core::apply(ledger, routeNote);
    text.remove_prefix(end + 1);
  }
  return ledger;
}

std::string line(const core::LedgerNote& note) {
  switch (note.kind) {
    case Kind::Process:
      return "process " + std::to_string(note.process.pid) + " " + std::to_string(note.process.start) + "\n";
    case Kind::Added: return "added " + textOf(note.key) + "\n";
    case Kind::Confirmed: return "confirmed " + textOf(note.key) + " " + std::to_string(note.created) + "\n";
    case Kind::Gone: return "gone " + textOf(note.key) + "\n";
    case Kind::EpochOpened: return "opened " + textOf(note.epoch) + "\n";
    case Kind::EpochClosed: return "closed " + textOf(note.epoch) + "\n";
    case Kind::BaseKnown: return "base " + textOf(note.key) + "\n";
    case Kind::Restarted: return "restarted " + std::to_string(note.at.time_since_epoch().count()) + "\n";
    case Kind::BaseForgotten: return "nobase " + textOf(note.key) + "\n";
  }
  return {};
}

std::string line(const core::RouteNote& note) {
  const char* what = note.form.kind == core::RouteKind::Route ? " route " : " rule ";
  for (const auto& [kind, word] : kRouteWords)
    if (kind == note.kind) return word + std::string(what) + toHex(note.form.bytes) + "\n";
  return {};
}

std::string text(const core::Ledger& ledger) {
  std::string out = line({Kind::Process, {}, {}, ledger.process});
  for (const core::Instant at : ledger.restarts) out += line({Kind::Restarted, {}, {}, {}, 0, at});
  for (const core::EpochMark& mark : ledger.epochs) out += line({Kind::EpochOpened, {}, mark, {}});
  for (const core::AddressKey& key : ledger.bases) out += line({Kind::BaseKnown, key, {}, {}});
  for (const auto& [key, entry] : ledger.addresses) {
    out += line({Kind::Added, key, {}, {}});
    if (entry.confirmed) out += line({Kind::Confirmed, key, {}, {}, entry.created});
  }
  for (const auto& [form, confirmed] : ledger.routes) {
    out += line({core::RouteNote::Kind::Added, form});
    if (confirmed) out += line({core::RouteNote::Kind::Confirmed, form});
  }
  return out;
}

LedgerFile::LedgerFile(std::string path) : path_(std::move(path)) {}

Result<Done> LedgerFile::open() {
  const std::string doing = "reading the ledger " + path_;
  const Fd old(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!old && errno != ENOENT) return Error{errno, doing};
  if (old) {
    struct stat facts {};
    if (::fstat(old.get(), &facts) < 0) return Error{errno, doing};
    if (!S_ISREG(facts.st_mode) || facts.st_uid != ::geteuid() || (facts.st_mode & 0022) != 0)
      return Error{EPERM, doing + ", which is not a file of our own alone"};
    std::string content;
    char chunk[4096];
    for (;;) {
      const ssize_t length = ::read(old.get(), chunk, sizeof chunk);
      if (length < 0 && errno == EINTR) continue;
      if (length < 0) return Error{errno, doing};  // half of it would pass for all
      if (length == 0) break;
      content.append(chunk, static_cast<std::size_t>(length));
    }
    ledger_ = parse(content);
  }
  read_ = true;
  return rewrite();
}

Result<Done> LedgerFile::write(const core::LedgerNote& note) {
  core::apply(ledger_, note);
  return append(line(note), note.kind == Kind::Added);
}

Result<Done> LedgerFile::write(const core::RouteNote& note) {
  core::apply(ledger_, note);
  return append(line(note), note.kind == core::RouteNote::Kind::Added);
}

Result<Done> LedgerFile::append(const std::string& text, bool addition) {
  if (!read_) return Error{EBADF, "writing the ledger " + path_};  // it may say what we do not know
  if (behind_) return rewrite();
  if (const int error = writeAll(file_.get(), text); error != 0) {
    behind_ = true;
    return Error{error, "writing the ledger " + path_};
  }
  const std::size_t live = (ledger_.addresses.size() + ledger_.routes.size()) * 2 + ledger_.epochs.size() + 1;
  // Not in the midst of a repair: an addition is followed by others.
  if (++lines_ < kManyLines || lines_ < live * 4 || addition) return Done{};
  return rewrite();
}

/// Beside the old one, then over it: a crash leaves one of the two.
Result<Done> LedgerFile::rewrite() {
  behind_ = true;
  const std::string doing = "writing the ledger " + path_;
  const std::string fresh = path_ + ".new";
  ::unlink(fresh.c_str());
  Fd file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return Error{errno, doing};
  if (const int error = writeAll(file.get(), text(ledger_)); error != 0) return Error{error, doing};
  if (::rename(fresh.c_str(), path_.c_str()) < 0) return Error{errno, doing};
  file_ = std::move(file);
  lines_ = 0;
  behind_ = false;
  return Done{};
}

}  // namespace guardian::ledger
