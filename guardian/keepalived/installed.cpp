#include "keepalived/installed.hpp"

#include <cstdio>
#include <string>

#include "keepalived/command_line.hpp"

namespace guardian::keepalived {

std::optional<core::Version> installedVersion() {
  std::FILE* pipe = ::popen("PATH=$PATH:/usr/sbin:/sbin keepalived --version 2>&1 </dev/null", "r");
  if (pipe == nullptr) return std::nullopt;
  char line[256];
  std::string text;
  while (std::fgets(line, sizeof line, pipe) != nullptr) text += line;
  ::pclose(pipe);
  return readVersion(text);
}

}  // namespace guardian::keepalived
