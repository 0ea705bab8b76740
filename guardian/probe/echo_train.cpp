#include "probe/echo_train.hpp"

#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "probe/echo.hpp"
#include "probe/socket.hpp"

namespace guardian::probe {
namespace {

constexpr std::size_t kMost = 0xffff;  // sequence numbers: two minutes

}  // namespace

Result<EchoTrain> EchoTrain::start(const Target& source, const Target& to) {
  EchoTrain train;
  const SocketAddress from(source, 0);
  const SocketAddress goal(to, 0);
  train.v6_ = source.address.family == core::Family::IPv6;
  train.id_ = static_cast<std::uint16_t>(::getpid());
  const Error failed{0, "sending echo requests from " + core::toString(source.address)};
  const auto because = [&failed](int error) { return Error{error, failed.doing}; };
  train.socket_.reset(::socket(from.family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
                               train.v6_ ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP}));
  const int fd = train.socket_.get();
  const int on = 1;
  // Lets a socket be bound to, and send from, what is not on this host; IP_FREEBIND alone would only bind.
  const bool foreign = fd >= 0 && (train.v6_ ? ::setsockopt(fd, IPPROTO_IPV6, IPV6_TRANSPARENT, &on, sizeof on)
                                             : ::setsockopt(fd, IPPROTO_IP, IP_TRANSPARENT, &on, sizeof on)) == 0;
  if (!foreign || ::bind(fd, from.get(), from.length) != 0 || ::connect(fd, goal.get(), goal.length) != 0)
    return because(errno);
  train.timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
  const timespec pace{0, std::chrono::nanoseconds(kPace).count()};
  const itimerspec when{pace, pace};
  if (!train.timer_ || ::timerfd_settime(train.timer_.get(), 0, &when, nullptr) != 0) return because(errno);
  return train;
}

void EchoTrain::send() {
  std::uint64_t due = 0;
  static_cast<void>(::read(timer_.get(), &due, sizeof due));
  if (sent_.size() >= kMost) return;
  const Echo echo = echoRequest(v6_, id_, static_cast<std::uint16_t>(sent_.size()));
  sent_.push_back({Clock::now(), false});
  // What cannot be sent is not answered, which is what counts.
  static_cast<void>(::send(socket_.get(), echo.data(), echo.size(), MSG_NOSIGNAL));
}

void EchoTrain::drain() {
  std::array<std::uint8_t, 512> data{};
  for (;;) {
    const ssize_t got = ::recv(socket_.get(), data.data(), data.size(), 0);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) continue;  // that nobody was there is news of an earlier request
    const auto answer = echoAnswer(v6_, true, data.data(), static_cast<std::size_t>(got));
    if (!answer || answer->id != id_ || answer->sequence >= sent_.size()) continue;
    sent_[answer->sequence].answered = true;
    lastAnswered_ = std::max<std::size_t>(lastAnswered_, answer->sequence);
  }
}

std::optional<EchoTrain::Clock::time_point> EchoTrain::lastAnswered() const {
  if (sent_.empty() || !sent_[lastAnswered_].answered) return std::nullopt;
  return sent_[lastAnswered_].at;
}

EchoTrain::Clock::duration EchoTrain::longestGap() const {
  Clock::duration longest{};
  const Sent* former = nullptr;
  for (const Sent& one : sent_) {
    if (!one.answered) continue;
    if (former != nullptr) longest = std::max(longest, one.at - former->at);
    former = &one;
  }
  return longest;
}

std::size_t EchoTrain::lost() const {
  const auto end = sent_.begin() + static_cast<std::ptrdiff_t>(std::min(counted(), sent_.size()));
  return static_cast<std::size_t>(std::count_if(sent_.begin(), end, [](const Sent& one) { return !one.answered; }));
}

}  // namespace guardian::probe
