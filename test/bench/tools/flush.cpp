// flush PATIENCE_S < ADDRESSES: deletes all of them in one go, and prints as JSON how many came back and the
// nanoseconds from the first request to the event of the last return, and to the end of the deletions.
#include <map>

#include "rtnetlink.hpp"

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  constexpr std::size_t kBatch = 100;
  std::map<bench::Address, bool> present;
  std::vector<std::vector<char>> batches;
  std::size_t count = 0;
  for (bench::Address one; bench::read(std::cin, one); ++count) {
    if (count % kBatch == 0) batches.emplace_back();
    bench::append(batches.back(), RTM_DELADDR, 0, one);
    present[one] = true;
  }
  // First of all, so that its port id is our process id, as that of `ip address del` is: the guardian knows a stranger
  // by it.
  const int requests = bench::openSocket(0);
  const int events = bench::openSocket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  bench::patience(events, 1);
  const std::int64_t patience = std::atol(argv[1]) * 1000000000LL;

  const std::int64_t start = bench::now();
  for (const auto& batch : batches) bench::send(requests, batch);
  const std::int64_t deleted = bench::now();
  // Counted in the order in which the kernel told it; an address may go and return more than once.
  std::size_t away = 0, everAway = 0;
  std::int64_t end = deleted;
  while ((everAway < count || away > 0) && end < start + patience) {
    bench::receive(events, [&](std::uint16_t type, const bench::Address& address, nlmsghdr*) {
      const auto one = present.find(address);
      if (one == present.end() || one->second == (type == RTM_NEWADDR)) return;
      one->second = type == RTM_NEWADDR;
      if (one->second)
        --away;
      else
        ++away, ++everAway;
    });
    end = bench::now();
  }
  std::cout << "{\"count\": " << count << ", \"gone\": " << everAway << ", \"missing\": " << away
            << ", \"deleted_ns\": " << deleted - start << ", \"back_ns\": " << end - start << "}" << std::endl;
}
