// Who else says that he has what this node has, and how far that has been told.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "guardian/core/advert.hpp"
#include "guardian/core/kernel.hpp"

namespace guardian::core {

/// A node that advertises the same virtual router.
struct Rival {
  Instant since{};  ///< heard without a break
  Instant heard{};  ///< last
  std::uint64_t times = 0;
  int priority = 0;
  bool told = false;
  std::string text;  ///< as told
};

/// By the address that they send from.
class Rivals {
 public:
  /// A silence longer than `lapse` begins him anew, unless he was told: that has to be taken back first.
  Rival& heard(const IpAddress& source, Instant now, Duration lapse);
  void forget(const IpAddress& source) { all_.erase(source); }
  std::map<IpAddress, Rival>& all() { return all_; }
  const std::map<IpAddress, Rival>& all() const { return all_; }

 private:
  static constexpr std::size_t kMost = 16;  ///< source addresses can be made up
  std::map<IpAddress, Rival> all_;
};

/// Somebody who answers for one of our addresses, or announces it.
struct Contender {
  Mac mac{};
  Instant since{};  ///< the first claim that is not judged yet
  Instant heard{};  ///< the last one
  bool judged = true;
  std::uint64_t times = 0;
  std::optional<Mac> told;
  Instant toldAt = Instant::min();
  Instant answeredAt = Instant::min();  ///< with announcements of ours
};

/// The addresses of a master that this node hears, asked for now and then.
struct PeerProbe {
  Instant next{};
  Instant since{};  ///< this round of questions
  int asked = 0;
  std::string silent;  ///< those that nobody answered for in the last round, as told
};

}  // namespace guardian::core
