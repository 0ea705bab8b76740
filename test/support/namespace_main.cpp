#define CATCH_CONFIG_RUNNER
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include <catch2/catch.hpp>

namespace {

constexpr int kSkipped = 77;

int statusOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

int waitFor(pid_t child) {
  int status = 0;
  for (;;) {
    const pid_t ended = ::waitpid(-1, &status, 0);
    if (ended == child) return statusOf(status);
    if (ended < 0 && errno != EINTR) return 1;
  }
}

bool hideTheHost() {
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("proc", "/proc", "proc", 0, nullptr) == 0 && ::mount("tmpfs", "/run", "tmpfs", 0, "mode=0755") == 0 &&
         ::mount("tmpfs", "/tmp", "tmpfs", 0, "mode=1777") == 0;
}

/// The first process of the namespaces: ends with the session, and everything else in there with it.
int runInside(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!hideTheHost()) {
    std::fprintf(stderr, "preparing the mount namespace: %s\n", std::strerror(errno));
    return 1;
  }
  const pid_t session = ::fork();
  if (session == 0) {
    const int failed = Catch::Session().run(argc, argv);
    return failed == 0 ? 0 : 1;  // never the number that means skipped
  }
  return waitFor(session);
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i)  // CTest asks for the names at build time
    if (std::strncmp(argv[i], "--list", 6) == 0 || std::strcmp(argv[i], "-l") == 0)
      return Catch::Session().run(argc, argv);
  if (::geteuid() != 0 || ::unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWPID) != 0) {
    std::printf("SKIPPED: making namespaces needs root (%s)\n", std::strerror(::geteuid() != 0 ? EPERM : errno));
    return kSkipped;
  }
  std::fflush(nullptr);
  const pid_t first = ::fork();
  if (first == 0) return runInside(argc, argv);
  // At once: the namespace for new processes has ended, so a leak check could not start its helper here.
  ::_exit(waitFor(first));
}
