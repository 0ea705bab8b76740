// The daemon on the system bus: its picture as properties that say when they change, and a few methods.
//
// The connection is its own, and ranks behind everything else: whoever floods it delays neither a repair nor what the
// bus has to say of networkd and keepalived. What is shown, and what a method does, is the affair of whoever owns this;
// here is only how it is told. Who sends an order is asked of the bus, without waiting: sd-bus' own check would wait.
//
// Owned by the composition root; attached to its loop.
#pragma once

#include <systemd/sd-bus.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <string>
#include <vector>

#include "guardian/core/kernel.hpp"
#include "guardian/util/result.hpp"
#include "systemd/bus_connection.hpp"

namespace guardian::systemd {

constexpr const char* kBusName = "org.vip_guardian1";
constexpr const char* kBusPath = "/org/vip_guardian1";
constexpr const char* kBusManager = "org.vip_guardian1.Manager";
constexpr const char* kBusInstance = "org.vip_guardian1.Instance";

/// Takes a value of D-Bus, piece by piece.
class BusWriter {
 public:
  virtual ~BusWriter() = default;
  virtual void text(const std::string& value) = 0;
  virtual void path(const std::string& value) = 0;
  virtual void flag(bool value) = 0;
  virtual void number(std::uint32_t value) = 0;
  virtual void large(std::uint64_t value) = 0;
  /// As sd_bus_message_open_container() has them: 'a', 'e', 'v'.
  virtual void open(char type, const char* contents) = 0;
  virtual void close() = 0;
};

struct BusProperty {
  const char* name;
  const char* type;
  /// Of the instance with this index; of the manager: 0.
  std::function<void(BusWriter&, std::size_t)> tell;
};

/// What is behind the service. An Error's code makes D-Bus' kind of error, its `doing` the text.
struct BusOffer {
  std::vector<BusProperty> manager;
  std::vector<BusProperty> instance;
  std::function<std::vector<std::string>()> instances;                                          ///< their names
  std::function<std::string()> status;                                                          ///< the document
  std::function<Result<std::uint64_t>(std::uint64_t length, const std::string& reason)> pause;  ///< until when
  std::function<Result<bool>()> resume;                                                         ///< there was one
  std::function<Result<Done>()> verify;
  /// Once a condition: nobody finds us on the bus, and why.
  std::function<void(const std::string& why)> complain;
};

class BusService {
 public:
  BusService(EventLoop& loop, BusOffer offer);
  ~BusService();
  BusService(const BusService&) = delete;
  BusService& operator=(const BusService&) = delete;

  /// Tells what has changed since the last time.
  void changed();

 private:
  using Digests = std::vector<std::uint64_t>;
  using Deed = void (BusService::*)(sd_bus_message* request);
  /// An order whose sender is being asked for.
  struct Asked {
    BusService* service;
    BusMessage request;
    Deed deed;
    BusSlot slot;
  };
  /// What sd-bus hands back with each question about an instance.
  struct Seat {
    BusService* service;
    std::size_t index;
  };

  void serve();
  void lost();
  void requestName();
  void onNameReply(sd_bus_message* reply);
  void onNameAcquired(sd_bus_message* signal);
  void named();
  void complainOnce(const std::string& why);
  void later(core::Duration delay);

  void onGetStatus(sd_bus_message* request);
  template <Deed Order> void onOrder(sd_bus_message* request) { authorise(request, Order); }
  void pause(sd_bus_message* request);
  void resume(sd_bus_message* request);
  void verify(sd_bus_message* request);
  void authorise(sd_bus_message* request, Deed deed);
  void onSender(sd_bus_message* reply, Asked& asked);

  void tellInstances();
  void tellChanges(const std::string& path, const char* interface, const std::vector<BusProperty>& properties,
                   std::size_t index, Digests& former);
  static Digests digestsOf(const std::vector<BusProperty>& properties, std::size_t index);

  template <Deed Member> static int handle(sd_bus_message* message, void* self, sd_bus_error*) noexcept;
  static int onAsked(sd_bus_message* reply, void* asked, sd_bus_error*) noexcept;
  static int onLater(sd_event_source* source, std::uint64_t now, void* self) noexcept;
  static int find(sd_bus*, const char* path, const char* interface, void* self, void** found, sd_bus_error*) noexcept;
  static int list(sd_bus*, const char* prefix, void* self, char*** nodes, sd_bus_error*) noexcept;
  static int getOfManager(sd_bus*, const char* path, const char* interface, const char* property, sd_bus_message* reply,
                          void* self, sd_bus_error*) noexcept;
  static int getOfInstance(sd_bus*, const char* path, const char* interface, const char* property,
                           sd_bus_message* reply, void* seat, sd_bus_error*) noexcept;
  int get(const std::vector<BusProperty>& properties, const char* name, std::size_t index,
          sd_bus_message* reply) noexcept;

  EventLoop& loop_;
  BusOffer offer_;
  std::vector<sd_bus_vtable> managerTable_;
  std::vector<sd_bus_vtable> instanceTable_;
  std::deque<Seat> seats_;  ///< by index; they stay where they are
  BusConnection bus_;
  BusSlot nameReply_;
  std::list<Asked> asked_;  // after the bus that they point into
  EventSource later_;
  bool named_ = false;
  bool complained_ = false;
  int refusals_ = 0;                              ///< of the name, in a row
  Digests managerTold_;                           ///< of what was told last
  std::map<std::string, Digests> instancesTold_;  ///< by path
};

}  // namespace guardian::systemd
