// `vip-guardian doctor`: what this host does to virtual addresses, and what to do about it.
#pragma once

#include <string>

#include "cli/terminal.hpp"
#include "doctor/finding.hpp"

namespace guardian::cli {

int doctor(int argc, char** argv);

std::string doctorText(const doctor::Report& report, const Screen& screen);
std::string doctorJson(const doctor::Report& report);

}  // namespace guardian::cli
