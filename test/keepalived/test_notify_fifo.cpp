// The FIFO of the notify lines, from both ends.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include <catch2/catch.hpp>

#include "keepalived/notify_fifo.hpp"

using namespace guardian;
using namespace guardian::keepalived;

namespace {

struct Folder {
  Folder() {
    REQUIRE(::mkdtemp(path) != nullptr);
    fifo = std::string(path) + "/notify";
  }
  ~Folder() {
    ::unlink(fifo.c_str());
    ::rmdir(path);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  char path[32] = "/tmp/vip-guardian-test-XXXXXX";
  std::string fifo;
};

mode_t modeOf(const std::string& path) {
  struct stat facts {};
  REQUIRE(::lstat(path.c_str(), &facts) == 0);
  return facts.st_mode;
}

}  // namespace

TEST_CASE("what keepalived calls a script with is the line that it would write") {
  const struct {
    std::vector<std::string> arguments;
    const char* line;
  } cases[] = {
      {{"INSTANCE", "VI_1", "MASTER", "100"}, "INSTANCE \"VI_1\" MASTER 100\n"},
      {{"GROUP", "G 1", "FAULT", "0"}, "GROUP \"G 1\" FAULT 0\n"},
      {{"INSTANCE", "VI_1", "MASTER"}, ""},
      {{"INSTANCE", "VI_1", "MASTER", "100", "x"}, ""},
      {{"INSTANCE", "VI_1", "MASTER", "high"}, ""},
      {{"instance", "VI_1", "MASTER", "100"}, ""},
      {{"INSTANCE", "VI\"1", "MASTER", "100"}, ""},
      {{}, ""},
  };
  for (const auto& c : cases) CHECK(notifyLine(c.arguments) == c.line);
}

TEST_CASE("lines go through the FIFO, and only roles of instances come out") {
  const Folder folder;
  const auto unheard = tellFifo(folder.fifo, "x\n");
  REQUIRE(unheard);
  CHECK_FALSE(unheard.value());
  NotifyFifo fifo(folder.fifo);
  REQUIRE(fifo.open());
  CHECK(fifo.take().empty());
  for (const char* line : {"INSTANCE \"VI_1\" MASTER 100\n", "GROUP \"G\" MASTER 0\n", "INSTANCE \"VI_2\" STOP 0\n",
                           "INSTANCE \"VI_1\" MASTER_RX_LOWER_PRI 100\n", "junk\n", "INSTANCE \"VI_1\" BACKUP 100"})
    CHECK(tellFifo(folder.fifo, line));
  const auto lines = fifo.take();
  REQUIRE(lines.size() == 2);
  CHECK(lines[0].name == "VI_1");
  CHECK(lines[0].role == core::Role::Master);
  CHECK(lines[1].name == "VI_2");
  CHECK(lines[1].stopped);
  CHECK(tellFifo(folder.fifo, "\n"));  // the end of the last one
  CHECK(fifo.take().size() == 1);
}

TEST_CASE("only a FIFO that nobody else could have made is taken as it is") {
  const Folder folder;
  {
    NotifyFifo first(folder.fifo);
    REQUIRE(first.open());
  }
  struct stat before {};
  REQUIRE(::lstat(folder.fifo.c_str(), &before) == 0);
  NotifyFifo second(folder.fifo);
  REQUIRE(second.open());
  struct stat after {};
  REQUIRE(::lstat(folder.fifo.c_str(), &after) == 0);
  CHECK(after.st_ino == before.st_ino);

  REQUIRE(::chmod(folder.fifo.c_str(), 0666) == 0);
  REQUIRE(second.open());
  CHECK(modeOf(folder.fifo) == (S_IFIFO | 0600));

  REQUIRE(::unlink(folder.fifo.c_str()) == 0);
  std::ofstream(folder.fifo) << "text";
  REQUIRE(second.open());
  CHECK(modeOf(folder.fifo) == (S_IFIFO | 0600));

  REQUIRE(::unlink(folder.fifo.c_str()) == 0);
  REQUIRE(::symlink("/nowhere", folder.fifo.c_str()) == 0);
  REQUIRE(second.open());
  CHECK(modeOf(folder.fifo) == (S_IFIFO | 0600));

  NotifyFifo nowhere("/nowhere/notify");
  CHECK_FALSE(nowhere.open());
  CHECK_FALSE(tellFifo("/proc/version", "x"));
}
