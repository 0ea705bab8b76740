#include "systemd/bus_service.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <set>
#include <utility>

#include "systemd/bus_table.hpp"

namespace guardian::systemd {
namespace {

constexpr const char* kInstances = "/org/vip_guardian1/instance";
constexpr const char* kDriver = "org.freedesktop.DBus";
constexpr const char* kDriverPath = "/org/freedesktop/DBus";
constexpr std::uint64_t kCallTimeout = 5'000'000;  // microseconds
constexpr std::size_t kMostAsked = 16;
constexpr std::chrono::seconds kRetryAfter{1};
constexpr int kMostSteps = 6;          // the last is a minute
constexpr int kRefusalsUntilTold = 3;  // right after an installation the bus may not have read the new policy yet

class MessageWriter : public BusWriter {
 public:
  explicit MessageWriter(sd_bus_message* message) : message_(message) {}
  void text(const std::string& value) override { note(sd_bus_message_append_basic(message_, 's', value.c_str())); }
  void path(const std::string& value) override { note(sd_bus_message_append_basic(message_, 'o', value.c_str())); }
  void flag(bool value) override {
    const int wide = value ? 1 : 0;
    note(sd_bus_message_append_basic(message_, 'b', &wide));
  }
  void number(std::uint32_t value) override { note(sd_bus_message_append_basic(message_, 'u', &value)); }
  void large(std::uint64_t value) override { note(sd_bus_message_append_basic(message_, 't', &value)); }
  void open(char type, const char* contents) override { note(sd_bus_message_open_container(message_, type, contents)); }
  void close() override { note(sd_bus_message_close_container(message_)); }
  /// 0, or the first failure.
  int result() const { return result_; }

 private:
  void note(int result) {
    if (result_ == 0 && result < 0) result_ = result;
  }
  sd_bus_message* message_;
  int result_ = 0;
};

/// Another value, another number (FNV-1a): so that nothing need be kept of what was told.
class DigestWriter : public BusWriter {
 public:
  void text(const std::string& value) override { bytes(value.c_str(), value.size() + 1); }
  void path(const std::string& value) override { text(value); }
  void flag(bool value) override { large(value ? 1 : 0); }
  void number(std::uint32_t value) override { large(value); }
  void large(std::uint64_t value) override { bytes(&value, sizeof value); }
  void open(char type, const char*) override { bytes(&type, 1); }
  void close() override { bytes("", 1); }
  std::uint64_t value() const { return value_; }

 private:
  void bytes(const void* data, std::size_t length) {
    const auto* at = static_cast<const unsigned char*>(data);
    for (const auto* end = at + length; at != end; ++at) value_ = (value_ ^ *at) * 0x100000001b3ULL;
  }
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

std::string pathOf(const std::string& instance) {
  char* path = nullptr;
  if (sd_bus_path_encode(kInstances, instance.c_str(), &path) < 0) return {};
  const Handle<char, std::free> owned(path);
  return path;
}

void refuse(sd_bus_message* request, const char* error, const std::string& text) {
  sd_bus_reply_method_errorf(request, error, "%s", text.c_str());
}

void refuse(sd_bus_message* request, const Error& error) {
  sd_bus_reply_method_errnof(request, error.code, "%s", error.doing.c_str());
}

}  // namespace

template <BusService::Deed Member> int BusService::handle(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
  auto* service = static_cast<BusService*>(self);
  try {
    (service->*Member)(message);
  } catch (...) {
    service->loop_.failWith(std::current_exception());
  }
  return 1;
}

BusService::BusService(EventLoop& loop, BusOffer offer)
    : loop_(loop),
      offer_(std::move(offer)),
      bus_(
          loop, EventLoop::kLate, [this] { serve(); }, [this] { lost(); }) {
  offer_.manager.push_back({"Instances", "ao", [this](BusWriter& out, std::size_t) {
                              out.open('a', "o");
                              for (const std::string& name : offer_.instances()) out.path(pathOf(name));
                              out.close();
                            }});
  managerTable_ = {tableStart(), tableMethod("GetStatus", "", "s", "document\0", &handle<&BusService::onGetStatus>),
                   tableMethod("Pause", "ts", "t", "length_usec\0reason\0until_usec\0",
                               &handle<&BusService::onOrder<&BusService::pause>>),
                   tableMethod("Resume", "", "b", "was_paused\0", &handle<&BusService::onOrder<&BusService::resume>>),
                   tableMethod("Verify", "", "", "", &handle<&BusService::onOrder<&BusService::verify>>)};
  for (const BusProperty& one : offer_.manager)
    managerTable_.push_back(tableProperty(one.name, one.type, &getOfManager));
  managerTable_.push_back(tableEnd());
  instanceTable_.push_back(tableStart());
  for (const BusProperty& one : offer_.instance)
    instanceTable_.push_back(tableProperty(one.name, one.type, &getOfInstance));
  instanceTable_.push_back(tableEnd());
}

BusService::~BusService() = default;

// ---- the name ----

void BusService::serve() {
  sd_bus* bus = bus_.raw();
  sd_bus_slot* slot = nullptr;
  if (sd_bus_add_object_vtable(bus, &slot, kBusPath, kBusManager, managerTable_.data(), this) >= 0)
    bus_.slots().emplace_back(slot);
  if (sd_bus_add_fallback_vtable(bus, &slot, kInstances, kBusInstance, instanceTable_.data(), &find, this) >= 0)
    bus_.slots().emplace_back(slot);
  if (sd_bus_add_node_enumerator(bus, &slot, kInstances, &list, this) >= 0) bus_.slots().emplace_back(slot);
  if (sd_bus_add_object_manager(bus, &slot, kBusPath) >= 0) bus_.slots().emplace_back(slot);
  const std::string rule = std::string("type='signal',sender='") + kDriver + "',path='" + kDriverPath +
                           "',interface='" + kDriver + "',member='NameAcquired',arg0='" + kBusName + "'";
  if (sd_bus_add_match_async(bus, &slot, rule.c_str(), &handle<&BusService::onNameAcquired>, nullptr, this) >= 0)
    bus_.slots().emplace_back(slot);
  refusals_ = 0;
  requestName();
}

void BusService::lost() {
  named_ = false;
  nameReply_.reset();
  later_.reset();
  asked_.clear();
}

void BusService::requestName() {
  sd_bus_slot* slot = nullptr;
  if (sd_bus_request_name_async(bus_.raw(), &slot, kBusName, SD_BUS_NAME_QUEUE, &handle<&BusService::onNameReply>,
                                this) >= 0)
    nameReply_.reset(slot);
}

/// Whoever waits in the queue gets it as soon as it is free. A policy that refuses it may change without a word.
void BusService::onNameReply(sd_bus_message* reply) {
  std::uint32_t answer = 0;
  if (sd_bus_message_is_method_error(reply, nullptr) == 0) {
    if (sd_bus_message_read(reply, "u", &answer) < 0) return;
    const bool ours = answer == 1 || answer == 4;
    return ours ? named() : complainOnce(std::string("somebody else has the name ") + kBusName + " on the bus");
  }
  const sd_bus_error* error = sd_bus_message_get_error(reply);
  if (++refusals_ == kRefusalsUntilTold)
    complainOnce(std::string("the bus refuses the name ") + kBusName + ": " + (error->message ? error->message : ""));
  later(kRetryAfter * (1 << std::min(refusals_ - 1, kMostSteps)));
}

void BusService::onNameAcquired(sd_bus_message*) { named(); }

/// What a listener missed before, he asks for.
void BusService::named() {
  if (std::exchange(named_, true)) return;
  refusals_ = 0;
  complained_ = false;
  managerTold_ = digestsOf(offer_.manager, 0);
  instancesTold_.clear();
  const std::vector<std::string> names = offer_.instances();
  for (std::size_t i = 0; i < names.size(); ++i) instancesTold_[pathOf(names[i])] = digestsOf(offer_.instance, i);
}

void BusService::complainOnce(const std::string& why) {
  if (!std::exchange(complained_, true)) offer_.complain(why);
}

void BusService::later(core::Duration delay) {
  sd_event_source* source = nullptr;
  std::uint64_t now = 0;
  sd_event_now(loop_.raw(), CLOCK_MONOTONIC, &now);
  const auto wait = std::chrono::duration_cast<std::chrono::microseconds>(delay).count();
  if (sd_event_add_time(loop_.raw(), &source, CLOCK_MONOTONIC, now + static_cast<std::uint64_t>(wait), 0, &onLater,
                        this) < 0)
    return;
  later_.reset(source);
  sd_event_source_set_priority(source, EventLoop::kLate);
}

int BusService::onLater(sd_event_source*, std::uint64_t, void* self) noexcept {
  auto* service = static_cast<BusService*>(self);
  try {
    if (service->named_)
      service->changed();
    else
      service->requestName();
  } catch (...) {
    service->loop_.failWith(std::current_exception());
  }
  return 0;
}

// ---- methods ----

void BusService::onGetStatus(sd_bus_message* request) {
  sd_bus_reply_method_return(request, "s", offer_.status().c_str());
}

/// The policy of the bus lets only root send orders; another one's may be laxer.
void BusService::authorise(sd_bus_message* request, Deed deed) {
  const char* sender = sd_bus_message_get_sender(request);
  if (asked_.size() >= kMostAsked || sender == nullptr)
    return refuse(request, SD_BUS_ERROR_LIMITS_EXCEEDED, "too many orders at once");
  asked_.push_back(Asked{this, BusMessage(sd_bus_message_ref(request)), deed, nullptr});
  sd_bus_message* raw = nullptr;
  sd_bus_slot* slot = nullptr;
  if (sd_bus_message_new_method_call(bus_.raw(), &raw, kDriver, kDriverPath, kDriver, "GetConnectionUnixUser") >= 0) {
    const BusMessage question(raw);
    if (sd_bus_message_append_basic(raw, 's', sender) >= 0 &&
        sd_bus_call_async(bus_.raw(), &slot, raw, &onAsked, &asked_.back(), kCallTimeout) >= 0)
      return asked_.back().slot.reset(slot);
  }
  asked_.pop_back();
  refuse(request, SD_BUS_ERROR_ACCESS_DENIED, "the bus does not say who asks");
}

int BusService::onAsked(sd_bus_message* reply, void* asked, sd_bus_error*) noexcept {
  auto* one = static_cast<Asked*>(asked);
  BusService* service = one->service;
  try {
    service->onSender(reply, *one);
    service->asked_.remove_if([one](const Asked& other) { return &other == one; });
  } catch (...) {
    service->loop_.failWith(std::current_exception());
  }
  return 1;
}

void BusService::onSender(sd_bus_message* reply, Asked& asked) {
  std::uint32_t user = 0;
  const bool known = sd_bus_message_is_method_error(reply, nullptr) == 0 && sd_bus_message_read(reply, "u", &user) >= 0;
  if (!known || user != 0) return refuse(asked.request.get(), SD_BUS_ERROR_ACCESS_DENIED, "only root may do that");
  (this->*asked.deed)(asked.request.get());
}

void BusService::pause(sd_bus_message* request) {
  std::uint64_t length = 0;
  const char* reason = nullptr;
  if (sd_bus_message_read(request, "ts", &length, &reason) < 0) return;
  const auto until = offer_.pause(length, reason);
  if (!until) return refuse(request, until.error());
  sd_bus_reply_method_return(request, "t", until.value());
}

void BusService::resume(sd_bus_message* request) {
  const auto was = offer_.resume();
  if (!was) return refuse(request, was.error());
  sd_bus_reply_method_return(request, "b", was.value() ? 1 : 0);
}

void BusService::verify(sd_bus_message* request) {
  const auto accepted = offer_.verify();
  if (!accepted) return refuse(request, accepted.error());
  sd_bus_reply_method_return(request, nullptr);
}

// ---- properties ----

int BusService::find(sd_bus*, const char* path, const char*, void* self, void** found, sd_bus_error*) noexcept {
  auto* service = static_cast<BusService*>(self);
  char* decoded = nullptr;
  if (sd_bus_path_decode(path, kInstances, &decoded) <= 0) return 0;
  const Handle<char, std::free> name(decoded);
  try {
    const std::vector<std::string> names = service->offer_.instances();
    const auto at = std::find(names.begin(), names.end(), decoded);
    if (at == names.end()) return 0;
    const auto index = static_cast<std::size_t>(at - names.begin());
    while (service->seats_.size() <= index) service->seats_.push_back({service, service->seats_.size()});
    *found = &service->seats_[index];
    return 1;
  } catch (...) {
    service->loop_.failWith(std::current_exception());
    return -ENOMEM;
  }
}

int BusService::list(sd_bus*, const char*, void* self, char*** nodes, sd_bus_error*) noexcept {
  auto* service = static_cast<BusService*>(self);
  try {
    const std::vector<std::string> names = service->offer_.instances();
    auto** paths = static_cast<char**>(std::calloc(names.size() + 1, sizeof(char*)));
    if (paths == nullptr) return -ENOMEM;
    std::size_t count = 0;
    for (const std::string& name : names)
      if (sd_bus_path_encode(kInstances, name.c_str(), &paths[count]) >= 0) ++count;
    *nodes = paths;
    return 0;
  } catch (...) {
    service->loop_.failWith(std::current_exception());
    return -ENOMEM;
  }
}

int BusService::get(const std::vector<BusProperty>& properties, const char* name, std::size_t index,
                    sd_bus_message* reply) noexcept {
  try {
    MessageWriter out(reply);
    for (const BusProperty& one : properties)
      if (std::strcmp(one.name, name) == 0) one.tell(out, index);
    return out.result();
  } catch (...) {
    loop_.failWith(std::current_exception());
    return -ENOMEM;
  }
}

int BusService::getOfManager(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply, void* self,
                             sd_bus_error*) noexcept {
  auto* service = static_cast<BusService*>(self);
  return service->get(service->offer_.manager, property, 0, reply);
}

int BusService::getOfInstance(sd_bus*, const char*, const char*, const char* property, sd_bus_message* reply,
                              void* seat, sd_bus_error*) noexcept {
  const auto* of = static_cast<Seat*>(seat);
  return of->service->get(of->service->offer_.instance, property, of->index, reply);
}

// ---- what has changed ----

void BusService::changed() {
  if (!named_) return;
  // A bus that does not read: what has changed until it does is told then, in one.
  if ((sd_bus_get_events(bus_.raw()) & POLLOUT) != 0) return later(kRetryAfter);
  tellInstances();
  tellChanges(kBusPath, kBusManager, offer_.manager, 0, managerTold_);
}

void BusService::tellInstances() {
  const std::vector<std::string> names = offer_.instances();
  std::set<std::string> paths;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string path = pathOf(names[i]);
    if (!paths.insert(path).second) continue;
    const auto told = instancesTold_.find(path);
    if (told != instancesTold_.end()) {
      tellChanges(path, kBusInstance, offer_.instance, i, told->second);
    } else {
      sd_bus_emit_interfaces_added(bus_.raw(), path.c_str(), kBusInstance, nullptr);
      instancesTold_[path] = digestsOf(offer_.instance, i);
    }
  }
  for (auto told = instancesTold_.begin(); told != instancesTold_.end();) {
    if (paths.count(told->first) != 0) {
      ++told;
      continue;
    }
    sd_bus_emit_interfaces_removed(bus_.raw(), told->first.c_str(), kBusInstance, nullptr);
    told = instancesTold_.erase(told);
  }
}

void BusService::tellChanges(const std::string& path, const char* interface, const std::vector<BusProperty>& properties,
                             std::size_t index, Digests& former) {
  Digests now = digestsOf(properties, index);
  std::vector<char*> names;
  for (std::size_t i = 0; i < properties.size(); ++i)
    if (i >= former.size() || former[i] != now[i]) names.push_back(const_cast<char*>(properties[i].name));
  former = std::move(now);
  if (names.empty()) return;
  names.push_back(nullptr);
  sd_bus_emit_properties_changed_strv(bus_.raw(), path.c_str(), interface, names.data());
}

BusService::Digests BusService::digestsOf(const std::vector<BusProperty>& properties, std::size_t index) {
  Digests digests;
  digests.reserve(properties.size());
  for (const BusProperty& one : properties) {
    DigestWriter out;
    one.tell(out, index);
    digests.push_back(out.value());
  }
  return digests;
}

}  // namespace guardian::systemd
