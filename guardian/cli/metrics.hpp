// `vip-guardian metrics`: the runtime state file as Prometheus reads it. Anybody may ask.
#pragma once

namespace guardian::cli {

/// argv[0] is "metrics". Returns 0, 3 if the daemon does not run, 64 for wrong usage.
int metrics(int argc, char** argv);

}  // namespace guardian::cli
