// Traces on disk, in a folder of root's: for root alone, since they name all addresses of the host.
#pragma once

#include <string>

#include "guardian/util/result.hpp"

namespace guardian::trace {

constexpr const char* kFolder = "/run/vip-guardian";

/// The file that SIGUSR1 asks for, always the same; or, with an incident's id, one of its own.
std::string fileOf(const std::string& incident, const std::string& folder = kFolder);

/// Always whole.
Result<Done> writeFile(const std::string& path, const std::string& text);

/// Of incidents' traces the last few stay: the folder is in memory.
void forgetOldest(const std::string& folder = kFolder, std::size_t kept = 8);

}  // namespace guardian::trace
