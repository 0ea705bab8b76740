// Time and chance of a simulated world: a virtual clock with what is still to happen, and streams of numbers that
// are the same with every compiler and library.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "guardian/core/kernel.hpp"

namespace guardian::simulator {

using core::Duration;
using core::Instant;

/// splitmix64. Each part of the world has a stream of its own, so that what one part draws never shifts another's
/// luck: a world with and one without a guardian see the same troubles. Never draw twice, or draw and copy, among the
/// arguments of one call: compilers take these in different orders, and a seed would tell different histories.
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
  bool oneIn(std::size_t n) { return below(n) == 0; }
  Duration between(Duration low, Duration high) {
    return low + Duration(static_cast<Duration::rep>(next() % static_cast<std::uint64_t>((high - low).count() + 1)));
  }
  template <class T> void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_;
};

class Agenda {
 public:
  using Deed = std::function<void()>;

  Instant now() const { return now_; }
  void at(Instant when, Deed deed) {
    heap_.push_back({std::max(when, now_), order_++, std::move(deed)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  void after(Duration delay, Deed deed) { at(now_ + delay, std::move(deed)); }

  /// Does the next thing that is due by then. False if there is none: then it is that late.
  bool step(Instant until) {
    if (heap_.empty() || until < heap_.front().when) {
      now_ = std::max(now_, until);
      return false;
    }
    std::pop_heap(heap_.begin(), heap_.end(), later);
    const Entry entry = std::move(heap_.back());
    heap_.pop_back();
    now_ = entry.when;
    entry.deed();
    return true;
  }

 private:
  struct Entry {
    Instant when;
    std::uint64_t order;  ///< what was planned first happens first
    Deed deed;
  };
  static bool later(const Entry& a, const Entry& b) { return std::tie(a.when, a.order) > std::tie(b.when, b.order); }

  Instant now_ = Instant{} + std::chrono::seconds(1000);
  std::uint64_t order_ = 0;
  std::vector<Entry> heap_;
};

}  // namespace guardian::simulator
