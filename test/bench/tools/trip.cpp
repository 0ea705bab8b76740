// trip ROUNDS PAUSE_MS PATIENCE_S < ADDRESSES: deletes one address after the other, in turn, and prints for each
// deletion the nanoseconds from the request to the event that it is there again (-1: it stayed away for PATIENCE_S).
#include "rtnetlink.hpp"

int main(int argc, char** argv) {
  if (argc != 4) return 64;
  const int rounds = std::atoi(argv[1]);
  const long pause = std::atol(argv[2]);
  const std::int64_t patience = std::atol(argv[3]) * 1000000000LL;
  std::vector<bench::Address> addresses;
  for (bench::Address one; bench::read(std::cin, one);) addresses.push_back(one);
  if (addresses.empty()) return 64;

  // First of all, so that its port id is our process id, as that of `ip address del` is: the guardian knows a stranger
  // by it.
  const int requests = bench::openSocket(0);
  const int events = bench::openSocket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  bench::hearOnly(events, RTM_NEWADDR);
  bench::patience(events, 1);
  for (int round = 0; round < rounds; ++round) {
    const bench::Address& address = addresses[static_cast<std::size_t>(round) % addresses.size()];
    std::vector<char> request;
    bench::append(request, RTM_DELADDR, 0, address);
    bool back = false;
    std::int64_t end = 0;
    while (::recv(events, &end, 0, MSG_DONTWAIT | MSG_TRUNC) >= 0) {}  // what came in the pause
    const std::int64_t start = bench::now();
    bench::send(requests, request);
    while (!back && end < start + patience) {
      bench::receive(events, [&](std::uint16_t, const bench::Address& seen, nlmsghdr*) {
        back = back || (!(seen < address) && !(address < seen));
      });
      end = bench::now();
    }
    std::cout << (back ? end - start : -1) << std::endl;
    // Not in step with adverts or timers.
    ::usleep(static_cast<useconds_t>(pause * 1000 + std::rand() % (pause * 300 + 1)));
  }
}
