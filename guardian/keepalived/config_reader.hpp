// What keepalived makes of a configuration file, quirks included. Where keepalived misreads what its author
// meant, the result is keepalived's, and a problem says so. Where the reader cannot be sure, the instance
// carries understood == false and must never be acted upon.
//
// Pure but for the FileSource: no clock, no network, no user database. What depends on the host (which
// interfaces exist) is given in the options; without it every named interface is taken to exist.
#pragma once

#include <optional>
#include <set>
#include <string>

#include "guardian/core/model.hpp"
#include "keepalived/file_source.hpp"

namespace guardian::keepalived {

struct ReadOptions {
  core::Version version{1, 3, 9};
  std::string configId;  ///< `-i`, or the node name up to its first dot
  /// The interfaces that exist, without loopback ones; empty optional: unknown, all are taken to exist.
  std::optional<std::set<std::string>> interfaces;
};

/// Reads `path` (a glob, as keepalived takes for -f) the way `options.version` would. Never throws for what
/// a file says: a file that keepalived refuses gives accepted == false and an Error.
core::Configuration readConfiguration(const std::string& path, const ReadOptions& options, FileSource& files);

/// The default configuration id: the node name up to its first dot.
std::string configIdOf(const std::string& nodeName);

}  // namespace guardian::keepalived
