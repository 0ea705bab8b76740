// vip-guardian pause and resume: maintenance. The daemon is told over the bus; without it the file that it reads is
// written, and holds as well.
#pragma once

namespace guardian::cli {

int pause(int argc, char** argv);
int resume(int argc, char** argv);

}  // namespace guardian::cli
