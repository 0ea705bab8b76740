// dump ROUNDS PAUSE_MS PID FILE: has keepalived's VRRP process PID write its dump, and prints for each time the
// nanoseconds from the signal to the closed file. Asking keepalived first cannot be quicker than this.
#include <sys/inotify.h>

#include <csignal>

#include "rtnetlink.hpp"

int main(int argc, char** argv) {
  if (argc != 5) return 64;
  const std::string path = argv[4];
  const std::string name = path.substr(path.rfind('/') + 1);
  const int watch = ::inotify_init1(IN_CLOEXEC);
  if (::inotify_add_watch(watch, path.substr(0, path.rfind('/')).c_str(), IN_CLOSE_WRITE) < 0) bench::die(path);
  for (int round = 0; round < std::atoi(argv[1]); ++round) {
    const std::int64_t start = bench::now();
    if (::kill(std::atoi(argv[3]), SIGUSR1) < 0) bench::die("asking keepalived");
    for (bool written = false; !written;) {
      alignas(inotify_event) std::array<char, 4096> news{};
      const ssize_t got = ::read(watch, news.data(), news.size());
      if (got <= 0) bench::die("waiting for the dump");
      for (ssize_t at = 0; at < got;) {
        const auto* event = reinterpret_cast<const inotify_event*>(news.data() + at);
        written = written || name == event->name;
        at += static_cast<ssize_t>(sizeof *event + event->len);
      }
    }
    std::cout << bench::now() - start << std::endl;
    ::usleep(static_cast<useconds_t>(std::atol(argv[2]) * 1000));
  }
}
