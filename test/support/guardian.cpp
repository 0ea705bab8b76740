#include "support/guardian.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

#include "support/journal_page.hpp"

namespace guardian::test {
namespace {

constexpr const char* kNotify = "/run/notify";
constexpr const char* kJournal = "/run/systemd/journal/socket";

Fd datagramSocket(const char* path) {
  ::unlink(path);
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, path);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0)
    throw std::runtime_error(std::string("listening on ") + path);
  return socket;
}

bool receive(const Fd& socket, std::string& datagram) {
  datagram.resize(65536);
  const ssize_t length = ::recv(socket.get(), &datagram[0], datagram.size(), 0);
  datagram.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
  return length > 0;
}

/// The journal's own protocol, for values of one line.
Entry parse(const std::string& datagram) {
  Entry entry;
  for (std::size_t at = 0; at < datagram.size();) {
    const std::size_t end = std::min(datagram.find('\n', at), datagram.size());
    const std::string line = datagram.substr(at, end - at);
    const std::size_t equals = line.find('=');
    if (equals != std::string::npos) entry[line.substr(0, equals)] += line.substr(equals + 1);
    at = end + 1;
  }
  return entry;
}

/// Every entry of every test is held against the manual page: it carries what that promises, and nothing unknown.
void keepPromises(const Entry& entry) {
  static const JournalPage page = readJournalPage(SOURCE_DIR);
  const auto value = [&](const char* name) {
    const auto at = entry.find(name);
    return at == entry.end() ? std::string() : at->second;
  };
  const std::string id = value("MESSAGE_ID");
  const auto known = page.messages.find(id);
  if (known == page.messages.end()) throw std::runtime_error("not in the manual page: " + value("MESSAGE"));
  for (const std::string& field : known->second.fields)
    if (value(field.c_str()).empty()) throw std::runtime_error("without " + field + ": " + value("MESSAGE"));
  for (const auto& field : entry)
    if (field.first.compare(0, 5, "VIPG_") == 0 && page.fields.count(field.first) == 0)
      throw std::runtime_error("with " + field.first + ", which is not explained: " + value("MESSAGE"));
}

}  // namespace

Guardian::Guardian(const std::string& program, const std::string& configuration) {
  start(program, configuration, nullptr);
  if (!eventually([&] { return isReady(); }))
    throw std::runtime_error("the guardian is not ready: " + slurp("/run/guardian.output"));
}

Guardian::Guardian(const std::string& program, FailingCall& failing) {
  start(program, "{}", &failing);
  failing.follow(process_.pid());
  if (!eventually([&] { return hasEnded() || isReady(); }))
    throw std::runtime_error("neither ready nor gone after " + failing.failed() + slurp("/run/guardian.output"));
}

void Guardian::start(const std::string& program, const std::string& configuration, const FailingCall* failing) {
  sh("mkdir -p /run/systemd/journal /run/vip-guardian");
  notify_ = datagramSocket(kNotify);
  journal_ = datagramSocket(kJournal);
  spill("/run/guardian.json", configuration);
  process_ = Child([&] {
    const Fd output(::open("/run/guardian.output", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    ::dup2(output.get(), STDOUT_FILENO);
    ::dup2(output.get(), STDERR_FILENO);
    ::setenv("NOTIFY_SOCKET", kNotify, 1);
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    if (failing != nullptr) failing->hand();
    ::execl(program.c_str(), program.c_str(), "run", "--config", "/run/guardian.json", nullptr);
    return 127;
  });
}

int Guardian::stop() {
  process_.signal(SIGTERM);
  return process_.wait();
}

const std::vector<Entry>& Guardian::entries() {
  for (std::string datagram; receive(journal_, datagram);) {
    entries_.push_back(parse(datagram));
    keepPromises(entries_.back());
  }
  return entries_;
}

Entry Guardian::entry(std::string_view messageId) {
  Entry found;
  eventually([&] {
    for (const Entry& one : entries()) {
      const auto id = one.find("MESSAGE_ID");
      if (id != one.end() && id->second == messageId) found = one;
    }
    return !found.empty();
  });
  return found;
}

bool Guardian::tells(const std::string& text) {
  return eventually([&] {
    const auto& all = entries();
    return std::any_of(all.begin(), all.end(),
                       [&](const Entry& one) { return one.at("MESSAGE").compare(0, text.size(), text) == 0; });
  });
}

void Guardian::fillJournal() const {
  const Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::strcpy(name.sun_path, kJournal);
  const std::string entry = "MESSAGE=chatter\nMESSAGE_ID=2b1bac1f63be44fd87e0ade37053d642\n";
  const auto take = [&] {
    return ::sendto(socket.get(), entry.data(), entry.size(), 0, reinterpret_cast<const sockaddr*>(&name), sizeof name);
  };
  while (take() > 0) continue;
}

std::string Guardian::notified() {
  for (std::string datagram; receive(notify_, datagram);) notified_ += datagram + "\n";
  return notified_;
}

bool Guardian::says(const std::string& status) {
  return eventually([&] {
    const std::string all = notified();
    const std::size_t last = all.rfind("STATUS=");
    return last != std::string::npos && all.substr(last + 7, all.find('\n', last) - last - 7) == status;
  });
}

}  // namespace guardian::test
