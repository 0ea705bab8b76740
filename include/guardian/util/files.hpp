// Files that others read while they are written.
#pragma once

#include <sys/types.h>

#include <string>

#include "guardian/util/result.hpp"

namespace guardian {

/// A file with this text and mode in the place of the old one, by a rename: who reads it sees one or the other.
Result<Done> replaceFile(const std::string& path, const std::string& text, mode_t mode);

}  // namespace guardian
