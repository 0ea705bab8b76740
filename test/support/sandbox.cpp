#include "support/sandbox.hpp"

#include <fcntl.h>
#include <linux/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace guardian::test {
namespace {

void check(bool good, const std::string& doing) {
  if (!good) throw std::system_error(errno, std::generic_category(), doing);
}

int statusOf(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

void enterFreshNetwork() {
  check(::unshare(CLONE_NEWNET) == 0, "making a network namespace");
  const Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  check(::ioctl(socket.get(), SIOCSIFFLAGS, &request) == 0, "bringing lo up");
}

std::string sh(const std::string& command) {
  std::FILE* pipe = ::popen(("PATH=$PATH:/usr/sbin:/sbin; { " + command + "; } 2>&1 </dev/null").c_str(), "re");
  check(pipe != nullptr, command);
  std::string text;
  char buffer[4096];
  while (const std::size_t length = std::fread(buffer, 1, sizeof buffer, pipe)) text.append(buffer, length);
  if (::pclose(pipe) != 0) throw std::runtime_error(command + ": " + text);
  return text;
}

std::string slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

void spill(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text << std::flush;
  check(file.good(), "writing " + path);
}

Child::Child(const std::function<int()>& body) : pid_(::fork()) {
  check(pid_ >= 0, "forking");
  if (pid_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int status = 99;
  try {
    status = body();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "a child of the test: %s\n", error.what());
  }
  ::_exit(status);
}

Child& Child::operator=(Child&& other) noexcept {
  end();
  pid_ = std::exchange(other.pid_, 0);
  return *this;
}

void Child::signal(int number) const { check(pid_ > 0 && ::kill(pid_, number) == 0, "signalling a child"); }

bool Child::hasEnded() const {
  siginfo_t facts{};
  const int result = ::waitid(P_PID, static_cast<id_t>(pid_), &facts, WEXITED | WNOHANG | WNOWAIT);
  return result == 0 && facts.si_pid == pid_;
}

int Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) check(errno == EINTR, "waiting for a child");
  pid_ = 0;
  return statusOf(status);
}

void Child::end() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  wait();
}

Program::Program(const char* path) : file_(::open(path, O_RDONLY | O_CLOEXEC)), name_(std::strrchr(path, '/') + 1) {}

std::string Program::path() {
  check(static_cast<bool>(file_), "opening the program " + name_);
  std::string path = "/run/program/" + name_;
  if (::access(path.c_str(), X_OK) == 0) return path;
  ::mkdir("/run/program", 0755);
  spill(path, slurp("/proc/self/fd/" + std::to_string(file_.get())));
  check(::chmod(path.c_str(), 0755) == 0, "showing the program " + name_);
  return path;
}

}  // namespace guardian::test
