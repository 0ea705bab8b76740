// Writes what a report offers, and takes exactly that away again: files whose first line says that they are ours.
#pragma once

#include <string>
#include <vector>

#include "doctor/finding.hpp"
#include "guardian/util/result.hpp"

namespace guardian::doctor {

/// Each file once.
std::vector<Fix> fixesOf(const Report& report);

/// Whole or not at all, with the directory that it needs. A file that is not ours is left alone (EEXIST).
Result<Done> write(const Fix& fix, const std::string& root);

/// The files of ours that stand in a tree.
std::vector<std::string> writtenFiles(const std::string& root);
/// And its directory, if nothing else is in it.
Result<Done> remove(const std::string& path, const std::string& root);

}  // namespace guardian::doctor
