// A keepalived of our own that answers as the real ones do. Only root's files are believed: needs root.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <regex>

#include <catch2/catch.hpp>

#include "keepalived/asker.hpp"
#include "support/dump.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;
using keepalived::Asker;

namespace {

constexpr core::Version kOld{1, 3, 9};
constexpr core::Version kNew{2, 2, 7};
constexpr const char* kDump = "/tmp/shared/keepalived.data";

/// The directory as /tmp is: everybody may write, nobody may remove what is another's.
struct Directory {
  Directory() { sh("rm -rf /tmp/shared /tmp/elsewhere; mkdir -m 1777 /tmp/shared; mkdir /tmp/elsewhere"); }
};

bool writeAll(std::FILE* file, const std::string& text) {
  const bool good = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
  return file != nullptr && std::fclose(file) == 0 && good;
}

/// As up to 2.0.9: in place, umask 0.
bool writeInPlace(const std::string& text) {
  ::umask(0);
  return writeAll(std::fopen(kDump, "w"), text);
}

/// As from 2.0.10 on: a temporary file, renamed before anything is written to it.
bool writeRenamed(const std::string& text) {
  char name[] = "/tmp/shared/keepalived.dataXXXXXX";
  const int fd = ::mkostemp(name, O_CLOEXEC);
  if (fd < 0 || ::rename(name, kDump) != 0) return false;
  return writeAll(::fdopen(fd, "w"), text);
}

/// Does `answer` once for every question. Without one it hears the questions and says nothing.
Child startKeepalived(const std::function<bool()>& answer = {}) {
  sigset_t asked;
  sigemptyset(&asked);
  sigaddset(&asked, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &asked, nullptr);  // the child inherits it: no question comes too early
  Child child([&] {
    for (int number = 0; ::sigwait(&asked, &number) == 0;)
      if (answer && !answer()) return 1;
    return 2;
  });
  ::sigprocmask(SIG_UNBLOCK, &asked, nullptr);
  return child;
}

bool readable(const Asker& asker) {
  pollfd waiting{asker.fd(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

/// What the asker makes of what comes, in words.
std::string describe(const std::optional<Result<core::Answer>>& taken) {
  if (!taken) return "nothing yet";
  if (!*taken) return "error " + std::to_string(taken->error().code);
  std::string text;
  for (const auto& claim : taken->value().instances)
    text += claim.instance.name + " " +
            (claim.role == core::Role::Master   ? "MASTER"
             : claim.role == core::Role::Backup ? "BACKUP"
                                                : "?") +
            " " + std::to_string(claim.instance.vips.size()) + (claim.instance.understood ? ", " : " unsure, ");
  return text;
}

std::string answerOf(Asker& asker) {
  std::string text;
  eventually([&] {
    text = describe(asker.take());
    return text != "nothing yet";
  });
  return text;
}

const std::string kMaster = "VI_1 MASTER 2, VI_6 MASTER 2, ";
const std::string kBackup = "VI_1 BACKUP 2, VI_6 BACKUP 2, ";

mode_t modeOf(const char* path) {
  struct stat facts {};
  return ::stat(path, &facts) == 0 ? facts.st_mode & 07777 : 0;
}

}  // namespace

TEST_CASE("a fresh answer is taken, from a keepalived that writes in place and from one that renames") {
  Directory directory;
  const struct {
    core::Version version;
    bool (*write)(const std::string&);
  } kinds[] = {{kOld, writeInPlace}, {kNew, writeRenamed}};
  for (const auto& kind : kinds) {
    INFO("version " << kind.version.major);
    const Child child = startKeepalived([&] { return kind.write(dumpOf("MASTER")); });
    Asker asker(kDump);
    for (int round = 0; round < 3; ++round) {
      CHECK_FALSE(asker.take());
      REQUIRE(asker.ask(child.pid()));
      CHECK(answerOf(asker) == kMaster);
      asker.done();
    }
  }
}

TEST_CASE("a keepalived of unknown version is understood whichever way it writes") {
  Directory directory;
  // Taken for 2.0.0 where it does not tell; it may be any later one.
  const Child child = startKeepalived([] { return writeRenamed(dumpOf("BACKUP")); });
  Asker asker(kDump);
  REQUIRE(asker.ask(child.pid()));
  CHECK(answerOf(asker) == kBackup);
}

TEST_CASE("an answer that comes in pieces is taken when it is whole") {
  Directory directory;
  int go[2];
  REQUIRE(::pipe2(go, O_CLOEXEC) == 0);
  for (const bool renames : {false, true}) {
    INFO((renames ? "renames" : "in place"));
    const Child child = startKeepalived([&] {
      char name[] = "/tmp/shared/keepalived.dataXXXXXX";
      const int fd =
          renames ? ::mkostemp(name, O_CLOEXEC) : ::open(kDump, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
      if (renames && ::rename(name, kDump) != 0) return false;
      const std::string text = dumpOf("MASTER");
      for (std::size_t at = 0; at < text.size(); at += 300) {
        const std::string piece = text.substr(at, 300);
        char byte = 0;
        if (::read(go[0], &byte, 1) != 1 || ::write(fd, piece.data(), piece.size()) < 0) return false;
      }
      return ::close(fd) == 0;
    });
    Asker asker(kDump);
    REQUIRE(asker.ask(child.pid()));
    const std::size_t pieces = (dumpOf("MASTER").size() + 299) / 300;
    for (std::size_t i = 0; i < pieces; ++i) {
      CHECK(describe(asker.take()) == "nothing yet");
      REQUIRE(::write(go[1], "", 1) == 1);
    }
    CHECK(answerOf(asker) == kMaster);
  }
}

TEST_CASE("a dump that stood there before the question is never an answer") {
  Directory directory;
  spill(kDump, dumpOf("MASTER"));
  const Child child = startKeepalived();  // hung: it is asked and writes nothing
  Asker asker(kDump);
  REQUIRE(asker.ask(child.pid()));
  CHECK(slurp(kDump).empty());
  spill("/tmp/shared/other", "news in the same directory");
  CHECK(describe(asker.take()) == "nothing yet");
}

TEST_CASE("the answer goes into a file that nobody else can read or write, from the start") {
  Directory directory;
  Child child = startKeepalived();
  Asker asker(kDump);
  spill(kDump, "somebody's");
  REQUIRE(::chmod(kDump, 0666) == 0);
  REQUIRE(asker.ask(child.pid()));
  CHECK(modeOf(kDump) == 0600);
  child = startKeepalived([] { return writeInPlace(dumpOf("MASTER")); });
  REQUIRE(asker.ask(child.pid()));
  CHECK(answerOf(asker) == kMaster);
  CHECK(modeOf(kDump) == 0600);
  CHECK(sh("ls /tmp/shared") == "keepalived.data\n");
}

TEST_CASE("a directory in the place of the answer gives way, with or without something in it") {
  for (const char* content : {"", "/full"}) {
    for (const core::Version version : {kOld, kNew}) {
      Directory directory;
      sh(std::string("mkdir -p ") + kDump + content);
      const Child child = startKeepalived(
          [&] { return version < kNew ? writeInPlace(dumpOf("BACKUP")) : writeRenamed(dumpOf("BACKUP")); });
      Asker asker(kDump);
      REQUIRE(asker.ask(child.pid()));
      CHECK(answerOf(asker) == kBackup);
    }
  }
}

TEST_CASE(
    "a user who puts files, links and directories into the place again and again keeps no question from its answer") {
  Directory directory;
  spill("/tmp/forged", dumpOf("MASTER"));
  sh("chmod 0644 /tmp/forged");
  Child attacker([] {
    if (::setgid(65534) != 0 || ::setuid(65534) != 0) return 1;
    ::umask(022);
    const std::string forged = slurp("/tmp/forged");
    for (;;) {
      const Fd file(::open(kDump, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
      if (file && ::write(file.get(), forged.data(), forged.size()) < 0) return 2;
      ::unlink(kDump);
      if (::symlink("/tmp/forged", kDump) == 0) ::unlink(kDump);
      if (::mkdir(kDump, 0755) == 0) ::rmdir(kDump);
    }
  });
  for (const core::Version version : {kOld, kNew}) {
    const Child child = startKeepalived(
        [&] { return version < kNew ? writeInPlace(dumpOf("BACKUP")) : writeRenamed(dumpOf("BACKUP")); });
    for (int i = 0; i < 200; ++i) {
      INFO("version " << version.major << ", question " << i);
      Asker asker(kDump);
      REQUIRE(asker.ask(child.pid()));
      REQUIRE(answerOf(asker) == kBackup);
      REQUIRE(::unlink(kDump) == 0);  // as some program that tidies up
    }
  }
  attacker.end();
  CHECK(slurp("/tmp/forged") == dumpOf("MASTER"));
}

TEST_CASE("links that stand in the place are removed and not followed") {
  for (const core::Version version : {kOld, kNew}) {
    Directory directory;
    spill("/tmp/elsewhere/precious", "precious");
    REQUIRE(::symlink("/tmp/elsewhere/precious", kDump) == 0);
    const Child child = startKeepalived(
        [&] { return version < kNew ? writeInPlace(dumpOf("BACKUP")) : writeRenamed(dumpOf("BACKUP")); });
    Asker asker(kDump);
    REQUIRE(asker.ask(child.pid()));
    CHECK(answerOf(asker) == kBackup);
    CHECK(slurp("/tmp/elsewhere/precious") == "precious");
  }
}

TEST_CASE("a dump that is not root's own alone is refused") {
  const struct {
    const char* what;
    const char* tamper;
    int error;
  } cases[] = {
      {"another's", "chown 1234 D", EPERM},
      {"a second link", "ln D /tmp/shared/second", EPERM},
      {"the group may write", "chmod 0620 D", EPERM},
      {"the world may write", "chmod 0602 D", EPERM},
      {"a symbolic link", "mv D /tmp/shared/moved; ln -s /tmp/shared/moved D", ELOOP},
      {"a directory", "rm D; mkdir D", EPERM},
      {"a pipe that nobody writes to", "rm D; mkfifo D", EPERM},
      {"far too large", "truncate -s 65M D", EFBIG},
  };
  for (const auto& c : cases) {
    for (const core::Version version : {kOld, kNew}) {
      INFO(c.what << ", version " << version.major);
      Directory directory;
      const Child child = startKeepalived(
          [&] { return version < kNew ? writeInPlace(dumpOf("MASTER")) : writeRenamed(dumpOf("MASTER")); });
      Asker asker(kDump);
      REQUIRE(asker.ask(child.pid()));
      REQUIRE(eventually([&] { return slurp(kDump) == dumpOf("MASTER"); }));
      sh(std::regex_replace(c.tamper, std::regex("D"), kDump));
      CHECK(answerOf(asker) == "error " + std::to_string(c.error));
    }
  }
}

TEST_CASE("a dump that is cut off is no answer") {
  Directory directory;
  const std::string whole = dumpOf("MASTER");
  const std::size_t second = whole.find("VI_6");
  for (std::size_t length = 0; length < second; length += 50) {
    INFO(length << " bytes");
    const Child child = startKeepalived([&] { return writeInPlace(whole.substr(0, length)); });
    Asker asker(kDump);
    REQUIRE(asker.ask(child.pid()));
    REQUIRE(eventually([&] { return readable(asker); }));
    const std::string said = describe(asker.take());
    // The lines of addresses come last: before them, nothing tells that they are missing.
    if (length < whole.find("   Advert interval"))
      CHECK(said == "nothing yet");
    else
      CHECK(said != kMaster);
  }
  const Child child = startKeepalived([&] { return writeInPlace(whole.substr(0, second + 100)); });
  Asker asker(kDump);
  REQUIRE(asker.ask(child.pid()));
  CHECK(answerOf(asker) == "VI_1 MASTER 2, VI_6 MASTER 0 unsure, ");  // what is said in full counts
}

TEST_CASE("a dump that keepalived was writing for somebody else is not taken for the answer") {
  Directory directory;
  const Child child = startKeepalived();
  Asker asker(kDump);
  for (const core::Version version : {kOld, kNew}) {
    INFO("version " << version.major);
    spill(kDump, "");
    std::FILE* others = std::fopen(kDump, "w");
    REQUIRE(others != nullptr);
    REQUIRE(asker.ask(child.pid()));
    REQUIRE(writeAll(others, dumpOf("MASTER")));  // ends after our question, began before it
    CHECK(describe(asker.take()) == "nothing yet");
    REQUIRE((version < kNew ? writeInPlace(dumpOf("BACKUP")) : writeRenamed(dumpOf("BACKUP"))));
    CHECK(describe(asker.take()) == kBackup);
    asker.expectAt(kDump);  // of the next one
  }
}

TEST_CASE("the end of somebody else's dump does not make half an answer a whole one") {
  const std::string answer = dumpOf("BACKUP");
  const std::size_t half = answer.find(" VRRP Instance = VI_6");
  for (const bool renames : {false, true}) {
    INFO((renames ? "renames" : "in place"));
    Directory directory;
    const Child child = startKeepalived();
    Asker asker(kDump);
    spill(kDump, "");
    std::FILE* others = std::fopen(kDump, "w");
    REQUIRE(asker.ask(child.pid()));
    REQUIRE(writeAll(others, dumpOf("MASTER")));
    char name[] = "/tmp/shared/keepalived.dataXXXXXX";
    Fd file(renames ? ::mkostemp(name, O_CLOEXEC) : ::open(kDump, O_WRONLY | O_TRUNC | O_CLOEXEC));
    if (renames) REQUIRE(::rename(name, kDump) == 0);
    REQUIRE(::write(file.get(), answer.data(), half) == static_cast<ssize_t>(half));
    CHECK(describe(asker.take()) == "nothing yet");
    REQUIRE(::write(file.get(), answer.data() + half, answer.size() - half) ==
            static_cast<ssize_t>(answer.size() - half));
    CHECK(describe(asker.take()) == "nothing yet");
    file.reset();
    CHECK(describe(asker.take()) == kBackup);
  }
}

TEST_CASE("a second question replaces the first") {
  Directory directory;
  const Child hung = startKeepalived();
  const Child child = startKeepalived([] { return writeInPlace(dumpOf("BACKUP")); });
  Asker asker(kDump);
  REQUIRE(asker.ask(hung.pid()));
  REQUIRE(asker.ask(hung.pid()));
  REQUIRE(asker.ask(child.pid()));
  CHECK(answerOf(asker) == kBackup);
  CHECK(describe(asker.take()) == "nothing yet");  // once
}

TEST_CASE("between questions the directory is nobody's business") {
  Directory directory;
  const Child child = startKeepalived([] { return writeInPlace(dumpOf("MASTER")); });
  Asker asker(kDump);
  REQUIRE(asker.ask(child.pid()));
  CHECK(answerOf(asker) == kMaster);
  asker.done();
  asker.take();  // what the end of watching itself leaves
  spill(kDump, dumpOf("BACKUP"));
  CHECK_FALSE(readable(asker));
  CHECK(describe(asker.take()) == "nothing yet");
}

TEST_CASE("the directory of a keepalived that writes in place is not looked at again, until an answer fails to come") {
  Directory directory;
  const Child child = startKeepalived();
  Asker asker(kDump);
  const auto watches = [&] {
    const std::string all = slurp("/proc/self/fdinfo/" + std::to_string(asker.fd()));
    int count = 0;
    for (std::size_t at = 0; (at = all.find("inotify wd:", at)) != std::string::npos; ++at) ++count;
    return count;
  };
  const auto answers = [&](bool (*write)(const std::string&)) {
    REQUIRE(write(dumpOf("BACKUP")));
    const std::string said = describe(asker.take());
    asker.done();
    return said;
  };
  const auto ask = [&] {
    REQUIRE(asker.ask(child.pid()));
    return watches();
  };
  REQUIRE(ask() == 2);
  REQUIRE(answers(writeInPlace) == kBackup);
  CHECK(ask() == 1);
  CHECK(answers(writeInPlace) == kBackup);
  CHECK(ask() == 1);
  CHECK(answers(writeRenamed) == "nothing yet");
  CHECK(ask() == 2);
  CHECK(answers(writeRenamed) == kBackup);
  CHECK(ask() == 2);
  CHECK(answers(writeInPlace) == kBackup);
  asker.expectAt(kDump);  // of another process
  CHECK(ask() == 2);
  CHECK(answers(writeRenamed) == kBackup);
}

TEST_CASE("where there is nobody to ask or no place to answer, the question says so") {
  Directory directory;
  Child ended([] { return 0; });
  const pid_t gone = ended.pid();
  ended.wait();
  Asker asker(kDump);
  const auto nobody = asker.ask(gone);
  REQUIRE_FALSE(nobody);
  CHECK(nobody.error().code == ESRCH);

  Asker nowhere("/tmp/nowhere/keepalived.data");
  const auto asked = nowhere.ask(::getpid());
  REQUIRE_FALSE(asked);
  CHECK(asked.error().code == ENOENT);
}
