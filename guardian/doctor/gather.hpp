// Looks at a host and says what there is. Reads files that anybody may read where it can, so that it needs no rights,
// and notes what it could not see.
#pragma once

#include <functional>
#include <string>

#include "doctor/host.hpp"

namespace guardian::doctor {

/// Told before it begins to listen for other nodes, which takes so long.
using OnListening = std::function<void(core::Duration)>;

/// `root`: of another file system, where only files are looked at; empty: of this host, whose programs and bus are
/// asked as well. With `onListening`, the wire is listened to where no guardian runs that has heard it all along.
Host gather(const std::string& root, const OnListening& onListening = {});

}  // namespace guardian::doctor
