// Putting together what the running keepalived says of an instance and what its configuration file adds.
#pragma once

#include <string>

#include "guardian/core/model.hpp"

namespace guardian::core {

/// The dump is the truth about which addresses there are; it says nothing of address flags and, on 1.3.9, nothing
/// of rate limits. Those come from the configuration, where it speaks of the same instance and address.
Instance complete(Instance claimed, const Configuration& configuration);

/// Where the running keepalived and the configuration file disagree about an instance's addresses, in one sentence;
/// empty: nowhere. keepalived may have dropped one when it read the file, or the file was edited since.
std::string drift(const Instance& running, const Configuration& configuration);
/// The same for all that concerns no running instance: a file that keepalived would refuse, instances it does not run.
std::string drift(const std::vector<const Instance*>& running, const Configuration& configuration);

/// Whether both mean the same instance, whatever addresses it has.
bool sameInstance(const Instance& a, const Instance& b);

/// Whether two readings of the model ask for the same watching. What changes from answer to answer by itself
/// (priorities) does not count.
bool sameWatching(const Instance& a, const Instance& b);

}  // namespace guardian::core
