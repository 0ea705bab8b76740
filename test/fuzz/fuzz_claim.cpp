// Any bytes as ARP and as neighbour advertisements, with any number of hops.
#include "fuzz/require.hpp"
#include "packet/claim.hpp"

using namespace guardian;
using test::require;

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer gives the name
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto arp = packet::parseArp(data, size);
  require(!arp || arp->address.family == core::Family::IPv4, "ARP is of IPv4");
  const auto neighbour = packet::parseNeighbourAdvertisement(data, size, 255);
  require(!neighbour || neighbour->address.family == core::Family::IPv6, "neighbours advertise IPv6");
  require(!packet::parseNeighbourAdvertisement(data, size, size % 2 == 0 ? 254 : -1), "nobody behind a router claims");
  return 0;
}
