// From JSON back to facts, by members.hpp. Strict: what is of another kind, out of range or unknown is an error that
// says which member it is, never a guess.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "trace/members.hpp"
#include "trace/text_forms.hpp"

namespace guardian::trace {

struct Unreadable : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Nothing: these are not two hexadecimal digits for each byte.
std::optional<std::string> bytesOf(const std::string& hex);

class Reader {
 public:
  static constexpr bool kWrites = false;

  /// `name`: of the object, for errors.
  Reader(const nlohmann::json& object, std::string name) : object_(object), name_(std::move(name)) {
    if (!object.is_object()) throw Unreadable(name_ + " must be an object");
  }

  template <class T> Reader& operator()(const char* name, T& into, const typename Itself<T>::Type& absent = {}) {
    const auto found = object_.find(name);
    if (found == object_.end()) {
      into = absent;
      return *this;
    }
    ++taken_;
    read(*found, into, name_ + "." + name);
    return *this;
  }

  /// Whatever it is.
  template <class T> static void read(const nlohmann::json& from, T& into, const std::string& name) {
    readAny(from, into, name, 0);
  }

 private:
  /// A newer version's trace, or a slip of the pen.
  void noMore() const {
    if (taken_ != object_.size()) throw Unreadable(name_ + " has a member that this version does not know");
  }

  template <class T>
  static auto readAny(const nlohmann::json& from, T& into, const std::string& name, int)
      -> decltype(fromText(std::string(), into), void()) {
    if (!from.is_string() || !fromText(from.get<std::string>(), into)) throw Unreadable(name + " makes no sense");
  }
  template <class T, std::enable_if_t<std::is_arithmetic<T>::value, int> = 0>
  static void readAny(const nlohmann::json& from, T& into, const std::string& name, int) {
    if constexpr (std::is_same<T, bool>::value) {
      if (!from.is_boolean()) throw Unreadable(name + " must be true or false");
      into = from.get<bool>();
    } else {
      const bool positive = from.is_number_unsigned();
      if (!positive && !from.is_number_integer()) throw Unreadable(name + " must be a whole number");
      const bool fits = positive
                            ? from.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::numeric_limits<T>::max())
                            : std::is_signed<T>::value &&
                                  from.get<std::int64_t>() >= static_cast<std::int64_t>(std::numeric_limits<T>::min());
      if (!fits) throw Unreadable(name + " is too large or too small");
      into = from.get<T>();
    }
  }
  static void readAny(const nlohmann::json& from, std::string& into, const std::string& name, int);
  static void readAny(const nlohmann::json& from, core::Instant& into, const std::string& name, int);
  template <class T>
  static void readAny(const nlohmann::json& from, std::optional<T>& into, const std::string& name, int) {
    into.emplace();
    readAny(from, *into, name, 0);
  }
  template <class A, class B>
  static void readAny(const nlohmann::json& from, std::pair<A, B>& into, const std::string& name, int) {
    if (!from.is_array() || from.size() != 2) throw Unreadable(name + " must be a list of pairs");
    readAny(from[0], into.first, name, 0);
    readAny(from[1], into.second, name, 0);
  }
  template <class T>
  static void readAny(const nlohmann::json& from, std::vector<T>& into, const std::string& name, int) {
    into.clear();
    each<T>(from, name, [&into](T&& one) { into.push_back(std::move(one)); });
  }
  template <class T> static void readAny(const nlohmann::json& from, std::set<T>& into, const std::string& name, int) {
    into.clear();
    each<T>(from, name, [&into](T&& one) { into.insert(std::move(one)); });
  }
  template <class K, class V>
  static void readAny(const nlohmann::json& from, std::map<K, V>& into, const std::string& name, int) {
    into.clear();
    each<std::pair<K, V>>(from, name, [&into](std::pair<K, V>&& one) { into.insert(std::move(one)); });
  }
  template <class T> static void readAny(const nlohmann::json& from, T& into, const std::string& name, long) {
    Reader reader(from, name);
    if constexpr (!std::is_empty<T>::value) members(reader, into);
    reader.noMore();
    if (!isSane(into)) throw Unreadable(name + " contradicts itself");
  }
  // What the core relies on and no adapter would ever break.
  static bool isSane(const core::Vip& vip) { return vip.prefixLength <= core::fullLength(vip.address.family); }
  template <class T> static bool isSane(const T&) { return true; }
  template <class T, class Take> static void each(const nlohmann::json& from, const std::string& name, Take take) {
    if (!from.is_array()) throw Unreadable(name + " must be a list");
    for (const nlohmann::json& element : from) {
      T one{};
      readAny(element, one, name, 0);
      take(std::move(one));
    }
  }

  const nlohmann::json& object_;
  std::string name_;
  std::size_t taken_ = 0;
};

}  // namespace guardian::trace
