// Looks at a host and says what there is. Reads files that anybody may read where it can, so that it needs no rights,
// and notes what it could not see.
#pragma once

#include <string>

#include "doctor/host.hpp"

namespace guardian::doctor {

/// `root`: of another file system, where only files are looked at; empty: of this host, whose programs and bus are
/// asked as well.
Host gather(const std::string& root);

}  // namespace guardian::doctor
