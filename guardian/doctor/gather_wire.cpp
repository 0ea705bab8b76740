// Who else advertises, where no guardian has listened all along.
#include <net/if.h>
#include <poll.h>

#include <algorithm>
#include <map>
#include <system_error>
#include <tuple>

#include "doctor/gather_parts.hpp"
#include "packet/wire_watch.hpp"

namespace guardian::doctor {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t kMost = 64;  ///< source addresses can be made up

/// The last advert of each sender.
class Ears {
 public:
  void hear(const core::Advert& advert) {
    const auto key = std::make_tuple(advert.ifindex, advert.vrid, advert.source);
    if (last_.size() < kMost || last_.count(key) != 0) last_[key] = advert;
  }

  std::vector<Heard> take() const {
    std::vector<Heard> all;
    for (const auto& [key, advert] : last_) {
      char name[IF_NAMESIZE] = {};
      if (::if_indextoname(static_cast<unsigned>(advert.ifindex), name) != nullptr) all.push_back({name, advert});
    }
    return all;
  }

 private:
  std::map<std::tuple<int, std::uint8_t, core::IpAddress>, core::Advert> last_;
};

void listen(packet::ForeignAdverts& adverts, steady_clock::duration length) {
  std::vector<pollfd> sockets;
  for (const int fd : adverts.fds()) sockets.push_back({fd, POLLIN, 0});
  const auto end = steady_clock::now() + length;
  for (auto now = steady_clock::now(); now < end; now = steady_clock::now()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - now) + std::chrono::milliseconds(1);
    if (::poll(sockets.data(), sockets.size(), static_cast<int>(left.count())) <= 0) continue;
    for (const pollfd& socket : sockets)
      if (socket.revents != 0) adverts.drain(socket.fd);
  }
}

/// A master is silent for an interval, and a backup waits for three of them before it speaks.
core::Duration listeningTime(const std::vector<core::Instance>& instances) {
  core::Duration slowest = std::chrono::seconds(1);  // what others have where nothing is said
  for (const core::Instance& instance : instances) slowest = std::max<core::Duration>(slowest, instance.advertInterval);
  return std::min<core::Duration>(slowest * 7 / 2, std::chrono::seconds(10));
}

}  // namespace

Wire gatherWire(Tree& tree, const std::vector<core::Instance>& instances, const OnListening& onListening) {
  if (instances.empty()) return {};
  Ears ears;
  try {
    packet::ForeignAdverts adverts(
        [&ears](const core::Event& event) { ears.hear(std::get<core::ForeignAdvert>(event).advert); });
    // keepalived, which joins the group, may not run. An interface that is not there has nothing to say.
    for (const core::Instance& instance : instances)
      if (const unsigned index = ::if_nametoindex(instance.interface.c_str()); index != 0)
        static_cast<void>(adverts.join(static_cast<int>(index)));
    const core::Duration length = listeningTime(instances);
    onListening(length);
    listen(adverts, length);
  } catch (const std::system_error&) {
    tree.cannotSee("other nodes' adverts", "it takes root to listen, or a vip-guardian that runs");
    return {};
  }
  return {true, ears.take()};
}

}  // namespace guardian::doctor
