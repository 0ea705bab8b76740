// Why keepalived does not take another node's advert. Its checks are vrrp_in_chk()'s, in its order; they did not change
// from 1.3.9 to 2.4.
#pragma once

#include <string>

#include "guardian/core/model.hpp"

namespace guardian::core {

/// In words that end a sentence: "its password is another one". Empty: it takes it.
std::string whyUnheard(const Instance& ours, const Advert& theirs);

}  // namespace guardian::core
