#include "trace/codec.hpp"

#include <array>
#include <string_view>
#include <utility>
#include <variant>

#include "guardian/util/overloaded.hpp"
#include "trace/writer.hpp"

namespace guardian::trace {

std::string hexOf(const std::string& bytes) {
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += "0123456789abcdef"[byte >> 4];
    hex += "0123456789abcdef"[byte & 15];
  }
  return hex;
}

std::optional<std::string> bytesOf(const std::string& hex) {
  if (hex.size() % 2 != 0 || hex.find_first_not_of("0123456789abcdef") != std::string::npos) return std::nullopt;
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) bytes += static_cast<char>(16 * nibble(hex[i]) + nibble(hex[i + 1]));
  return bytes;
}

void Writer::writeAny(const std::string& value, int) {
  if (cleanUtf8(value) == value) {
    json_.value(value);
    return;
  }
  json_.beginObject().member("hex", hexOf(value)).endObject();
}

void Reader::readAny(const nlohmann::json& from, std::string& into, const std::string& name, int) {
  const auto bytes = from.is_object() && from.size() == 1 ? from.find("hex") : from.end();
  const bool hex = from.is_object() && bytes != from.end() && bytes->is_string();
  const auto read = hex ? bytesOf(bytes->get<std::string>()) : std::nullopt;
  if (!read && !from.is_string()) throw Unreadable(name + " must be a text");
  into = read ? *read : from.get<std::string>();
}

void Reader::readAny(const nlohmann::json& from, core::Instant& into, const std::string& name, int) {
  std::int64_t count = 0;
  readAny(from, count, name, 0);
  // Earlier and later ones would run over where lengths are added.
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max() / 8;
  if (count < -kMost || count > kMost) throw Unreadable(name + " is no time");
  into = core::Instant(std::chrono::nanoseconds(count));
}

namespace {

/// The compiler knows it: "... [with T = guardian::core::AddressVanished; ...]", or without "with".
template <class T> std::string nameOfType() {
  const std::string_view text = __PRETTY_FUNCTION__;
  constexpr std::string_view before = "T = guardian::core::";
  const std::size_t from = text.find(before) + before.size();
  return std::string(text.substr(from, text.find_first_of(";]", from) - from));
}

template <class Variant, std::size_t... I>
std::array<std::string, sizeof...(I)> namesOf(std::index_sequence<I...> /*all*/) {
  return {nameOfType<std::variant_alternative_t<I, Variant>>()...};
}

template <class Variant> const std::string& nameAt(std::size_t index) {
  constexpr std::size_t kMany = std::variant_size<Variant>::value;
  static const std::array<std::string, kMany> names = namesOf<Variant>(std::make_index_sequence<kMany>());
  return names[index];
}

template <class Variant> void putAny(JsonWriter& json, const Variant& of) {
  json.key(nameAt<Variant>(of.index()).c_str());
  Writer writer(json);
  std::visit([&writer](const auto& held) { writer.write(held); }, of);
}

template <std::size_t I> bool tryRead(const std::string& name, const nlohmann::json& holds, core::Event& into) {
  if (name != nameAt<core::Event>(I)) return false;
  Reader::read(holds, into.emplace<I>(), name);
  return true;
}

template <std::size_t... I>
bool readAny(const std::string& name, const nlohmann::json& holds, core::Event& into,
             std::index_sequence<I...> /*all*/) {
  return (tryRead<I>(name, holds, into) || ...);
}

std::size_t sizeOf(const core::Instance& instance) {
  return 1 + instance.vips.size() + instance.routes.size() + instance.unicastPeers.size();
}

std::size_t sizeOf(const core::Configuration& configuration) {
  std::size_t all =
      configuration.problems.size() + configuration.staticAddresses.size() + configuration.staticRoutes.size();
  for (const core::Instance& instance : configuration.instances) all += sizeOf(instance);
  return all;
}

}  // namespace

const std::string& nameOf(const core::Event& event) { return nameAt<core::Event>(event.index()); }
const std::string& nameOf(const core::Action& action) { return nameAt<core::Action>(action.index()); }
const std::string& nameOfAction(std::size_t index) { return nameAt<core::Action>(index); }

void put(JsonWriter& json, const core::Event& event) { putAny(json, event); }
void put(JsonWriter& json, const core::Action& action) { putAny(json, action); }

void put(JsonWriter& json, const core::Settings& settings) {
  json.key("settings");
  Writer(json).write(settings);
}

core::Event readEvent(const std::string& name, const nlohmann::json& holds) {
  core::Event event;
  if (!readAny(name, holds, event, std::make_index_sequence<std::variant_size<core::Event>::value>()))
    throw Unreadable("this version knows no event \"" + name + "\"");
  return event;
}

core::Settings readSettings(const nlohmann::json& holds) {
  core::Settings settings;
  Reader::read(holds, settings, "settings");
  return settings;
}

bool isBulky(const core::Event& event, std::size_t most) {
  const std::size_t size = std::visit(
      Overloaded{[](const core::Snapshot& fact) { return fact.links.size() + fact.addresses.size(); },
                 [](const core::RoutesListed& fact) { return fact.routes.size(); },
                 [](const core::KeepalivedStarted& fact) { return sizeOf(fact.configuration); },
                 [](const core::ConfigurationRead& fact) { return sizeOf(fact.configuration); },
                 [](const core::ConfigurationEdited& fact) { return sizeOf(fact.configuration); },
                 [](const core::Answered& fact) {
                   std::size_t all = fact.answer.problems.size();
                   for (const core::InstanceClaim& claim : fact.answer.instances) all += sizeOf(claim.instance);
                   return all;
                 },
                 [](const core::Remembered& fact) {
                   return fact.ledger.addresses.size() + fact.ledger.routes.size() + fact.ledger.bases.size();
                 },
                 [](const auto&) { return std::size_t{0}; }},
      event);
  return size > most;
}

}  // namespace guardian::trace
