// From facts to their JSON, by members.hpp.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "guardian/util/json.hpp"
#include "guardian/util/utf8.hpp"
#include "trace/members_of_actions.hpp"
#include "trace/text_forms.hpp"

namespace guardian::trace {

/// Bytes that are no text, two hexadecimal digits each.
std::string hexOf(const std::string& bytes);

class Writer {
 public:
  static constexpr bool kWrites = true;

  explicit Writer(JsonWriter& json) : json_(json) {}

  /// Left out where it is what the reader takes it to be anyway.
  template <class T> Writer& operator()(const char* name, const T& value, const typename Itself<T>::Type& absent = {}) {
    if (isAbsent(value, absent, 0)) return *this;
    json_.key(name);
    writeAny(value, 0);
    return *this;
  }

  template <class T> void write(const T& value) { writeAny(value, 0); }

 private:
  // 0 goes to an int first: what fits a kind of values is chosen before what fits all.
  template <class T> static auto isAbsent(const T& value, const T& absent, int) -> decltype(textOf(value), bool()) {
    return value == absent;
  }
  template <class T, std::enable_if_t<std::is_arithmetic<T>::value, int> = 0>
  static bool isAbsent(const T& value, const T& absent, int) {
    return value == absent;
  }
  template <class T> static auto isAbsent(const T& value, const T&, int) -> decltype(value.empty()) {
    return value.empty();
  }
  template <class T> static bool isAbsent(const std::optional<T>& value, const std::optional<T>&, int) {
    return !value;
  }
  static bool isAbsent(core::Instant value, core::Instant absent, int) { return value == absent; }
  static bool isAbsent(const core::Mac& value, const core::Mac& absent, int) { return value == absent; }
  static bool isAbsent(const Password& value, const Password& absent, int) { return value == absent; }
  template <class T> static bool isAbsent(const T&, const T&, long) { return false; }

  template <class T> auto writeAny(const T& value, int) -> decltype(textOf(value), void()) {
    json_.value(textOf(value));
  }
  template <class T, std::enable_if_t<std::is_arithmetic<T>::value, int> = 0> void writeAny(T value, int) {
    if constexpr (std::is_same<T, bool>::value)
      json_.value(value);
    else if constexpr (std::is_signed<T>::value)
      json_.value(std::int64_t{value});
    else
      json_.value(std::uint64_t{value});
  }
  void writeAny(const std::string& value, int);
  void writeAny(core::Instant value, int) {
    json_.value(std::int64_t{std::chrono::nanoseconds(value.time_since_epoch()).count()});
  }
  template <class T> void writeAny(const std::optional<T>& value, int) { writeAny(*value, 0); }
  template <class A, class B> void writeAny(const std::pair<A, B>& value, int) {
    json_.beginArray();
    writeAny(value.first, 0);
    writeAny(value.second, 0);
    json_.endArray();
  }
  template <class T> void writeAny(const std::vector<T>& value, int) { list(value); }
  template <class T> void writeAny(const std::set<T>& value, int) { list(value); }
  template <class K, class V> void writeAny(const std::map<K, V>& value, int) { list(value); }
  template <class T> void writeAny(const T& value, long) {
    json_.beginObject();
    if constexpr (!std::is_empty<T>::value) members(*this, value);
    json_.endObject();
  }
  template <class List> void list(const List& values) {
    json_.beginArray();
    for (const auto& one : values) writeAny(one, 0);
    json_.endArray();
  }

  JsonWriter& json_;
};

}  // namespace guardian::trace
