// storm EVENTS INDEX: that many address events of addresses that concern nobody (10.0.0.0/8 on the interface INDEX), as
// fast as the kernel makes them. Prints the nanoseconds it took.
#include "rtnetlink.hpp"

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  constexpr long kBatch = 64;
  const long events = std::atol(argv[1]);
  const int requests = bench::openSocket(0);
  const std::int64_t start = bench::now();
  for (long sent = 0; sent < events; sent += 2 * kBatch) {
    std::vector<char> batch;
    for (const std::uint16_t type : {RTM_NEWADDR, RTM_DELADDR})
      for (long i = sent / 2; i < sent / 2 + kBatch && 2 * i < events; ++i) {
        bench::Address address;
        address.ifindex = std::atoi(argv[2]);
        address.length = 32;
        const std::uint32_t number = htonl(0x0a000000U + static_cast<std::uint32_t>(i % 0xfffffe) + 1);
        std::memcpy(address.bytes.data(), &number, sizeof number);
        bench::append(batch, type, type == RTM_NEWADDR ? NLM_F_CREATE | NLM_F_EXCL : 0, address);
      }
    bench::send(requests, batch);
  }
  std::cout << bench::now() - start << std::endl;
}
