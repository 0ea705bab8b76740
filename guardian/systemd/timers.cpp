#include "systemd/timers.hpp"

#include <systemd/sd-bus.h>

#include <cstdlib>

#include "guardian/util/handle.hpp"

namespace guardian::systemd {
namespace {

constexpr std::uint64_t kPatience = 2'000'000;

using Bus = Handle<sd_bus, sd_bus_flush_close_unref>;
using Message = Handle<sd_bus_message, sd_bus_message_unref>;

Bus systemBus() {
  sd_bus* bus = nullptr;
  return Bus(sd_bus_open_system(&bus) < 0 ? nullptr : bus);
}

/// NextElapseUSecRealtime, as the unit's object has it.
Message ask(sd_bus* bus, const char* path) {
  sd_bus_message* message = nullptr;
  if (sd_bus_message_new_method_call(bus, &message, "org.freedesktop.systemd1", path, "org.freedesktop.DBus.Properties",
                                     "Get") < 0)
    return nullptr;
  const Message question(message);
  if (sd_bus_message_append(message, "ss", "org.freedesktop.systemd1.Timer", "NextElapseUSecRealtime") < 0)
    return nullptr;
  sd_bus_message* reply = nullptr;
  return Message(sd_bus_call(bus, message, kPatience, nullptr, &reply) < 0 ? nullptr : reply);
}

}  // namespace

std::optional<std::int64_t> nextRunOf(const std::string& timer) {
  const Bus bus = systemBus();
  char* path = nullptr;
  if (!bus || sd_bus_path_encode("/org/freedesktop/systemd1/unit", timer.c_str(), &path) < 0) return std::nullopt;
  const Handle<char, std::free> owned(path);
  const Message reply = ask(bus.get(), path);
  std::uint64_t date = 0;
  if (!reply || sd_bus_message_enter_container(reply.get(), 'v', "t") < 0 ||
      sd_bus_message_read(reply.get(), "t", &date) < 0)
    return std::nullopt;
  if (date == 0 || date > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(date);
}

}  // namespace guardian::systemd
