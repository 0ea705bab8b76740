// The real daemon as the tests run it: with a notify socket and a journal of their own.
#pragma once

#include <csignal>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "support/failing_call.hpp"
#include "support/sandbox.hpp"

namespace guardian::test {

/// The fields of a journal entry; MESSAGE is one of them.
using Entry = std::map<std::string, std::string>;

class Guardian {
 public:
  /// Returns when it has said READY=1. Throws if it has ended instead.
  explicit Guardian(const std::string& program, const std::string& configuration = "{}");
  /// Returns when it has said READY=1 or has ended, one of its calls having failed.
  Guardian(const std::string& program, FailingCall& failing);

  int pid() const { return process_.pid(); }
  bool hasEnded() const { return process_.hasEnded(); }
  /// Its exit status, when it has ended by itself.
  int waitForEnd() { return process_.wait(); }
  void reload() const { process_.signal(SIGHUP); }
  /// SIGTERM; its exit status.
  int stop();
  void kill() { process_.end(); }

  /// What it wrote to the journal so far.
  const std::vector<Entry>& entries();
  /// Waits for an entry of this kind; an empty one if none comes.
  Entry entry(std::string_view messageId);
  /// Waits for an entry whose text begins so.
  bool tells(const std::string& text);
  /// Until it takes no more; nobody reads it before entries().
  void fillJournal() const;
  /// Everything that it told systemd, a line each.
  std::string notified();
  /// Waits until its status line says so.
  bool says(const std::string& status);

 private:
  void start(const std::string& program, const std::string& configuration, const FailingCall* failing);
  bool isReady() {
    entries();  // a journal that nobody reads would make it wait
    return notified().find("READY=1\n") != std::string::npos;
  }

  Fd notify_;
  Fd journal_;
  Child process_;
  std::string notified_;
  std::vector<Entry> entries_;
};

}  // namespace guardian::test
