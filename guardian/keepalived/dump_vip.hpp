// One address line of a dump, five blanks in. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "guardian/core/model.hpp"
#include "keepalived/scope_names.hpp"

namespace guardian::keepalived {

enum class DumpAge { Before2, Since2 };  ///< 2.0.0 made a new layout of the dump

struct DumpVip {
  core::Vip vip;
  bool certain = true;   ///< false: the line does not say all that it should
  bool possible = true;  ///< false: the kernel never takes an address with this prefix length
};

/// nullopt: not an address line. `line` without its leading blanks and its newline.
std::optional<DumpVip> readDumpVip(std::string_view line, DumpAge age, const ScopeNames& scopes);

}  // namespace guardian::keepalived
