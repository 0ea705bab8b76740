#include "keepalived/config_test.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace guardian::keepalived {
namespace {

constexpr std::size_t kEnough = 4096;  ///< of what it says

/// With no signal blocked: we take ours through a descriptor, it does not.
class Attributes {
 public:
  Attributes() {
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
  }
  ~Attributes() { ::posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_{};
};

class Files {
 public:
  explicit Files(int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
  }
  ~Files() { ::posix_spawn_file_actions_destroy(&actions_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;
  const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

std::string firstLine(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

Result<ConfigTest> ConfigTest::start(const std::string& binary, const std::string& file) {
  const std::string doing = "testing keepalived's configuration with " + binary;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return Error{errno, doing};
  Fd output(ends[0]);
  const Fd input(ends[1]);
  const Attributes attributes;
  const Files files(input.get());
  const std::string option = "--use-file=" + file;
  const char* const words[] = {binary.c_str(), "--vrrp", "--config-test", option.c_str(), nullptr};
  int pid = 0;
  // A C interface of before const: it changes none of them.
  const int error = ::posix_spawnp(&pid, binary.c_str(), files.get(), attributes.get(), const_cast<char* const*>(words),
                                   environ);  // NOLINT
  if (error != 0) return Error{error, doing};
  return ConfigTest(pid, std::move(output));
}

ConfigTest::ConfigTest(ConfigTest&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), output_(std::move(other.output_)), said_(std::move(other.said_)) {}

ConfigTest::~ConfigTest() {
  if (pid_ == 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

std::optional<std::string> ConfigTest::take() {
  char chunk[1024];
  for (;;) {
    const ssize_t length = ::read(output_.get(), chunk, sizeof chunk);
    if (length < 0 && errno == EINTR) continue;
    if (length < 0 && errno == EAGAIN) return std::nullopt;
    if (length <= 0) break;
    if (said_.size() < kEnough) said_.append(chunk, static_cast<std::size_t>(length));
  }
  int status = 0;
  ::waitpid(std::exchange(pid_, 0), &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return std::string();
  const std::string said = firstLine(said_);
  return said.empty() ? "keepalived --config-test fails" : said;
}

}  // namespace guardian::keepalived
