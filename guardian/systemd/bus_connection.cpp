#include "systemd/bus_connection.hpp"

#include <cstdlib>
#include <utility>

namespace guardian::systemd {
namespace {

constexpr std::uint64_t kRetryAfter = 1'000'000;  // microseconds

/// What the connection says of itself; anybody may send us a signal of that name.
bool isLocal(sd_bus_message* message) { return sd_bus_message_get_destination(message) == nullptr; }

}  // namespace

BusConnection::BusConnection(EventLoop& loop, EventLoop::Priority priority, std::function<void()> connected,
                             std::function<void()> lost)
    : loop_(loop), priority_(priority), connected_(std::move(connected)), lost_(std::move(lost)) {
  open();
}
BusConnection::~BusConnection() { close(); }

/// As networkd itself does it at boot: wait for the socket to appear instead of failing without it.
void BusConnection::open() {
  sd_bus* bus = nullptr;
  if (sd_bus_new(&bus) < 0) return retryLater();
  bus_.reset(bus);
  const char* address = ::getenv("DBUS_SYSTEM_BUS_ADDRESS");
  const bool started =
      sd_bus_set_address(bus, address != nullptr ? address : "unix:path=/run/dbus/system_bus_socket") >= 0 &&
      sd_bus_set_bus_client(bus, 1) >= 0 && sd_bus_set_watch_bind(bus, 1) >= 0 &&
      sd_bus_set_connected_signal(bus, 1) >= 0 && sd_bus_start(bus) >= 0 &&
      sd_bus_attach_event(bus, loop_.raw(), priority_) >= 0;
  if (!started) return retryLater();
  const std::string local =
      "type='signal',sender='org.freedesktop.DBus.Local',interface='org.freedesktop.DBus.Local',member=";
  const std::pair<const char*, sd_bus_message_handler_t> news[] = {{"'Connected'", &onConnected},
                                                                   {"'Disconnected'", &onDisconnected}};
  for (const auto& [member, handler] : news) {
    sd_bus_slot* slot = nullptr;
    if (sd_bus_add_match_async(bus, &slot, (local + member).c_str(), handler, nullptr, this) >= 0)
      slots_.emplace_back(slot);
  }
}

void BusConnection::close() {
  slots_.clear();
  if (bus_) sd_bus_detach_event(bus_.get());
  bus_.reset();
}

/// There is no reconnecting in place: a lost bus is let go and opened anew, from outside of its own callbacks.
void BusConnection::retryLater() {
  sd_event_source* source = nullptr;
  std::uint64_t now = 0;
  sd_event_now(loop_.raw(), CLOCK_MONOTONIC, &now);
  if (sd_event_add_time(loop_.raw(), &source, CLOCK_MONOTONIC, now + kRetryAfter, 0, &onRetry, this) >= 0)
    retry_.reset(source);
}

int BusConnection::onRetry(sd_event_source*, std::uint64_t, void* self) noexcept {
  auto* connection = static_cast<BusConnection*>(self);
  try {
    connection->close();
    connection->open();
  } catch (...) {
    connection->loop_.failWith(std::current_exception());
  }
  return 0;
}

int BusConnection::onConnected(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
  auto* connection = static_cast<BusConnection*>(self);
  if (!isLocal(message)) return 0;
  try {
    connection->up_ = true;
    connection->connected_();
  } catch (...) {
    connection->loop_.failWith(std::current_exception());
  }
  return 0;
}

int BusConnection::onDisconnected(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
  auto* connection = static_cast<BusConnection*>(self);
  if (!isLocal(message)) return 0;
  try {
    connection->up_ = false;
    connection->lost_();
    connection->retryLater();
  } catch (...) {
    connection->loop_.failWith(std::current_exception());
  }
  return 0;
}

}  // namespace guardian::systemd
