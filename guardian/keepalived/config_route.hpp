// One line of virtual_routes or virtual_rules, as far as it tells which route or rule of the kernel's is meant. Pure.
//
// Much of such a line says how the route is (its metrics, its encapsulation), which the kernel tells better. What the
// line says beyond what is known here makes it not understood: then nothing is ever done about it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "guardian/core/route.hpp"
#include "keepalived/config_words.hpp"

namespace guardian::keepalived {

/// Numbers with names, as /etc/iproute2 has them.
class NumberNames {
 public:
  NumberNames(std::vector<std::pair<std::string, std::uint32_t>> builtIn, std::string_view file);
  std::optional<std::uint32_t> find(const std::string& word) const;

 private:
  std::vector<std::pair<std::string, std::uint32_t>> names_;
};

struct RouteNames {
  /// The contents of rt_tables and rt_protos.
  explicit RouteNames(std::string_view tableFile = {}, std::string_view protocolFile = {});
  NumberNames tables;
  NumberNames protocols;
};

core::VirtualRoute readRoute(const Words& words, const RouteNames& names);
core::VirtualRoute readRule(const Words& words, const RouteNames& names);

}  // namespace guardian::keepalived
