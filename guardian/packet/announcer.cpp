#include "packet/announcer.hpp"

#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "packet/frames.hpp"

namespace guardian::packet {
namespace {

template <class Frame> int sendFrame(int fd, int ifindex, std::uint16_t protocol, const Frame& frame) {
  sockaddr_ll to{};
  to.sll_family = AF_PACKET;
  to.sll_protocol = htons(protocol);
  to.sll_ifindex = ifindex;
  to.sll_halen = 6;
  std::copy_n(frame.begin(), 6, to.sll_addr);
  const ssize_t sent =
      ::sendto(fd, frame.data(), frame.size(), MSG_DONTWAIT, reinterpret_cast<sockaddr*>(&to), sizeof to);
  return sent < 0 ? errno : 0;
}

}  // namespace

// Protocol 0: nothing is ever delivered to it.
Announcer::Announcer() : socket_(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
  if (!socket_) throw std::system_error(errno, std::generic_category(), "opening the packet socket for announcements");
}

Result<Done> Announcer::send(const core::Announce& order) {
  int error = 0;
  if (order.address.family == core::Family::IPv4) {
    for (const ArpForm form : {ArpForm::Request, ArpForm::Reply})
      if (error == 0)
        error = sendFrame(socket_.get(), order.ifindex, ETHERTYPE_ARP, gratuitousArp(order.address, order.mac, form));
  } else {
    error =
        sendFrame(socket_.get(), order.ifindex, ETHERTYPE_IPV6, unsolicitedNa(order.address, order.mac, order.router));
  }
  if (error == 0) return Done{};
  return Error{error, "announcing " + core::toString(order.address)};
}

Result<Done> Announcer::send(const core::Probe& order) {
  const bool v4 = order.address.family == core::Family::IPv4;
  const int error = v4 ? sendFrame(socket_.get(), order.ifindex, ETHERTYPE_ARP, arpProbe(order.address, order.mac))
                       : sendFrame(socket_.get(), order.ifindex, ETHERTYPE_IPV6,
                                   neighbourSolicitation(order.address, order.source, order.mac));
  if (error == 0) return Done{};
  return Error{error, "asking for " + core::toString(order.address)};
}

}  // namespace guardian::packet
