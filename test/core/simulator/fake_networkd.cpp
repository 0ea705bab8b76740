#include "core/simulator/fake_networkd.hpp"

#include <algorithm>

namespace guardian::simulator {

using namespace core;
using namespace std::chrono_literals;

void FakeBus::signal(Duration delay, Event event) {
  agenda_.after(delay, [this, event = std::move(event)] {
    const Duration way = slow_ ? chance_.between(0ms, 300ms) : chance_.between(50us, 3ms);
    if (gone_ || (slow_ && chance_.oneIn(4))) return;
    agenda_.after(way, [this, event] {
      if (!gone_) receiver_(event);
    });
  });
}

void FakeBus::setGone(bool gone) {
  if (gone == gone_) return;
  gone_ = gone;
  if (gone) return receiver_(BusLost{});
  receiver_(BusConnected{});
}

FakeNetworkd::FakeNetworkd(Agenda& agenda, FakeKernel& kernel, FakeBus& bus, std::size_t node, std::uint64_t seed)
    : agenda_(agenda), kernel_(kernel), bus_(bus), chance_(seed) {
  for (const char* text : {"192.0.2.11", "2001:db8::11"}) {
    AddressRecord record;
    record.key.address = *parseAddress(text);
    record.key.prefixLength = record.key.address.family == Family::IPv4 ? 24 : 64;
    record.key.address.bytes[record.key.address.size() - 1] = static_cast<std::uint8_t>(11 + node);
    if (record.key.address.family == Family::IPv4) record.label = "eth0";
    bases_.push_back(record);
  }
}

bool FakeNetworkd::isBase(const AddressKey& key) const {
  return std::any_of(bases_.begin(), bases_.end(),
                     [&](const AddressRecord& base) { return base.key.address == key.address; });
}

void FakeNetworkd::configure() {
  for (AddressRecord base : bases_) {
    base.key.ifindex = kernel_.ifindex();
    if (kernel_.find(base.key) != nullptr)
      kernel_.touch(base.key, kNetworkdPort);
    else
      kernel_.add(base, kNetworkdPort, Hand::Networkd, agenda_.now());
  }
}

/// Every address known at its beginning is removed once, link-local ones spared, in random order, with short pauses
/// in which others act; and one long pause in its midst.
void FakeNetworkd::burst(Duration start, bool withBase, Duration pause) {
  agenda_.after(start, [this, withBase, pause] {
    std::vector<AddressKey> known = kernel_.keys();
    chance_.shuffle(known);
    Duration delay{};
    std::size_t left = known.size() / 2;
    for (const AddressKey& key : known) {
      if (key.address.isLinkLocal() || (isBase(key) && !withBase)) continue;
      delay += chance_.oneIn(20) ? chance_.between(100us, 2ms) : chance_.between(5us, 60us);
      if (left-- == 0) delay += pause;
      agenda_.after(delay, [this, key] { kernel_.remove(key, kNetworkdPort); });
    }
  });
}

void FakeNetworkd::unitSignals(Duration s) {
  bus_.signal(0s, JobQueued{Unit::Networkd});
  bus_.signal(s / 60, NetworkdName{false});
  bus_.signal(s / 40, UnitChanged{Unit::Networkd, ActiveState::Deactivating, true});
  bus_.signal(s / 5, UnitChanged{Unit::Networkd, ActiveState::Inactive, true});
  bus_.signal(s / 3, UnitChanged{Unit::Networkd, ActiveState::Activating, true});
  bus_.signal(s * 4 / 5, NetworkdName{true});
  bus_.signal(s * 5 / 6, UnitChanged{Unit::Networkd, ActiveState::Active, false});
  bus_.signal(s * 5 / 6 + 100us, JobFinished{Unit::Networkd});
}

void FakeNetworkd::run(Trouble kind) {
  const Duration s = chance_.between(30ms, 90ms);  // from the job to the burst or a little later
  const auto link = [this](Duration at, LinkSetup state) {
    bus_.signal(at, LinkSetupChanged{kernel_.ifindex(), state});
  };
  const auto back = [this](Duration at) { agenda_.after(at, [this] { configure(); }); };
  switch (kind) {
    case Trouble::NetworkdRestart:
      unitSignals(s);
      link(s * 5 / 6, LinkSetup::Other);
      burst(s, false, 0s);
      back(s + 3ms);
      link(s + 3ms, LinkSetup::Configuring);
      return link(s + 4ms, LinkSetup::Configured);
    case Trouble::NetworkdRestartAll: {
      const Duration away = chance_.between(2ms, 20ms);
      unitSignals(s);
      burst(chance_.oneIn(2) ? s * 5 / 6 : s, true, 0s);
      back(s + away);
      return link(s + away + 1ms, LinkSetup::Configured);
    }
    case Trouble::NetworkdReconfigure:
      link(0s, LinkSetup::Other);
      burst(20ms, true, 17ms);
      back(38ms + chance_.between(0ms, 3ms));
      link(37ms, LinkSetup::Configuring);
      agenda_.after(1160ms, [this] { configure(); });  // the end of duplicate address detection
      return link(1160ms, LinkSetup::Configured);
    default: {
      const Duration away = chance_.oneIn(2) ? chance_.between(7ms, 100ms) : chance_.between(100ms, 3s);
      unitSignals(s);
      burst(s, true, 0s);
      back(s + away);
      return link(s + away + 1ms, LinkSetup::Configured);
    }
  }
}

}  // namespace guardian::simulator
