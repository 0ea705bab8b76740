// What goes to the journal, byte for byte; a journal of the test's own listens. Needs a mount namespace.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cstdlib>

#include <cstring>
#include <string>

#include <catch2/catch.hpp>

#include "support/sandbox.hpp"
#include "systemd/journal.hpp"

using namespace guardian;
using namespace guardian::test;
using systemd::Journal;
using systemd::Level;

namespace {

class Listener {
 public:
  explicit Listener(const char* path)
      : path_(path), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path);
    REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0);
  }
  ~Listener() { ::unlink(path_); }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// One datagram, or nothing.
  std::string next() {
    std::string text(1 << 20, '\0');
    const ssize_t length = ::recv(socket_.get(), &text[0], text.size(), 0);
    text.resize(length > 0 ? static_cast<std::size_t>(length) : 0);
    return text;
  }

 private:
  const char* path_;
  Fd socket_;
};

/// What `write` leaves on standard error.
template <class Write> std::string onStandardError(int replacement, Write write) {
  const Fd before(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3));
  ::dup2(replacement, STDERR_FILENO);
  write();
  ::dup2(before.get(), STDERR_FILENO);
  return slurp("/tmp/stderr");
}

Fd errorFile() { return Fd(::open("/tmp/stderr", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)); }

constexpr const char* kSocket = "/run/systemd/journal/socket";

}  // namespace

TEST_CASE("an entry has its text, level, id and fields, and does not tell where it was built") {
  sh("mkdir -p /run/systemd/journal");
  Listener journal(kSocket);
  const Fd file = errorFile();
  const std::string shown = onStandardError(file.get(), [] {
    Journal to;
    to.write(Level::Warning, systemd::message_id::incidentClosed, "it is back",
             {{"VIPG_VIP", "192.0.2.100/24"}, {"VIPG_VIP", "192.0.2.101/32"}, {"VIPG_OUTAGE_USEC", "210"}});
    to.write(Level::Info, {}, "without an id");
  });
  CHECK(journal.next() ==
        "MESSAGE=it is back\nPRIORITY=4\nSYSLOG_IDENTIFIER=vip-guardian\n"
        "MESSAGE_ID=595ee9a91f0b44bf99ced1957b9cd896\n"
        "VIPG_VIP=192.0.2.100/24\nVIPG_VIP=192.0.2.101/32\nVIPG_OUTAGE_USEC=210\n");
  CHECK(journal.next() == "MESSAGE=without an id\nPRIORITY=6\nSYSLOG_IDENTIFIER=vip-guardian\n");
  CHECK(journal.next().empty());
  CHECK(shown.empty());
}

TEST_CASE("a value cannot pass for another field") {
  sh("mkdir -p /run/systemd/journal");
  Listener journal(kSocket);
  const Fd file = errorFile();
  onStandardError(file.get(), [] {
    Journal().write(Level::Info, {}, "text", {{"VIPG_INSTANCE", "VI_1\nMESSAGE_ID=forged"}});
  });
  const std::string entry = journal.next();
  CHECK_FALSE(entry.empty());
  CHECK(entry.find("\nMESSAGE_ID=forged") != std::string::npos);  // it is there
  CHECK(entry.find("VIPG_INSTANCE\n\x16") != std::string::npos);  // with its length before it: 22 bytes
  CHECK(entry.find("VIPG_INSTANCE=") == std::string::npos);
}

TEST_CASE("an entry that names ten thousand addresses arrives as one") {
  sh("mkdir -p /run/systemd/journal");
  Listener journal(kSocket);
  const Fd file = errorFile();
  const systemd::Fields fields(10000, {"VIPG_VIP", "2001:db8:1234:5678:9abc:def0:1234:5678/64"});
  onStandardError(file.get(), [&] { Journal().write(Level::Warning, {}, "gone", fields); });
  const std::string entry = journal.next();
  CHECK(entry.size() > 500000);
  CHECK(entry.substr(entry.size() - 10) == "4:5678/64\n");
}

TEST_CASE("without a journal nothing fails, and the text goes to standard error") {
  ::unlink(kSocket);
  const Fd file = errorFile();
  CHECK(onStandardError(file.get(), [] { CHECK_NOTHROW(Journal().write(Level::Error, {}, "nobody hears this")); }) ==
        "nobody hears this\n");
}

TEST_CASE("a journal that is full is not waited for, and is told how much it missed") {
  sh("mkdir -p /run/systemd/journal");
  Listener journal(kSocket);
  const Fd file = errorFile();
  constexpr int kMany = 1000;
  int taken = 0;
  const std::string shown = onStandardError(file.get(), [&] {
    Journal to;
    for (int i = 0; i < kMany; ++i) to.write(Level::Info, {}, "one of many");
    while (!journal.next().empty()) ++taken;
    to.write(Level::Info, {}, "the first after that");
    to.write(Level::Info, {}, "the second");
  });
  CHECK(taken > 0);
  REQUIRE(taken < kMany);
  CHECK(shown.empty());  // at its other end stands the same journald
  CHECK(journal.next().find("MESSAGE=The journal had no room; messages lost: " + std::to_string(kMany - taken) +
                            "\n") == 0);
  CHECK(journal.next().find("MESSAGE=the first after that\n") == 0);
  CHECK(journal.next().find("MESSAGE=the second\n") == 0);
  CHECK(journal.next().empty());
}

TEST_CASE("in a terminal the text goes to standard error, and the journal gets nothing") {
  sh("mkdir -p /run/systemd/journal");
  Listener journal(kSocket);
  const Fd terminal(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(terminal);
  REQUIRE(::grantpt(terminal.get()) == 0);
  REQUIRE(::unlockpt(terminal.get()) == 0);
  const Fd end(::open(::ptsname(terminal.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  REQUIRE(end);
  onStandardError(end.get(), [] {
    Journal().write(Level::Warning, {}, "it is back", {{"VIPG_VIP", "192.0.2.100/24"}});
  });
  char shown[256];
  const ssize_t length = ::read(terminal.get(), shown, sizeof shown);
  REQUIRE(length > 0);
  CHECK(std::string(shown, static_cast<std::size_t>(length)) == "it is back\r\n");
  CHECK(journal.next().empty());
}

TEST_CASE("systemd is told of readiness, status and end, and nobody where nobody listens") {
  ::unsetenv("NOTIFY_SOCKET");
  CHECK_NOTHROW(systemd::notifyReady());
  Listener notify("/run/notify");
  ::setenv("NOTIFY_SOCKET", "/run/notify", 1);
  systemd::notifyStatus("VI_1 MASTER");
  systemd::notifyReady();
  systemd::notifyStopping();
  ::unsetenv("NOTIFY_SOCKET");
  CHECK(notify.next() == "STATUS=VI_1 MASTER");
  CHECK(notify.next() == "READY=1");
  CHECK(notify.next() == "STOPPING=1");
}
