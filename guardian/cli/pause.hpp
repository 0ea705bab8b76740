// vip-guardian pause and resume: maintenance.
#pragma once

namespace guardian::cli {

int pause(int argc, char** argv);
int resume(int argc, char** argv);

}  // namespace guardian::cli
