// The network between the nodes: carries adverts, late, or not at all.
#pragma once

#include <array>
#include <functional>

#include "core/simulator/agenda.hpp"
#include "guardian/core/advert.hpp"

namespace guardian::simulator {

constexpr std::size_t kMostNodes = 3;

class Wire {
 public:
  using Receiver = std::function<void(const core::Advert&)>;

  Wire(Agenda& agenda, std::uint64_t seed) : agenda_(agenda), chance_(seed) {}

  void connect(Receiver receiver) { receivers_.push_back(std::move(receiver)); }
  /// From here on nothing passes in that direction, or everything.
  void setBlocked(std::size_t from, std::size_t to, bool blocked) { blocked_[from][to] = blocked; }
  /// One advert in so many is lost; 0: none.
  void setLoss(std::size_t oneIn) { loss_ = oneIn; }
  void heal() {
    blocked_ = {};
    loss_ = 0;
  }

  void send(std::size_t from, const core::Advert& advert) {
    for (std::size_t to = 0; to < receivers_.size(); ++to) {
      if (to == from) continue;
      const Duration delay = chance_.between(std::chrono::microseconds(40), std::chrono::microseconds(400));
      const bool lost = loss_ != 0 && chance_.oneIn(loss_);
      if (lost || blocked_[from][to]) continue;
      agenda_.after(delay, [this, to, advert] { receivers_[to](advert); });
    }
  }

 private:
  Agenda& agenda_;
  Chance chance_;
  std::vector<Receiver> receivers_;
  std::array<std::array<bool, kMostNodes>, kMostNodes> blocked_{};
  std::size_t loss_ = 0;
};

}  // namespace guardian::simulator
