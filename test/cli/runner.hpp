// Runs the real program as a user would.
#pragma once

#include <string>
#include <vector>

namespace guardian::test {

struct Ran {
  int status = -1;
  std::string output;
  std::string complaints;
};

/// Standard input is empty; both outputs are pipes, so no terminal.
Ran run(std::vector<std::string> arguments, bool withoutRights = false);

}  // namespace guardian::test
