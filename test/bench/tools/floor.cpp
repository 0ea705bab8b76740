// floor: puts back every address that is deleted, and nothing else: no question who did it, no memory, no journal. What
// it takes is what the kernel takes, so it is the measure for everything that has a judgement to make as well.
#include "rtnetlink.hpp"

int main() {
  const int events = bench::openSocket(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
  bench::hearOnly(events, RTM_DELADDR);
  const int requests = bench::openSocket(0);
  std::cout << "ready" << std::endl;
  for (;;)
    bench::receive(events, [requests](std::uint16_t, const bench::Address&, nlmsghdr* message) {
      // The notification has all that the request needs.
      message->nlmsg_type = RTM_NEWADDR;
      message->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
      message->nlmsg_pid = 0;
      ::send(requests, message, message->nlmsg_len, 0);
    });
}
