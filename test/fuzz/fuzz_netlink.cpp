// Any bytes as datagrams of rtnetlink, and what is sent back after having been read.
#include <linux/rtnetlink.h>

#include <cstring>
#include <vector>

#include "fuzz/require.hpp"
#include "netlink/codec.hpp"
#include "netlink/route_codec.hpp"

using namespace guardian;
using test::require;

namespace {

core::RouteInterest everything() {
  core::RouteInterest interest;
  for (unsigned protocol = 0; protocol < 256; ++protocol)
    interest.protocols.insert(static_cast<std::uint8_t>(protocol));
  for (const std::uint32_t table : {0U, 100U, core::kMainTable, 255U, 1000U})
    for (const core::Family family : {core::Family::IPv4, core::Family::IPv6}) interest.tables.insert({family, table});
  interest.rules = true;
  return interest;
}

/// What a request to add it says is what was read, as far as a request can say it.
void checkAddress(const core::AddressRecord& record) {
  require(record.key.prefixLength <= core::fullLength(record.key.address.family), "a prefix length fits its family");
  require(!record.peer || *record.peer != record.key.address, "a peer is another address");
  const netlink::Message addition = netlink::buildAdd(record);
  const auto again = netlink::parseAddress(nlmsg_hdr(addition.get()));
  require(again.has_value() && again->key == record.key, "an addition names the same address");
  require(again->peer == record.peer && again->scope == record.scope && again->metric == record.metric &&
              again->protocol == record.protocol && again->preferred == record.preferred &&
              again->valid == record.valid && again->flags == (record.flags & core::address_flag::requestable),
          "an addition says all that was read");
  if (record.key.address.family == core::Family::IPv4)
    require(again->broadcast == record.broadcast && again->label == record.label, "also what only IPv4 has");
  const netlink::Message removal = netlink::buildRemove(record.key, record.peer);
  const auto removed = netlink::parseAddress(nlmsg_hdr(removal.get()));
  require(removed.has_value() && removed->key == record.key, "a removal names the same address");
}

void checkRoute(const core::RouteRecord& record) {
  static const core::RouteInterest interest = everything();
  require(record.to.length <= core::fullLength(record.family), "a destination fits its family");
  require(record.from.length <= core::fullLength(record.family), "a source fits its family");
  const netlink::Message addition = netlink::buildAdd(record.form);
  const auto again = netlink::parseRoute(nlmsg_hdr(addition.get()), interest);
  require(again.has_value() && core::sameRoute(*again, record) && again->form == record.form,
          "an addition is the same route");
  const netlink::Message removal = netlink::buildRemove(record.form);
  const auto removed = netlink::parseRoute(nlmsg_hdr(removal.get()), interest);
  require(removed.has_value() && core::sameRoute(*removed, record), "a removal names the same route");
}

void read(const nlmsghdr* message) {
  static const core::RouteInterest interest = everything();
  switch (message->nlmsg_type) {
    case RTM_NEWADDR:
    case RTM_DELADDR:
      if (const auto record = netlink::parseAddress(message)) checkAddress(*record);
      break;
    case RTM_NEWLINK:
    case RTM_DELLINK:
      if (const auto link = netlink::parseLink(message)) require(link->ifindex > 0, "a link has an index");
      break;
    default:
      if (const auto record = netlink::parseRoute(message, interest)) checkRoute(*record);
  }
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  // As from recvmmsg(): aligned, and no byte more than was received, so that a look beyond it is seen.
  std::vector<std::uint64_t> words((size + 7) / 8);
  std::uint8_t* const bytes = reinterpret_cast<std::uint8_t*>(words.data()) + words.size() * 8 - (size + 3) / 4 * 4;
  std::memcpy(bytes, data, size);
  int rest = static_cast<int>(size);
  for (auto* message = reinterpret_cast<nlmsghdr*>(bytes); nlmsg_ok(message, rest);
       message = nlmsg_next(message, &rest))
    read(message);
  return 0;
}
