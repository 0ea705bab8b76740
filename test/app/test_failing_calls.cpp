// A short history of the whole daemon, once for each of its system calls, of which that one fails. Needs root.
//
// FAILING_CALLS=all tries every one, FAILING_CALLS=N only the N-th; without it some are tried, others each time.
#include <dirent.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <map>
#include <memory>
#include <sstream>
#include <vector>

#include <catch2/catch.hpp>

#include "ledger/ledger_file.hpp"
#include "support/guardian.hpp"
#include "support/keepalived.hpp"

using namespace guardian;
using namespace guardian::test;

namespace {

constexpr int kTried = 40;
constexpr int kSideBySide = 8;  // they mostly wait
constexpr int kSkipped = 77;

Program fake(FAKE_KEEPALIVED);
Program program(VIP_GUARDIAN);

std::size_t occurrences(const std::string& text, const std::string& word) {
  std::size_t count = 0;
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + 1)) ++count;
  return count;
}

std::string addresses() { return sh("ip -o address show dev v0 | sed 's/^[0-9]*: *//' | sort"); }

std::string statusFile() { return slurp("/run/vip-guardian/status.json"); }

int openDescriptors(int pid) {
  const Handle<DIR, ::closedir> folder(::opendir(("/proc/" + std::to_string(pid) + "/fd").c_str()));
  int count = 0;
  while (folder && ::readdir(folder.get()) != nullptr) ++count;
  return count;
}

/// The daemon with a call that fails, and systemd, which starts it again should it have ended over that.
class Supervised {
 public:
  explicit Supervised(int n) : failing_(n) {
    guardian_ = std::make_unique<Guardian>(program.path(), failing_);
    startAgain();
  }

  /// Waits, with what systemd would do in the meantime.
  template <class Condition> bool becomes(Condition condition) {
    return eventually([&] {
      startAgain();
      guardian_->entries();
      return condition();
    });
  }
  void reload() const { guardian_->reload(); }
  int descriptors() const { return openDescriptors(guardian_->pid()); }
  int stop() { return guardian_->stop(); }
  bool hadEnded() const { return hadEnded_; }
  const FailingCall& call() const { return failing_; }
  /// Its last words, if they were none of a program that ends in order.
  const std::string& complaint() const { return complaint_; }

  /// How many entries say that this address was lost and for how long; without a journal, lines.
  std::size_t told(const std::string& address) {
    const auto& all = guardian_->entries();
    const auto entries = std::count_if(all.begin(), all.end(), [&](const Entry& entry) {
      return entry.count("VIPG_OUTAGE_USEC") != 0 && entry.count("VIPG_VIP") != 0 &&
             entry.at("VIPG_VIP").find(address) != std::string::npos;
    });
    return static_cast<std::size_t>(entries) +
           occurrences(slurp("/run/guardian.output"), address + " on v0 was removed");
  }
  std::string said() {
    std::string text = guardian_->notified() + slurp("/run/guardian.output");
    for (const Entry& entry : guardian_->entries()) text += entry.at("MESSAGE") + "\n";
    return text;
  }

 private:
  /// It ends with a status and a line that says why, not in a crash.
  void startAgain() {
    if (!guardian_->hasEnded()) return;
    const std::string said = slurp("/run/guardian.output");
    const int status = guardian_->waitForEnd();
    if (status != 1 || said.compare(0, 14, "vip-guardian: ") != 0 || occurrences(said, "\n") != 1)
      complaint_ += "it ended with " + std::to_string(status) + ": " + said;
    if (hadEnded_) throw std::runtime_error("it ended twice, and the call fails once: " + said);
    hadEnded_ = true;
    guardian_ = std::make_unique<Guardian>(program.path());
  }

  FailingCall failing_;
  std::unique_ptr<Guardian> guardian_;
  bool hadEnded_ = false;
  std::string complaint_;
};

struct Played {
  int n = 0;
  int calls = 0;
  int descriptors = 0;
  bool startedAgain = false;
  std::string failed;
  std::string problems;
};

/// `descriptors`: as many may be open in the end.
Played play(int n, int descriptors) {
  sh("rm -rf /run/*.pid /run/vip-guardian /tmp/*");
  makeVeths();
  spill("/tmp/keepalived.conf", keepalivedConf());
  const std::string base = addresses();
  Keepalived keepalived(fake.path(), {"-f", "/tmp/keepalived.conf"});
  keepalived.tell("interval 100");
  Supervised guardian(n);
  Played played;
  played.n = n;
  const auto expect = [&](bool good, const std::string& what) {
    if (!good) played.problems += what + "\n" + guardian.said() + addresses() + statusFile() + "\n";
  };
  const auto says = [&](const char* words) {
    expect(guardian.becomes([&] { return occurrences(statusFile(), words) == 2; }), std::string("never says ") + words);
  };
  const auto comesBack = [&](const std::string& address, const std::string& whole) {
    sh("ip address del " + address + " dev v0");
    expect(guardian.becomes([&] { return addresses() == whole; }), address + " does not come back");
    // What a life that has ended had to say is lost.
    const auto told = [&] { return guardian.hadEnded() || guardian.told(address) == 1; };
    expect(guardian.becomes(told), "nothing tells of the loss of " + address);
  };

  keepalived.becomeMaster();
  const std::string whole = addresses();
  says("\"standing\":\"guarded\"");
  comesBack("192.0.2.101/32", whole);
  guardian.reload();
  comesBack("2001:db8::100/64", whole);
  keepalived.becomeBackup();
  says("\"role\":\"BACKUP\"");
  expect(addresses() == base, "a backup has addresses");
  const auto remembersNothing = [] { return ledger::parse(slurp("/run/vip-guardian/ledger")).addresses.empty(); };
  expect(guardian.becomes(remembersNothing), "its ledger says " + slurp("/run/vip-guardian/ledger"));
  const auto closed = [&] { return guardian.descriptors() <= descriptors; };
  expect(guardian.becomes(closed), "more descriptors than " + std::to_string(descriptors));
  played.descriptors = guardian.descriptors();

  const int status = guardian.stop();
  played.calls = guardian.call().count();
  played.failed = guardian.call().failed();
  played.startedAgain = guardian.hadEnded();
  // A call that fails as it ends may be its last words; a leak is another number.
  if (status != 0 && status != 1) played.problems += "in the end it says " + std::to_string(status) + "\n";
  if (addresses() != base) played.problems += "it leaves " + addresses();
  played.problems += guardian.complaint();
  return played;
}

/// Fields with a zero byte behind each: short enough to reach the other end of a pipe in one piece.
std::string packed(const Played& played) {
  std::string text;
  for (const int number : {played.n, played.calls, played.startedAgain ? 1 : 0}) text += std::to_string(number) + '\0';
  return text + played.failed + '\0' + played.problems.substr(0, 3500) + '\0';
}

Played unpacked(std::istream& text) {
  Played played;
  std::string field;
  const auto next = [&] { return std::getline(text, field, '\0') ? field : std::string(); };
  if (const std::string n = next(); !n.empty()) played.n = std::stoi(n);
  if (const std::string calls = next(); !calls.empty()) played.calls = std::stoi(calls);
  played.startedAgain = next() == "1";
  played.failed = next();
  played.problems = next();
  return played;
}

/// With a /run, a /tmp and processes of its own.
int playAll(const std::vector<int>& numbers, int descriptors, const Fd& results) {
  if (::unshare(CLONE_NEWNS | CLONE_NEWPID) != 0) return 1;
  return Child([&] {
           for (const char* place : {"/run", "/tmp"})
             if (::mount("tmpfs", place, "tmpfs", 0, nullptr) != 0) return 1;
           if (::mount("proc", "/proc", "proc", 0, nullptr) != 0) return 1;
           for (const int n : numbers) {
             Played played;
             try {
               played = play(n, descriptors);
             } catch (const std::exception& error) {
               played.n = n;
               played.problems = error.what();
             }
             const std::string text = packed(played);
             if (::write(results.get(), text.data(), text.size()) < 0) return 1;
           }
           return 0;
         })
      .wait();
}

std::vector<Played> playSideBySide(const std::vector<int>& numbers, int descriptors) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) throw std::runtime_error("making a pipe");
  const Fd ours(ends[0]);
  Fd theirs(ends[1]);
  std::vector<Child> players;
  for (std::size_t player = 0; player < kSideBySide; ++player) {
    std::vector<int> share;
    for (std::size_t i = player; i < numbers.size(); i += kSideBySide) share.push_back(numbers[i]);
    players.emplace_back([&] { return playAll(share, descriptors, theirs); });
  }
  theirs.reset();
  std::string all;
  char chunk[4096];
  for (ssize_t length = 0; (length = ::read(ours.get(), chunk, sizeof chunk)) > 0;)
    all.append(chunk, static_cast<std::size_t>(length));
  for (Child& player : players)
    if (player.wait() != 0) throw std::runtime_error("a player has no place of its own");
  std::istringstream text(all);
  std::vector<Played> results;
  while (text.peek() != std::istringstream::traits_type::eof()) results.push_back(unpacked(text));
  return results;
}

/// Which of so many calls are to fail.
std::vector<int> chosen(const char* wanted, int calls) {
  if (wanted != nullptr && std::atoi(wanted) > 0) return {std::atoi(wanted)};
  const int stride = wanted != nullptr ? 1 : std::max(1, calls / kTried);
  const auto today = std::chrono::system_clock::now().time_since_epoch() / std::chrono::seconds(1);
  std::vector<int> numbers;
  for (int n = 1 + static_cast<int>(today % stride); n <= calls; n += stride) numbers.push_back(n);
  return numbers;
}

}  // namespace

TEST_CASE("whichever call of the daemon fails once, the addresses are right in the end and it says what happened") {
  if (!FailingCall::possible()) {
    std::printf("SKIPPED: this kernel has no user notifications of seccomp\n");
    std::fflush(stdout);
    ::_exit(kSkipped);
  }
  const Played sound = play(0, 1000);
  REQUIRE(sound.problems.empty());
  REQUIRE(sound.calls > 100);
  const std::vector<int> numbers = chosen(std::getenv("FAILING_CALLS"), sound.calls);
  const std::vector<Played> all = playSideBySide(numbers, sound.descriptors);
  REQUIRE(all.size() == numbers.size());
  std::map<std::string, std::pair<int, int>> tried;
  for (const Played& played : all) {
    INFO("FAILING_CALLS=" << played.n << ", " << played.failed);
    CHECK(played.problems == "");  // and so shows it
    auto& [count, startedAgain] = tried[played.failed];
    ++count;
    startedAgain += played.startedAgain ? 1 : 0;
  }
  std::printf("%d calls, %d of them tried\n", sound.calls, static_cast<int>(all.size()));
  std::printf("failed  started again\n");
  for (const auto& [what, counts] : tried)
    std::printf("%6d  %13d  %s\n", counts.first, counts.second,
                what.empty() ? "(it did not come to that)" : what.c_str());
}
