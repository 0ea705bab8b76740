// The running guardian, asked over the system bus. For the command line: it waits, but whatever has become of the bus,
// not longer than a second for a look, and ten until it is known whether an order was carried out.
#pragma once

#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "guardian/core/kernel.hpp"
#include "guardian/util/handle.hpp"

namespace guardian::systemd {

class BusClient {
 public:
  /// nullopt in all of these: there is no answer to be had, and problem() says why.
  std::optional<std::string> status();
  /// Until when, in microseconds since 1970.
  std::optional<std::uint64_t> pause(core::Duration length, const std::string& reason);
  /// Whether there was a pause.
  std::optional<bool> resume();
  bool verify();

  const std::string& problem() const { return problem_; }

 private:
  static sd_bus* release(sd_bus* bus) {
    sd_bus_close(bus);  // without flushing: that waits
    return sd_bus_unref(bus);
  }
  using Message = Handle<sd_bus_message, sd_bus_message_unref>;

  bool connect();
  bool findService();
  Message request(const char* destination, const char* path, const char* interface, const char* method);
  Message order(const char* method);
  Message call(const Message& request, std::chrono::microseconds patience);

  Handle<sd_bus, release> bus_;
  std::string service_;  ///< its unique name: whoever it is, it is root's
  std::string problem_;
  bool hangs_ = false;  ///< was waited for once, and that is enough
};

}  // namespace guardian::systemd
