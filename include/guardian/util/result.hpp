// Routine failures as values: an errno value and what we were doing. Constructors throw std::system_error
// instead; everything that runs in the loop returns this.
#pragma once

#include <cstring>
#include <string>
#include <utility>
#include <variant>

namespace guardian {

struct Error {
  int code = 0;       ///< an errno value
  std::string doing;  ///< "adding 192.0.2.1/24 to eth0"
  std::string text() const { return doing + ": " + std::strerror(code); }
};

template <class T> class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT(google-explicit-constructor): reads as a value
  Result(Error error) : state_(std::move(error)) {}  // NOLINT(google-explicit-constructor)

  explicit operator bool() const { return state_.index() == 0; }
  const T& value() const { return std::get<0>(state_); }
  T& value() { return std::get<0>(state_); }
  const Error& error() const { return std::get<1>(state_); }

 private:
  std::variant<T, Error> state_;
};

struct Done {};

}  // namespace guardian
