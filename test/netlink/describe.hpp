// Records as one line of text, so that a table can say what it expects and a failure shows what differs.
#pragma once

#include <sstream>
#include <string>

#include "guardian/core/kernel.hpp"

namespace guardian::test {

inline std::string lifetime(std::uint32_t value) { return value == core::kForever ? "forever" : std::to_string(value); }

inline std::string describe(const core::AddressRecord& record) {
  std::ostringstream out;
  out << core::toString(record.key.address) << '/' << int{record.key.prefixLength} << " on " << record.key.ifindex;
  if (record.peer) out << " peer " << core::toString(*record.peer);
  if (record.broadcast) out << " brd " << core::toString(*record.broadcast);
  if (!record.label.empty()) out << " label " << record.label;
  out << " scope " << int{record.scope} << " flags 0x" << std::hex << record.flags << std::dec << ' '
      << lifetime(record.preferred) << '/' << lifetime(record.valid);
  if (record.protocol != 0) out << " proto " << int{record.protocol};
  if (record.metric != 0) out << " metric " << record.metric;
  return out.str();
}

inline std::string describe(const core::LinkRecord& link) {
  std::ostringstream out;
  out << link.ifindex << ' ' << link.name << (link.up ? " up" : " down") << (link.carrier ? " carrier" : "");
  if (link.hasMac) out << " mac";
  for (std::size_t i = 0; link.hasMac && i < link.mac.size(); ++i)
    out << (i == 0 ? ' ' : ':') << std::hex << (link.mac[i] < 16 ? "0" : "") << int{link.mac[i]};
  return out.str();
}

}  // namespace guardian::test
