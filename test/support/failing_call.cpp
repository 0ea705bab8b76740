#include "support/failing_call.hpp"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace guardian::test {

#ifdef SECCOMP_USER_NOTIF_FLAG_CONTINUE

namespace {

constexpr int kChannel = 200;  ///< the child's end while it hands the listener over; calls on it are nobody's affair

struct Call {
  int number;
  int error;  ///< that it may well fail with
  const char* name;
};

// Not the memory's: what a program does without any is another test. Not close(): it has closed, whatever it says.
// clang-format off
const Call kCalls[] = {
#ifdef SYS_open
    {SYS_open, EMFILE, "open"},               {SYS_stat, EACCES, "stat"},             {SYS_lstat, EACCES, "lstat"},
    {SYS_access, EACCES, "access"},           {SYS_rename, ENOSPC, "rename"},         {SYS_unlink, EACCES, "unlink"},
    {SYS_mkdir, EACCES, "mkdir"},             {SYS_mknod, ENOSPC, "mknod"},           {SYS_readlink, EACCES, "readlink"},
    {SYS_epoll_wait, EINTR, "epoll_wait"},    {SYS_poll, EINTR, "poll"},              {SYS_fork, EAGAIN, "fork"},
    {SYS_vfork, EAGAIN, "vfork"},
#endif
#ifdef SYS_newfstatat
    {SYS_newfstatat, EACCES, "fstatat"},
#endif
    {SYS_openat, EMFILE, "openat"},           {SYS_fstat, EIO, "fstat"},              {SYS_statx, EACCES, "statx"},
    {SYS_faccessat, EACCES, "faccessat"},     {SYS_renameat2, ENOSPC, "renameat2"},   {SYS_unlinkat, EACCES, "unlinkat"},
    {SYS_mkdirat, EACCES, "mkdirat"},         {SYS_mknodat, ENOSPC, "mknodat"},       {SYS_readlinkat, EACCES, "readlinkat"},
    {SYS_epoll_pwait, EINTR, "epoll_pwait"},  {SYS_ppoll, EINTR, "ppoll"},            {SYS_clone, EAGAIN, "clone"},
    {SYS_clone3, EAGAIN, "clone3"},
    {SYS_read, EIO, "read"},                  {SYS_write, ENOSPC, "write"},           {SYS_writev, ENOSPC, "writev"},
    {SYS_pread64, EIO, "pread"},              {SYS_getdents64, EIO, "getdents"},      {SYS_fchmod, EPERM, "fchmod"},
    {SYS_fsync, EIO, "fsync"},                {SYS_ioctl, EINVAL, "ioctl"},           {SYS_fcntl, EMFILE, "fcntl"},
    {SYS_dup, EMFILE, "dup"},                 {SYS_pipe2, EMFILE, "pipe2"},           {SYS_wait4, EINTR, "wait4"},
    {SYS_socket, EMFILE, "socket"},           {SYS_bind, EADDRINUSE, "bind"},         {SYS_connect, ECONNREFUSED, "connect"},
    {SYS_getsockname, ENOBUFS, "getsockname"},{SYS_setsockopt, ENOBUFS, "setsockopt"},{SYS_getsockopt, ENOBUFS, "getsockopt"},
    {SYS_sendto, ENOBUFS, "sendto"},          {SYS_sendmsg, ENOBUFS, "sendmsg"},      {SYS_sendmmsg, ENOBUFS, "sendmmsg"},
    {SYS_recvfrom, ENOBUFS, "recvfrom"},      {SYS_recvmsg, ENOBUFS, "recvmsg"},      {SYS_recvmmsg, ENOBUFS, "recvmmsg"},
    {SYS_epoll_create1, EMFILE, "epoll_create1"}, {SYS_epoll_ctl, ENOSPC, "epoll_ctl"},
    {SYS_timerfd_create, EMFILE, "timerfd_create"}, {SYS_timerfd_settime, EINVAL, "timerfd_settime"},
    {SYS_signalfd4, EMFILE, "signalfd"},      {SYS_eventfd2, EMFILE, "eventfd"},
    {SYS_inotify_init1, EMFILE, "inotify_init1"}, {SYS_inotify_add_watch, ENOSPC, "inotify_add_watch"},
    {SYS_pidfd_open, EMFILE, "pidfd_open"},   {SYS_kill, EPERM, "kill"},              {SYS_uname, EFAULT, "uname"},
};
// clang-format on

const Call* find(int number) {
  for (const Call& call : kCalls)
    if (call.number == number) return &call;
  return nullptr;
}

/// Those to us, all others on their way.
std::vector<sock_filter> filterCode() {
  std::vector<sock_filter> code;
  const auto add = [&](int operation, std::size_t value, int yes = 0, int no = 0) {
    code.push_back({static_cast<std::uint16_t>(operation), static_cast<std::uint8_t>(yes),
                    static_cast<std::uint8_t>(no), static_cast<std::uint32_t>(value)});
  };
  add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, args));
  add(BPF_JMP | BPF_JEQ | BPF_K, kChannel, 0, 1);
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  add(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
  for (const Call& call : kCalls) {
    add(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::size_t>(call.number), 0, 1);
    add(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF);
  }
  add(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  return code;
}

int listen() {
  std::vector<sock_filter> code = filterCode();
  const sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return static_cast<int>(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program));
}

union Envelope {
  cmsghdr header;
  char bytes[CMSG_SPACE(sizeof(int))];
};

msghdr messageWith(iovec& part, Envelope& envelope) {
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = envelope.bytes;
  message.msg_controllen = sizeof envelope.bytes;
  return message;
}

}  // namespace

FailingCall::FailingCall(int n) : n_(n) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) throw std::runtime_error("making a channel");
  ours_.reset(ends[0]);
  theirs_.reset(ends[1]);
}

FailingCall::~FailingCall() {
  over_ = true;
  if (server_.joinable()) server_.join();
}

bool FailingCall::possible() {
  seccomp_notif_sizes sizes{};
  return ::syscall(SYS_seccomp, SECCOMP_GET_NOTIF_SIZES, 0, &sizes) == 0;
}

void FailingCall::hand() const {
  if (::dup3(theirs_.get(), kChannel, O_CLOEXEC) < 0) throw std::runtime_error("keeping the channel");
  const int listener = listen();
  if (listener < 0) throw std::runtime_error("installing the filter");
  char nothing = 0;
  iovec part{&nothing, 1};
  Envelope envelope{};
  const msghdr message = messageWith(part, envelope);
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof listener);
  std::memcpy(CMSG_DATA(header), &listener, sizeof listener);
  if (::sendmsg(kChannel, &message, 0) < 0) throw std::runtime_error("handing the filter over");
}

void FailingCall::follow(pid_t child) {
  child_ = child;
  theirs_.reset();
  char nothing = 0;
  iovec part{&nothing, 1};
  Envelope envelope{};
  msghdr message = messageWith(part, envelope);
  if (::recvmsg(ours_.get(), &message, MSG_CMSG_CLOEXEC) <= 0 || CMSG_FIRSTHDR(&message) == nullptr)
    throw std::runtime_error("the child has no filter");
  int listener = -1;
  std::memcpy(&listener, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof listener);
  listener_.reset(listener);
  server_ = std::thread([this] { serve(); });
}

/// Until the last process with the filter is gone.
void FailingCall::serve() {
  while (!over_) {
    pollfd waiting{listener_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, 100) < 0 && errno != EINTR) return;
    if ((waiting.revents & POLLIN) == 0) {
      if ((waiting.revents & POLLHUP) != 0) return;
      continue;
    }
    seccomp_notif asked{};
    if (::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_RECV, &asked) < 0) continue;  // killed in the meantime
    seccomp_notif_resp answer{};
    answer.id = asked.id;
    if (static_cast<pid_t>(asked.pid) == child_) answer.error = -verdictOn(asked.data.nr);
    if (answer.error == 0) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
    ::ioctl(listener_.get(), SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

/// 0: let it go on.
int FailingCall::verdictOn(int call) {
  if (count_ == 0 && call != SYS_epoll_create1) return 0;
  if (++count_ != n_) return 0;
  failedCall_ = call;
  return find(call)->error;
}

std::string FailingCall::failed() const {
  const Call* call = find(failedCall_);
  return call == nullptr ? std::string() : std::string(call->name) + ": " + std::strerror(call->error);
}

#else

FailingCall::FailingCall(int n) : n_(n) {}
FailingCall::~FailingCall() = default;
bool FailingCall::possible() { return false; }
void FailingCall::hand() const {}
void FailingCall::follow(pid_t) {}
std::string FailingCall::failed() const { return {}; }

#endif

}  // namespace guardian::test
