#include "cli/inspect_words.hpp"

namespace guardian::cli {

std::string prefixText(const core::Vip& vip) {
  return core::toString(vip.address) + "/" + std::to_string(vip.prefixLength);
}

std::string scopeText(std::uint8_t scope) {
  switch (scope) {
    case 0: return "global";
    case 200: return "site";
    case 253: return "link";
    case 254: return "host";
    case 255: return "nowhere";
    default: return std::to_string(scope);
  }
}

std::string roleText(core::Role role) {
  switch (role) {
    case core::Role::Master: return "master";
    case core::Role::Backup: return "backup";
    case core::Role::Fault: return "fault";
    case core::Role::Other: return "other";
    case core::Role::Unknown: break;
  }
  return "unknown";
}

std::string versionText(const core::Version& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." + std::to_string(version.patch);
}

std::string severityText(core::Problem::Severity severity) {
  switch (severity) {
    case core::Problem::Severity::Note: return "note";
    case core::Problem::Severity::Warning: return "warning";
    case core::Problem::Severity::Error: break;
  }
  return "error";
}

}  // namespace guardian::cli
