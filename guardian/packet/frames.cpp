#include "packet/frames.hpp"

#include <algorithm>
#include <cstddef>

namespace guardian::packet {
namespace {

constexpr Mac kBroadcast{0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
constexpr Mac kAllNodesMac{0x33, 0x33, 0x00, 0x00, 0x00, 0x01};
using Ipv6 = std::array<std::uint8_t, 16>;
constexpr Ipv6 kAllNodes{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01};
constexpr std::uint8_t kIcmpV6 = 58;
constexpr std::size_t kIpHeader = 14;
constexpr std::size_t kIcmp = kIpHeader + 40;
constexpr std::size_t kIcmpLength = 32;  ///< type to target, and the link-layer address option

/// Writes front to back; the caller has counted.
class Writer {
 public:
  explicit Writer(std::uint8_t* at) : at_(at) {}
  void byte(std::uint8_t value) { *at_++ = value; }
  void word(std::uint16_t value) {
    byte(static_cast<std::uint8_t>(value >> 8));
    byte(static_cast<std::uint8_t>(value & 0xff));
  }
  template <class Bytes> void bytes(const Bytes& values, std::size_t count) {
    at_ = std::copy_n(values.begin(), count, at_);
  }

 private:
  std::uint8_t* at_;
};

/// RFC 1071 over the IPv6 pseudo-header and the message, whose checksum field is still zero.
std::uint16_t icmpChecksum(const NeighbourFrame& frame) {
  std::uint32_t sum = kIcmpLength + kIcmpV6;
  const auto add = [&](std::size_t from, std::size_t length) {
    for (std::size_t i = from; i < from + length; i += 2)
      sum += static_cast<std::uint32_t>(frame[i] << 8) | frame[i + 1];
  };
  add(kIpHeader + 8, 32);  // source and destination
  add(kIcmp, kIcmpLength);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}

/// Of Ethernet and IPv4.
void writeArp(Writer& w, const Mac& mac, ArpForm form) {
  w.bytes(kBroadcast, 6);
  w.bytes(mac, 6);
  w.word(0x0806);
  w.word(1);
  w.word(0x0800);
  w.byte(6);
  w.byte(4);
  w.word(static_cast<std::uint16_t>(form));
  w.bytes(mac, 6);
}

/// Up to the ICMPv6 header.
void writeIp(Writer& w, const Mac& to, const Mac& from, const Ipv6& source, const Ipv6& destination) {
  w.bytes(to, 6);
  w.bytes(from, 6);
  w.word(0x86dd);
  w.word(0x6000);
  w.word(0);
  w.word(kIcmpLength);
  w.byte(kIcmpV6);
  w.byte(255);
  w.bytes(source, 16);
  w.bytes(destination, 16);
}

void writeChecksum(NeighbourFrame& frame) {
  const std::uint16_t checksum = icmpChecksum(frame);
  frame[kIcmp + 2] = static_cast<std::uint8_t>(checksum >> 8);
  frame[kIcmp + 3] = static_cast<std::uint8_t>(checksum & 0xff);
}

}  // namespace

ArpFrame gratuitousArp(const core::IpAddress& vip, const Mac& mac, ArpForm form) {
  ArpFrame frame{};
  Writer w(frame.data());
  writeArp(w, mac, form);
  w.bytes(vip.bytes, 4);
  w.bytes(kBroadcast, 6);
  w.bytes(vip.bytes, 4);
  return frame;
}

ArpFrame arpProbe(const core::IpAddress& address, const Mac& mac) {
  ArpFrame frame{};
  Writer w(frame.data());
  writeArp(w, mac, ArpForm::Request);
  w.bytes(core::IpAddress{}.bytes, 4);
  w.bytes(Mac{}, 6);
  w.bytes(address.bytes, 4);
  return frame;
}

NeighbourFrame unsolicitedNa(const core::IpAddress& vip, const Mac& mac, bool router) {
  NeighbourFrame frame{};
  Writer w(frame.data());
  writeIp(w, kAllNodesMac, mac, vip.bytes, kAllNodes);
  w.byte(136);  // neighbour advertisement
  w.byte(0);
  w.word(0);                     // checksum, below
  w.byte(router ? 0xa0 : 0x20);  // router, solicited (clear), override
  w.byte(0);
  w.word(0);
  w.bytes(vip.bytes, 16);
  w.byte(2);  // option: target link-layer address
  w.byte(1);  // of eight bytes
  w.bytes(mac, 6);
  writeChecksum(frame);
  return frame;
}

NeighbourFrame neighbourSolicitation(const core::IpAddress& address, const core::IpAddress& source, const Mac& mac) {
  Ipv6 group{0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x01, 0xff};  // solicited-node (RFC 4291, 2.7.1)
  std::copy_n(address.bytes.begin() + 13, 3, group.begin() + 13);
  const Mac groupMac{0x33, 0x33, 0xff, address.bytes[13], address.bytes[14], address.bytes[15]};
  NeighbourFrame frame{};
  Writer w(frame.data());
  writeIp(w, groupMac, mac, source.bytes, group);
  w.byte(135);  // neighbour solicitation
  w.byte(0);
  w.word(0);  // checksum, below
  w.word(0);
  w.word(0);
  w.bytes(address.bytes, 16);
  w.byte(1);  // option: source link-layer address
  w.byte(1);
  w.bytes(mac, 6);
  writeChecksum(frame);
  return frame;
}

}  // namespace guardian::packet
