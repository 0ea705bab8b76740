// Events and actions as JSON, and events back. Pure. What each of them holds stands in members.hpp.
#pragma once

#include <cstdint>
#include <string>

#include <nlohmann/json.hpp>

#include "guardian/core/action.hpp"
#include "guardian/core/event.hpp"
#include "guardian/util/json.hpp"
#include "trace/reader.hpp"

namespace guardian::trace {

/// "AddressVanished": as the code calls it.
const std::string& nameOf(const core::Event& event);
const std::string& nameOf(const core::Action& action);
/// Of the action with this index in core::Action.
const std::string& nameOfAction(std::size_t index);

/// One member of the object that is being written: the name, and what it holds.
void put(JsonWriter& json, const core::Event& event);
void put(JsonWriter& json, const core::Action& action);
void put(JsonWriter& json, const core::Settings& settings);

/// Throws Unreadable.
core::Event readEvent(const std::string& name, const nlohmann::json& holds);
core::Settings readSettings(const nlohmann::json& holds);

/// Lists in it have more elements than so many: too much to be kept.
bool isBulky(const core::Event& event, std::size_t most);

}  // namespace guardian::trace
