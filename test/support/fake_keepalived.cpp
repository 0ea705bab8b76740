// A keepalived without an election: it behaves on the outside as 1.3.9 does (process names, pid files, netlink
// requests, dump, adverts) and changes its role when it is told to.
//
//   fake_keepalived [-f FILE] [-p PIDFILE] [-r PIDFILE] ...     its name says the version: keepalived-2.2.7
//   fake_keepalived --version
//
// Commands, one a line on standard input, each answered by "ok" on standard output:
//   role WORD      what it claims from now on, without doing anything about it
//   install        put the virtual addresses of dump.hpp on v0
//   remove         take them away
//   hang, wake     hear no more questions; hear them again
//   mute           send no more adverts
//   interval MS    claim this advert interval instead of 1000: nobody has to wait for two of them
//   stop           as after SIGTERM: pid files, then addresses, then the end
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "netlink/requests.hpp"
#include "support/dump.hpp"

using namespace guardian;

namespace {

constexpr const char* kInterface = "v0";
constexpr const char* kDump = "/tmp/keepalived.data";
constexpr int kVrrp = 112;

std::vector<core::AddressRecord> virtualAddresses() {
  const struct {
    const char* address;
    std::uint8_t length;
  } all[] = {{"192.0.2.100", 24}, {"192.0.2.101", 32}, {"2001:db8::100", 64}, {"2001:db8::200", 128}};
  std::vector<core::AddressRecord> records;
  for (const auto& one : all) {
    core::AddressRecord record;
    record.key = {static_cast<int>(::if_nametoindex(kInterface)), *core::parseAddress(one.address), one.length};
    if (one.length == 24) record.label = std::string(kInterface) + ":v";
    if (record.key.address.family == core::Family::IPv6) record.flags = core::address_flag::noDad;
    if (one.length == 128) record.preferred = 0;
    records.push_back(record);
  }
  return records;
}

class Vrrp {
 public:
  Vrrp(std::vector<std::string> pidFiles, bool renames) : pidFiles_(std::move(pidFiles)), renames_(renames) {}

  int run() {
    sigset_t questions;
    sigemptyset(&questions);
    sigaddset(&questions, SIGUSR1);
    const Fd signals(::signalfd(-1, &questions, SFD_CLOEXEC));
    pollfd waiting[] = {{STDIN_FILENO, POLLIN, 0}, {signals.get(), POLLIN, 0}};
    std::string input;
    while (!stopped_) {
      waiting[1].fd = hangs_ ? -1 : signals.get();
      if (::poll(waiting, 2, 100) < 0) return 1;
      if (role_ == "MASTER" && !mute_) advertise();
      if ((waiting[1].revents & POLLIN) != 0 && !hangs_) {
        signalfd_siginfo ignored;
        if (::read(signals.get(), &ignored, sizeof ignored) > 0) dump();
      }
      if (waiting[0].revents == 0) continue;
      char chunk[256];
      const ssize_t length = ::read(STDIN_FILENO, chunk, sizeof chunk);
      if (length <= 0) return 0;
      input.append(chunk, static_cast<std::size_t>(length));
      for (std::size_t end; (end = input.find('\n')) != std::string::npos; input.erase(0, end + 1))
        obey(input.substr(0, end));
    }
    return 0;
  }

 private:
  void obey(const std::string& command) {
    if (command.rfind("role ", 0) == 0) role_ = command.substr(5);
    if (command == "install")
      for (const auto& record : virtualAddresses()) requests_.add(record);
    if (command == "stop")
      for (const std::string& file : pidFiles_) ::unlink(file.c_str());
    if (command == "remove" || command == "stop")
      for (const auto& record : virtualAddresses()) requests_.remove(record.key);
    if (command == "hang") hangs_ = true;
    if (command == "wake") hangs_ = false;
    if (command == "mute") mute_ = true;
    if (command.rfind("interval ", 0) == 0) interval_ = command.substr(9);
    stopped_ = command == "stop";
    std::cout << "ok\n" << std::flush;
  }

  void dump() const {
    ::umask(0);
    char name[] = "/tmp/keepalived.dataXXXXXX";
    const int fd = renames_ ? ::mkostemp(name, O_CLOEXEC) : -1;
    if (fd >= 0 && ::rename(name, kDump) != 0) return;
    std::FILE* file = fd >= 0 ? ::fdopen(fd, "w") : std::fopen(kDump, "w");
    if (file == nullptr) return;
    std::fputs(test::dumpOf(role_, kInterface, interval_).c_str(), file);
    std::fclose(file);
  }

  void advertise() const {
    const auto index = static_cast<int>(::if_nametoindex(kInterface));
    std::array<std::uint8_t, 24> v2{0x21, 51, 150, 2, 0, 1, 0, 0, 192, 0, 2, 100, 192, 0, 2, 101};
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < v2.size(); i += 2) sum += static_cast<std::uint32_t>(v2[i] << 8) | v2[i + 1];
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
    v2[6] = static_cast<std::uint8_t>(~sum >> 8);
    v2[7] = static_cast<std::uint8_t>(~sum);
    ip_mreqn outgoing{};
    outgoing.imr_ifindex = index;
    const int hops = 255;
    ::setsockopt(v4_.get(), IPPROTO_IP, IP_MULTICAST_IF, &outgoing, sizeof outgoing);
    ::setsockopt(v4_.get(), IPPROTO_IP, IP_MULTICAST_TTL, &hops, sizeof hops);
    sockaddr_in to4{};
    to4.sin_family = AF_INET;
    ::inet_pton(AF_INET, "224.0.0.18", &to4.sin_addr);
    ::sendto(v4_.get(), v2.data(), v2.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to4), sizeof to4);

    std::array<std::uint8_t, 40> v3{0x31, 61, 150, 2, 0, 100, 0, 0};
    for (const std::size_t at : {std::size_t{8}, std::size_t{24}}) {
      const auto address = core::parseAddress(at == 8 ? "2001:db8::100" : "2001:db8::200");
      std::copy(address->bytes.begin(), address->bytes.end(), v3.begin() + static_cast<std::ptrdiff_t>(at));
    }
    const int checksumAt = 6;  // the kernel fills it in
    ::setsockopt(v6_.get(), IPPROTO_IPV6, IPV6_CHECKSUM, &checksumAt, sizeof checksumAt);
    ::setsockopt(v6_.get(), IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops, sizeof hops);
    ::setsockopt(v6_.get(), IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index);
    sockaddr_in6 to6{};
    to6.sin6_family = AF_INET6;
    ::inet_pton(AF_INET6, "ff02::12", &to6.sin6_addr);
    ::sendto(v6_.get(), v3.data(), v3.size(), MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to6), sizeof to6);
  }

  std::vector<std::string> pidFiles_;
  bool renames_;  ///< the dump, as later versions do
  netlink::Requests requests_;
  Fd v4_{::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, kVrrp)};
  Fd v6_{::socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, kVrrp)};
  std::string role_ = "BACKUP";
  std::string interval_;
  bool hangs_ = false;
  bool mute_ = false;
  bool stopped_ = false;
};

void writePid(const std::string& path, pid_t pid) { std::ofstream(path) << pid << '\n'; }

}  // namespace

int main(int argc, char** argv) {
  const std::string program = std::strrchr(argv[0], '/') != nullptr ? std::strrchr(argv[0], '/') : argv[0];
  const std::size_t dash = program.find('-');
  const std::string version = dash == std::string::npos ? "1.3.9" : program.substr(dash + 1);
  std::string parentFile = "/run/keepalived.pid";
  std::string vrrpFile = "/run/vrrp.pid";
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--version") == 0) {
      std::cerr << "Keepalived v" << version << " (10/21,2017)\n";
      return 0;
    }
    if (std::strcmp(argv[i], "-p") == 0 && i + 1 < argc) parentFile = argv[i + 1];
    if (std::strcmp(argv[i], "-r") == 0 && i + 1 < argc) vrrpFile = argv[i + 1];
  }
  ::prctl(PR_SET_NAME, "keepalived");
  sigset_t questions;
  sigemptyset(&questions);
  sigaddset(&questions, SIGUSR1);
  ::sigprocmask(SIG_BLOCK, &questions, nullptr);
  writePid(parentFile, ::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, version[0] == '1' ? "keepalived" : "keepalived_vrrp");
    writePid(vrrpFile, ::getpid());
    std::cout << "ok\n" << std::flush;
    return Vrrp({vrrpFile, parentFile}, version[0] != '1').run();
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
