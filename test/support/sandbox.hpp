// For programs of the label `namespace`: they link catch_namespace_main, whose main() runs them in network, mount
// and process namespaces of their own, with an empty /run and an empty /tmp. Nothing in there touches the host, and
// nothing outlives the program. Without root, main() says SKIPPED and exits with 77.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "guardian/util/handle.hpp"

namespace guardian::test {

/// A network of this test case alone: only `lo`, which is up. Sockets that are open already stay in the old one.
void enterFreshNetwork();

/// What a shell command prints on both streams. Throws, with that text, if it fails.
std::string sh(const std::string& command);

std::string slurp(const std::string& path);
void spill(const std::string& path, const std::string& text);

/// Looks again and again until the condition holds; gives up after a time that no machine needs.
template <class Condition> bool eventually(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A forked process; killed and waited for at the latest here.
class Child {
 public:
  Child() = default;
  /// Runs `body` in the child and ends it with the returned status.
  explicit Child(const std::function<int()>& body);
  Child(Child&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() { end(); }

  pid_t pid() const { return pid_; }
  void signal(int number) const;
  /// Whether it has; wait() still tells how.
  bool hasEnded() const;
  /// Waits for its end: the exit status, or 128 and the number of the signal that ended it.
  int wait();
  void end();

 private:
  pid_t pid_ = 0;
};

/// A program of the build. Make it a static object: it is opened before the namespaces hide the folder it is in, and
/// copied into them.
class Program {
 public:
  explicit Program(const char* path);
  /// Where it can be run from inside the namespaces.
  std::string path();

 private:
  Fd file_;
  std::string name_;
};

}  // namespace guardian::test
