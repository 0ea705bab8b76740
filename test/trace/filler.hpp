// Puts something else than usual into every member that trace/members.hpp names, so that an alternative that is added
// to core::Event is tested by being there.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "trace/members.hpp"
#include "trace/text_forms.hpp"

namespace guardian::trace {

class Filler {
 public:
  static constexpr bool kWrites = false;

  template <class T> Filler& operator()(const char*, T& into, const typename Itself<T>::Type& absent = {}) {
    fill(into, 0);
    if constexpr (std::is_same<T, bool>::value) into = !absent;
    return *this;
  }

  template <class T> void any(T& into) { fill(into, 0); }
  int named() const { return next_; }

 private:
  void fill(bool& into, int) { into = true; }
  void fill(std::string& into, int) { into = "\"text\" \\ " + std::to_string(++next_) + "\n\xc3\xa9"; }
  void fill(core::IpAddress& into, int) { into = address(); }
  void fill(core::Prefix& into, int) { into = {address(), 24}; }
  void fill(core::AddressKey& into, int) { into = {++next_, address(), 24}; }
  void fill(core::Version& into, int) { into = {1, 3, ++next_}; }
  void fill(core::Mac& into, int) { into = {2, 0, 0, 0xab, 0xcd, static_cast<std::uint8_t>(++next_)}; }
  void fill(Password& into, int) { into = {0, 0, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(++next_)}; }
  void fill(core::Instant& into, int) { into = core::Instant(std::chrono::nanoseconds(1000000000 + ++next_)); }
  template <class T, std::enable_if_t<std::is_enum<T>::value, int> = 0> void fill(T& into, int) {
    into = static_cast<T>(1);
  }
  template <class T, std::enable_if_t<std::is_arithmetic<T>::value, int> = 0> void fill(T& into, int) {
    into = static_cast<T>(7 + ++next_ % 20);  // also a prefix length
  }
  template <class Rep, class Period> void fill(std::chrono::duration<Rep, Period>& into, int) {
    into = std::chrono::duration<Rep, Period>(7 + ++next_);
  }
  template <class T> void fill(std::optional<T>& into, int) { fill(into.emplace(), 0); }
  template <class T> void fill(std::vector<T>& into, int) {
    into.assign(2, T{});
    for (T& one : into) fill(one, 0);
  }
  template <class T> void fill(std::set<T>& into, int) {
    T one{};
    fill(one, 0);
    into = {one, T{}};
  }
  template <class K, class V> void fill(std::map<K, V>& into, int) {
    K key{};
    V value{};
    fill(key, 0);
    fill(value, 0);
    into = {{key, value}, {K{}, V{}}};
  }
  template <class T> void fill(T& into, long) {
    if constexpr (!std::is_empty<T>::value) members(*this, into);
  }
  /// Of both families in turn.
  core::IpAddress address() {
    core::IpAddress made;
    made.family = ++next_ % 2 == 0 ? core::Family::IPv4 : core::Family::IPv6;
    made.bytes[0] = 192;
    made.bytes[made.size() - 1] = static_cast<std::uint8_t>(next_);
    return made;
  }

  int next_ = 0;
};

}  // namespace guardian::trace
