// Text of others that goes where only UTF-8 may stand, or to a terminal.
#pragma once

#include <string>

namespace guardian {

/// Every byte that belongs to no UTF-8 sequence becomes a question mark.
std::string cleanUtf8(const std::string& text);

/// Control characters, too: a hostile file must not reach the terminal.
std::string printable(const std::string& text);

}  // namespace guardian
