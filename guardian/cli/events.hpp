// `vip-guardian events` and `vip-guardian explain`: what the journal has kept of the incidents.
#pragma once

namespace guardian::cli {

/// argv[0] is "events". Returns 0, 3 if the journal cannot be read, 64 for wrong usage.
int events(int argc, char** argv);

/// argv[0] is "explain". Returns 0, 3 if there is no such incident, 64 for wrong usage.
int explain(int argc, char** argv);

}  // namespace guardian::cli
