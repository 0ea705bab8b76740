#include "systemd/bus_client.hpp"

#include <cerrno>
#include <chrono>
#include <cstring>

#include "systemd/bus_service.hpp"

namespace guardian::systemd {
namespace {

constexpr const char* kDriver = "org.freedesktop.DBus";
constexpr const char* kDriverPath = "/org/freedesktop/DBus";
constexpr std::chrono::microseconds kPatience{1'000'000};
// Of an order it must be known whether it was carried out: who asks again by the file gives it twice.
constexpr std::chrono::microseconds kPatienceForOrders{10'000'000};

}  // namespace

/// sd_bus_call() would wait for a bus that takes us and then says nothing, for a minute and a half.
bool BusClient::connect() {
  if (bus_ && sd_bus_is_open(bus_.get()) > 0) return true;
  bus_.reset();
  service_.clear();
  if (hangs_) return false;
  sd_bus* bus = nullptr;
  if (const int opened = sd_bus_open_system(&bus); opened < 0) {
    problem_ = std::string("there is no system bus: ") + std::strerror(-opened);
    return false;
  }
  bus_.reset(bus);
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  int result = 0;
  while ((result = sd_bus_is_ready(bus)) == 0) {
    const auto left =
        std::chrono::duration_cast<std::chrono::microseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) result = -ETIMEDOUT;
    if (result == 0) result = sd_bus_process(bus, nullptr);
    if (result == 0) result = sd_bus_wait(bus, static_cast<std::uint64_t>(left));
    if (result < 0) break;
  }
  if (result > 0) return true;
  hangs_ = result == -ETIMEDOUT;
  problem_ = std::string("the system bus does not answer: ") + std::strerror(-result);
  bus_.reset();
  return false;
}

/// The policy lets nobody but root have the name. Where it is not installed, we look ourselves.
bool BusClient::findService() {
  if (!connect()) return false;
  if (!service_.empty()) return true;
  Message question = request(kDriver, kDriverPath, kDriver, "GetNameOwner");
  if (question) sd_bus_message_append_basic(question.get(), 's', kBusName);
  const Message owner = call(question, kPatience);
  const char* name = nullptr;
  if (!owner || sd_bus_message_read(owner.get(), "s", &name) < 0) return false;
  question = request(kDriver, kDriverPath, kDriver, "GetConnectionUnixUser");
  if (question) sd_bus_message_append_basic(question.get(), 's', name);
  const Message reply = call(question, kPatience);
  std::uint32_t user = 0;
  if (!reply || sd_bus_message_read(reply.get(), "u", &user) < 0) return false;
  if (user != 0) problem_ = "somebody without rights has its name on the bus";
  if (user == 0) service_ = name;
  return user == 0;
}

BusClient::Message BusClient::request(const char* destination, const char* path, const char* interface,
                                      const char* method) {
  sd_bus_message* message = nullptr;
  if (sd_bus_message_new_method_call(bus_.get(), &message, destination, path, interface, method) < 0) return nullptr;
  return Message(message);
}

BusClient::Message BusClient::order(const char* method) {
  if (!findService()) return nullptr;
  return request(service_.c_str(), kBusPath, kBusManager, method);
}

BusClient::Message BusClient::call(const Message& request, std::chrono::microseconds patience) {
  if (!request) return nullptr;
  sd_bus_error error{};
  sd_bus_message* reply = nullptr;
  const int result =
      sd_bus_call(bus_.get(), request.get(), static_cast<std::uint64_t>(patience.count()), &error, &reply);
  if (result < 0) {
    problem_ = error.message != nullptr ? error.message : std::strerror(-result);
    hangs_ = result == -ETIMEDOUT;
    bus_.reset();  // anew next time: a service of before may have gone, and its late answer is of no use
  }
  sd_bus_error_free(&error);
  return Message(reply);
}

std::optional<std::string> BusClient::status() {
  const Message reply = call(order("GetStatus"), kPatience);
  const char* text = nullptr;
  if (!reply || sd_bus_message_read(reply.get(), "s", &text) < 0) return std::nullopt;
  return std::string(text);
}

std::optional<std::uint64_t> BusClient::pause(core::Duration length, const std::string& reason) {
  const Message request = order("Pause");
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(length).count();
  if (!request || sd_bus_message_append(request.get(), "ts", static_cast<std::uint64_t>(span), reason.c_str()) < 0)
    return std::nullopt;
  const Message reply = call(request, kPatienceForOrders);
  std::uint64_t until = 0;
  if (!reply || sd_bus_message_read(reply.get(), "t", &until) < 0) return std::nullopt;
  return until;
}

std::optional<bool> BusClient::resume() {
  const Message reply = call(order("Resume"), kPatienceForOrders);
  int was = 0;
  if (!reply || sd_bus_message_read(reply.get(), "b", &was) < 0) return std::nullopt;
  return was != 0;
}

bool BusClient::verify() { return call(order("Verify"), kPatienceForOrders) != nullptr; }

}  // namespace guardian::systemd
