// The JSON dump (SIGRTMIN+2 to a keepalived that is built for it). Pure.
//
// Before 2.0.11 it names the addresses only, without length or device: such instances carry
// understood == false, their roles are good all the same.
#pragma once

#include <string>

#include "guardian/core/model.hpp"

namespace guardian::keepalived {

core::Answer readJsonDump(const std::string& text);

}  // namespace guardian::keepalived
