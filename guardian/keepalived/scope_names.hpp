// Names of address scopes, as keepalived takes them from /etc/iproute2/rt_scopes and its own list. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace guardian::keepalived {

class ScopeNames {
 public:
  /// The built-in names only: global 0, site 200, link 253, host 254, nowhere 255.
  ScopeNames() : ScopeNames(std::string_view()) {}
  /// With the names of an rt_scopes file, which come before the built-in ones.
  explicit ScopeNames(std::string_view file);

  /// A number (0 to 255, with 0x and 0 prefixes) or a name.
  std::optional<std::uint8_t> find(const std::string& word) const;

 private:
  std::vector<std::pair<std::string, std::uint8_t>> names_;
};

}  // namespace guardian::keepalived
