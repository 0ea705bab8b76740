// Reading the attributes of a netlink message, whatever a sender may have put there.
#pragma once

#include <netlink/attr.h>
#include <netlink/msg.h>

#include <array>
#include <cstring>
#include <optional>
#include <string>

#include "guardian/core/address.hpp"

namespace guardian::netlink {

inline std::optional<core::IpAddress> address(const nlattr* attribute, core::Family family) {
  core::IpAddress out;
  out.family = family;
  if (attribute == nullptr || static_cast<std::size_t>(nla_len(attribute)) != out.size()) return std::nullopt;
  std::memcpy(out.bytes.data(), nla_data(attribute), out.size());
  return out;
}

/// Attribute text need not end in a zero byte, and must not be trusted to.
inline std::string text(const nlattr* attribute) {
  const char* start = static_cast<const char*>(nla_data(attribute));
  return std::string(start, strnlen(start, static_cast<std::size_t>(nla_len(attribute))));
}

template <class T> std::optional<T> number(const nlattr* attribute) {
  T value;
  if (attribute == nullptr || nla_len(attribute) < static_cast<int>(sizeof value)) return std::nullopt;
  std::memcpy(&value, nla_data(attribute), sizeof value);
  return value;
}

/// Attributes that are cut short end the message, those before stand; nla_parse() would refuse all.
template <std::size_t N> void collect(const nlmsghdr* message, int headerLength, std::array<const nlattr*, N>& out) {
  const nlattr* attribute = nlmsg_attrdata(message, headerLength);
  int rest = nlmsg_attrlen(message, headerLength);
  for (; rest > 0 && nla_ok(attribute, rest); attribute = nla_next(attribute, &rest)) {
    const auto type = static_cast<std::size_t>(nla_type(attribute));
    if (type < N) out[type] = attribute;
  }
}

}  // namespace guardian::netlink
