// Asking an address as a client would. Needs root: the addresses are in a network of the test's own.
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include <catch2/catch.hpp>

#include "guardian/util/handle.hpp"
#include "probe/echo_train.hpp"
#include "probe/probe.hpp"
#include "support/sandbox.hpp"

using namespace guardian;
using namespace guardian::test;
using probe::Answer;

namespace {

constexpr uid_t kNobody = 65534;

probe::Target at(const char* text) { return {*core::parseAddress(text), 0}; }
probe::Deadline in(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }
const std::chrono::seconds kEnough{20};

/// Answers each connection with this text; without one, not at all.
class Server {
 public:
  Server(std::uint16_t port, const std::string& text) : fd_(::socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    any.sin6_port = htons(port);
    const int yes = 1;
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    REQUIRE(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0);
    REQUIRE(::listen(fd_.get(), 8) == 0);
    child_ = Child([this, text] {
      std::vector<Fd> open;
      for (;;) {
        Fd client(::accept(fd_.get(), nullptr, nullptr));
        char request[256];
        if (text.empty()) {
          open.push_back(std::move(client));
          continue;
        }
        if (::recv(client.get(), request, sizeof request, 0) > 0)
          static_cast<void>(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL));
      }
      return 0;
    });
  }

 private:
  Fd fd_;
  Child child_;
};

}  // namespace

TEST_CASE("a service answers or it does not, and what it says instead is told") {
  enterFreshNetwork();
  sh("ip address add 192.0.2.100/24 dev lo; ip address add 2001:db8::100/64 dev lo nodad");
  const Server good(80, "HTTP/1.1 204 No Content\r\n\r\n");
  const Server bad(81, "HTTP/1.0 503 Service Unavailable\r\n\r\n");
  const Server other(82, "220 mail.example ESMTP");
  const Server mute(83, "");
  for (const char* address : {"192.0.2.100", "2001:db8::100"}) {
    INFO(address);
    const probe::Target target = at(address);
    CHECK(probe::tcp(target, 80, in(kEnough)).answer == Answer::Yes);
    CHECK(probe::tcp(target, 83, in(kEnough)).answer == Answer::Yes);
    CHECK(probe::http(target, 80, "/", in(kEnough)).answer == Answer::Yes);
    const probe::Said refused = probe::tcp(target, 84, in(kEnough));
    CHECK(refused.answer == Answer::No);
    CHECK(refused.text == "Connection refused");
    const probe::Said unavailable = probe::http(target, 81, "/", in(kEnough));
    CHECK(unavailable.answer == Answer::No);
    CHECK(unavailable.text == "the answer was 503");
    CHECK(probe::http(target, 82, "/", in(kEnough)).text == "the answer was not HTTP");
    const probe::Said silent = probe::http(target, 83, "/", in(std::chrono::milliseconds(50)));
    CHECK(silent.answer == Answer::No);
    CHECK(silent.text == "Connection timed out");
  }
}

TEST_CASE("an address that is somewhere answers pings, one that is nowhere does not") {
  enterFreshNetwork();
  sh("ip link add eth0 type veth peer name far; ip link set eth0 up; ip link set far up");
  sh("ip address add 192.0.2.11/24 dev eth0; ip address add 2001:db8::11/64 dev eth0 nodad");
  for (const char* mine : {"192.0.2.11", "2001:db8::11", "127.0.0.1", "::1"}) {
    INFO(mine);
    CHECK(probe::ping(at(mine), in(kEnough)).answer == Answer::Yes);
  }
  for (const char* nobody : {"192.0.2.99", "2001:db8::99"}) {
    INFO(nobody);
    CHECK(probe::ping(at(nobody), in(std::chrono::milliseconds(300))).answer == Answer::No);
  }
  CHECK(probe::ping(at("203.0.113.1"), in(kEnough)).answer == Answer::Unknown);  // no route
  CHECK(probe::tcp(at("203.0.113.1"), 80, in(kEnough)).answer == Answer::Unknown);
}

TEST_CASE("without the right to ping nothing is said of the address") {
  enterFreshNetwork();
  spill("/proc/sys/net/ipv4/ping_group_range", "1 0");
  Child nobody([] {
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return 2;
    return probe::ping(at("127.0.0.1"), in(kEnough)).answer == Answer::Unknown ? 0 : 1;
  });
  CHECK(nobody.wait() == 0);
  spill("/proc/sys/net/ipv4/ping_group_range", "0 70000");
  Child admitted([] {
    if (::setresgid(kNobody, kNobody, kNobody) != 0 || ::setresuid(kNobody, kNobody, kNobody) != 0) return 2;
    return probe::ping(at("127.0.0.1"), in(kEnough)).answer == Answer::Yes ? 0 : 1;
  });
  CHECK(admitted.wait() == 0);
}

TEST_CASE("echo requests from an address go on while it is away, and tell for how long nobody could answer it") {
  enterFreshNetwork();
  sh("ip netns add far; ip link add eth0 type veth peer name peer netns far; ip link set eth0 up;"
     "ip -n far link set peer up; ip -n far address add 192.0.2.50/24 dev peer;"
     "ip -n far address add 2001:db8::50/64 dev peer nodad;"
     "ip address add 192.0.2.11/24 dev eth0; ip address add 2001:db8::11/64 dev eth0 nodad");
  const struct {
    const char* vip;
    const char* far;
    const char* nobody;
  } cases[] = {{"192.0.2.100", "192.0.2.50", "192.0.2.99"}, {"2001:db8::100", "2001:db8::50", "2001:db8::99"}};
  for (const auto& c : cases) {
    INFO(c.vip);
    const std::string vip = std::string(c.vip) + (c.vip[0] == '2' ? "/64 dev eth0 nodad" : "/24 dev eth0");
    sh("ip address add " + vip);
    auto started = probe::EchoTrain::start(at(c.vip), at(c.far));
    REQUIRE(started);
    probe::EchoTrain& train = started.value();
    const auto answeredSince = [&train](probe::EchoTrain::Clock::time_point since) {
      return eventually([&] {
        train.send();
        train.drain();
        return train.lastAnswered() && *train.lastAnswered() >= since;
      });
    };
    REQUIRE(answeredSince({}));
    sh("ip address del " + vip);
    for (int i = 0; i < 20; ++i) {
      train.send();
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
      train.drain();
    }
    sh("ip address add " + vip);
    REQUIRE(answeredSince(probe::EchoTrain::Clock::now()));
    CHECK(train.longestGap() >= std::chrono::milliseconds(40));
    CHECK(train.lost() >= 20);
    CHECK(train.counted() > train.lost());

    auto unheard = probe::EchoTrain::start(at(c.vip), at(c.nobody));
    REQUIRE(unheard);
    unheard.value().send();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    unheard.value().drain();
    CHECK_FALSE(unheard.value().lastAnswered());
  }
}
