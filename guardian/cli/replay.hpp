// `vip-guardian replay`: a trace of the daemon, told once more to a core of its own, offline and without rights.
#pragma once

namespace guardian::cli {

int replay(int argc, char** argv);

}  // namespace guardian::cli
