#include <catch2/catch.hpp>

#include "core/attribution.hpp"

using namespace guardian::core;

namespace {

constexpr std::uint32_t kOwn = 4711 | (3U << 22);
constexpr int kPid = 812;
constexpr std::uint32_t kLibnl = 812 | (5U << 22);
constexpr std::uint32_t kRandom = 0xa1b2c3d4;
constexpr std::uint32_t kOtherRandom = 0xf0000001;
constexpr std::uint32_t kNetworkd = 1;
constexpr std::uint32_t kIp = 5005;
constexpr Version k139{1, 3, 9};
constexpr Version k227{2, 2, 7};

Hand hand(const Attribution& attribution, std::uint32_t port) { return attribution.handBehind(Family::IPv4, {port}); }

}  // namespace

TEST_CASE("libnl's port ids tell keepalived 1.3.9 by its process id") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k139);
  CHECK(hand(attribution, kLibnl) == Hand::Keepalived);
  CHECK(hand(attribution, kPid) == Hand::Keepalived);
  CHECK(hand(attribution, kPid + 1) == Hand::Other);
}

TEST_CASE("our own socket is ours, the kernel and plain process ids are others") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k227);
  CHECK(hand(attribution, kOwn) == Hand::Ours);
  CHECK(hand(attribution, 0) == Hand::Other);
  CHECK(hand(attribution, kNetworkd) == Hand::Other);
  CHECK(hand(attribution, kIp) == Hand::Other);
}

TEST_CASE("a random port id may be keepalived's until its own has been learned") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k227);
  CHECK(hand(attribution, kRandom) == Hand::Unknown);
  CHECK(attribution.learnInstaller(kRandom));
  CHECK(hand(attribution, kRandom) == Hand::Keepalived);
  CHECK(hand(attribution, kOtherRandom) == Hand::Other);
}

TEST_CASE("below 2.0.9 a learned random id does not clear the others: a reload may have changed it unseen") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k139);
  CHECK(attribution.learnInstaller(kRandom));
  CHECK(hand(attribution, kRandom) == Hand::Keepalived);
  CHECK(hand(attribution, kOtherRandom) == Hand::Unknown);
  attribution.keepalivedReloaded();
  CHECK(hand(attribution, kRandom) == Hand::Unknown);
}

TEST_CASE("a learned libnl id clears all others") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k139);
  CHECK(attribution.learnInstaller(kLibnl));
  CHECK(hand(attribution, kOtherRandom) == Hand::Other);
}

TEST_CASE("nothing is learned from us, from the kernel or from a process that only has its number as id") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k227);
  CHECK_FALSE(attribution.learnInstaller(0));
  CHECK_FALSE(attribution.learnInstaller(kOwn));
  CHECK_FALSE(attribution.learnInstaller(kIp));
  CHECK(hand(attribution, kRandom) == Hand::Unknown);
}

TEST_CASE("a new process forgets the old one's sockets") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k227);
  attribution.learnInstaller(kRandom);
  attribution.keepalivedStarted(kPid + 100, k227);
  CHECK(hand(attribution, kRandom) == Hand::Unknown);
  CHECK(hand(attribution, kPid) == Hand::Other);
}

TEST_CASE("IPv6 notifications carry no origin, so nobody is known to stand behind them") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k139);
  CHECK(attribution.handBehind(Family::IPv6, {0}) == Hand::Unknown);
}

TEST_CASE("what keepalived's own process installs is keepalived's, whatever its sockets are numbered") {
  Attribution attribution(kOwn);
  attribution.keepalivedStarted(kPid, k227);
  CHECK_FALSE(attribution.learnInstaller(kIp));
  CHECK(attribution.learnInstaller(kPid));
  CHECK(hand(attribution, kPid) == Hand::Keepalived);
  CHECK(hand(attribution, kRandom) == Hand::Other);  // its socket is known by now
}

TEST_CASE("without a socket of our own, what the kernel does is not ours") {
  CHECK(hand(Attribution(0), 0) == Hand::Other);
}
