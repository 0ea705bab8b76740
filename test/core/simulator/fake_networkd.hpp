// systemd-networkd's runs over one interface, by the timelines that were measured, and the system bus that tells
// of them: late, out of order, or not at all.
#pragma once

#include <vector>

#include "core/simulator/fake_kernel.hpp"
#include "core/simulator/plan.hpp"

namespace guardian::simulator {

constexpr std::uint32_t kNetworkdPort = 1;  ///< PID 1 made its socket

class FakeBus {
 public:
  using Receiver = std::function<void(const core::Event&)>;
  FakeBus(Agenda& agenda, std::uint64_t seed, Receiver receiver)
      : agenda_(agenda), chance_(seed), receiver_(std::move(receiver)) {}

  /// Something that a signal tells of happens after `delay`.
  void signal(Duration delay, core::Event event);
  void setSlow(bool slow) { slow_ = slow; }
  void setGone(bool gone);

 private:
  Agenda& agenda_;
  Chance chance_;
  Receiver receiver_;
  bool slow_ = false;
  bool gone_ = false;
};

class FakeNetworkd {
 public:
  FakeNetworkd(Agenda& agenda, FakeKernel& kernel, FakeBus& bus, std::size_t node, std::uint64_t seed);

  /// Puts the host's own addresses there, as far as they are missing.
  void configure();
  /// One of the Networkd... troubles.
  void run(Trouble kind);
  bool isBase(const core::AddressKey& key) const;
  const std::vector<core::AddressRecord>& bases() const { return bases_; }

 private:
  void burst(Duration start, bool withBase, Duration pause);
  void unitSignals(Duration stretch);

  Agenda& agenda_;
  FakeKernel& kernel_;
  FakeBus& bus_;
  Chance chance_;
  std::vector<core::AddressRecord> bases_;
};

}  // namespace guardian::simulator
