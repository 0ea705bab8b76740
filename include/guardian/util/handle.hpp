// Any C object with a release function, owned at the price of a pointer; and a file descriptor the same way.
#pragma once

#include <unistd.h>

#include <memory>
#include <utility>

namespace guardian {

template <auto Release> struct ReleaseWith {
  template <class T> void operator()(T* object) const noexcept { static_cast<void>(Release(object)); }
};
template <class T, auto Release> using Handle = std::unique_ptr<T, ReleaseWith<Release>>;

/// Owns a descriptor; -1 means none. Open it close-on-exec: this class cannot do that for you.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) noexcept : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    reset(std::exchange(other.fd_, -1));
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { reset(); }

  int get() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  void reset(int fd = -1) noexcept {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_ = -1;
};

}  // namespace guardian
