// The test's side of fake_keepalived.
#pragma once

#include <string>
#include <vector>

#include "support/sandbox.hpp"

namespace guardian::test {

/// A network with v0, where fake_keepalived puts its addresses, and v1 at the other end; both up, and quiet.
void makeVeths();

/// keepalived.conf for what dump.hpp says.
std::string keepalivedConf();

class Keepalived {
 public:
  /// Returns when its pid files are written. `program` is a path whose name ends in "-VERSION", or any other for 1.3.9.
  explicit Keepalived(const std::string& program, std::vector<std::string> options = {});

  /// Returns when it is done. Throws if keepalived has ended instead.
  void tell(const std::string& command);
  /// role MASTER and install: as after an election.
  void becomeMaster();
  void becomeBackup();
  int parentPid() const { return process_.pid(); }
  /// The end of both processes, with nothing cleaned up.
  void kill();
  void waitForEnd() { process_.wait(); }

 private:
  void waitForOk();

  Child process_;
  Fd commands_;
  Fd answers_;
};

}  // namespace guardian::test
