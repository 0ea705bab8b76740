#include "cli/runner.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "guardian/util/handle.hpp"

namespace guardian::test {
namespace {

std::string readToEnd(const Fd& from) {
  std::string text;
  char chunk[4096];
  for (ssize_t length; (length = ::read(from.get(), chunk, sizeof chunk)) > 0;)
    text.append(chunk, static_cast<std::size_t>(length));
  return text;
}

/// The rights of root are in the capabilities; without a bounding set a new program has none.
void dropRights() {
  static_cast<void>(::unshare(CLONE_NEWNET));  // as root; nobody's network is at stake either way
  for (int capability = 0; ::prctl(PR_CAPBSET_DROP, capability) == 0; ++capability) {}
}

}  // namespace

Ran run(std::vector<std::string> arguments, bool withoutRights) {
  int out[2];
  int err[2];
  REQUIRE(::pipe2(out, O_CLOEXEC) == 0);
  REQUIRE(::pipe2(err, O_CLOEXEC) == 0);
  const Fd outEnd(out[0]);
  const Fd errEnd(err[0]);
  Fd outStart(out[1]);
  Fd errStart(err[1]);
  arguments.insert(arguments.begin(), VIP_GUARDIAN);
  const pid_t child = ::fork();
  if (child == 0) {
    if (withoutRights) dropRights();
    ::dup2(::open("/dev/null", O_RDONLY | O_CLOEXEC), STDIN_FILENO);
    ::dup2(outStart.get(), STDOUT_FILENO);
    ::dup2(errStart.get(), STDERR_FILENO);
    std::vector<char*> words;
    words.reserve(arguments.size() + 1);
    for (std::string& argument : arguments) words.push_back(&argument[0]);
    words.push_back(nullptr);
    ::execv(words[0], words.data());
    ::_exit(127);
  }
  outStart.reset();
  errStart.reset();
  Ran ran;
  ran.complaints = readToEnd(errEnd);  // few lines: the other pipe cannot fill up meanwhile
  ran.output = readToEnd(outEnd);
  int status = 0;
  ::waitpid(child, &status, 0);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return ran;
}

}  // namespace guardian::test
