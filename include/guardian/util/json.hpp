// JSON as it is written, without a tree in between: a host may have ten thousand addresses, and the daemon neither
// memory nor time to spare. And what has to be known of a foreign text before a parser may see it.
#pragma once

#include <cstdint>
#include <string>

namespace guardian {

class JsonWriter {
 public:
  JsonWriter& beginObject() { return begin('{'); }
  JsonWriter& endObject() { return end('}'); }
  JsonWriter& beginArray() { return begin('['); }
  JsonWriter& endArray() { return end(']'); }

  JsonWriter& key(const char* name);
  JsonWriter& value(const std::string& text);
  JsonWriter& value(const char* text) { return value(std::string(text)); }
  JsonWriter& value(bool yes);
  JsonWriter& value(std::int64_t number);
  JsonWriter& value(std::uint64_t number);
  JsonWriter& value(int number) { return value(static_cast<std::int64_t>(number)); }

  template <class T> JsonWriter& member(const char* name, const T& of) { return key(name).value(of); }
  /// Only where there is something to say.
  JsonWriter& memberIf(const char* name, const std::string& text) { return text.empty() ? *this : member(name, text); }
  JsonWriter& memberIf(const char* name, bool yes) { return yes ? member(name, true) : *this; }

  std::string take() { return std::move(text_); }

 private:
  JsonWriter& begin(char bracket);
  JsonWriter& end(char bracket);
  void separate();

  std::string text_;
  bool first_ = true;  ///< nothing stands before it in its object or array
};

/// Whether brackets outside of strings nest no deeper than that: older parsers recurse without a limit.
bool isShallow(const std::string& text, int deepest);

}  // namespace guardian
