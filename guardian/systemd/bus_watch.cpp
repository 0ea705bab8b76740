#include "systemd/bus_watch.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace guardian::systemd {
namespace {

constexpr const char* kSystemd = "org.freedesktop.systemd1";
constexpr const char* kSystemdPath = "/org/freedesktop/systemd1";
constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kUnitInterface = "org.freedesktop.systemd1.Unit";
constexpr const char* kNetworkd = "org.freedesktop.network1";
constexpr const char* kLinkPrefix = "/org/freedesktop/network1/link";
constexpr const char* kLinkInterface = "org.freedesktop.network1.Link";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr const char* kVrrpInstance = "org.keepalived.Vrrp1.Instance";
constexpr const char* kDriver = "org.freedesktop.DBus";
constexpr const char* kDriverPath = "/org/freedesktop/DBus";

constexpr const char* kNetworkdUnit = "systemd-networkd.service";
constexpr const char* kKeepalivedUnit = "keepalived.service";
constexpr const char* kNetworkdUnitPath = "/org/freedesktop/systemd1/unit/systemd_2dnetworkd_2eservice";
constexpr const char* kKeepalivedUnitPath = "/org/freedesktop/systemd1/unit/keepalived_2eservice";

constexpr std::uint64_t kCallTimeout = 5'000'000;  // microseconds

core::ActiveState activeState(std::string_view word) {
  if (word == "active") return core::ActiveState::Active;
  if (word == "reloading") return core::ActiveState::Reloading;
  if (word == "inactive") return core::ActiveState::Inactive;
  if (word == "failed") return core::ActiveState::Failed;
  if (word == "activating") return core::ActiveState::Activating;
  if (word == "deactivating") return core::ActiveState::Deactivating;
  return core::ActiveState::Unknown;
}

core::LinkSetup linkSetup(std::string_view word) {
  if (word == "configured") return core::LinkSetup::Configured;
  if (word == "configuring") return core::LinkSetup::Configuring;
  if (word == "unmanaged") return core::LinkSetup::Unmanaged;
  return core::LinkSetup::Other;
}

/// Walks an a{sv}: calls `take(name)` with the message standing in the variant; take returns false to pass over.
template <class Take> void eachProperty(sd_bus_message* message, Take take) {
  if (sd_bus_message_enter_container(message, 'a', "{sv}") < 0) return;
  while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
    const char* name = nullptr;
    if (sd_bus_message_read(message, "s", &name) < 0) return;
    if (!take(name)) sd_bus_message_skip(message, "v");
    sd_bus_message_exit_container(message);
  }
  sd_bus_message_exit_container(message);
}

/// JobNew and JobRemoved: (u id, o job, s unit, ...).
const char* unitOfJob(sd_bus_message* message) {
  std::uint32_t id = 0;
  const char* job = nullptr;
  const char* unit = nullptr;
  return sd_bus_message_read(message, "uos", &id, &job, &unit) < 0 ? "" : unit;
}

const char* methodOf(UnitJob job) {
  switch (job) {
    case UnitJob::Stop: return "StopUnit";
    case UnitJob::Start: return "StartUnit";
    default: return "RestartUnit";
  }
}

std::optional<core::Unit> watchedUnit(const char* name) {
  if (std::strcmp(name, kNetworkdUnit) == 0) return core::Unit::Networkd;
  if (std::strcmp(name, kKeepalivedUnit) == 0) return core::Unit::Keepalived;
  return std::nullopt;
}

}  // namespace

template <void (BusWatch::*Member)(sd_bus_message*)>
int BusWatch::handle(sd_bus_message* message, void* self, sd_bus_error*) noexcept {
  auto* watch = static_cast<BusWatch*>(self);
  // Our rules name the senders, and the bus keeps to them. What is sent to us alone comes past all rules, and anybody
  // may send it.
  const bool signal = sd_bus_message_is_signal(message, nullptr, nullptr) > 0;
  if (signal && sd_bus_message_get_destination(message) != nullptr) return 0;
  try {
    (watch->*Member)(message);
  } catch (...) {
    watch->loop_.failWith(std::current_exception());
  }
  return 0;
}

template <void (BusWatch::*Member)(sd_bus_message*)> void BusWatch::match(const std::string& rule, BusSlots& slots) {
  sd_bus_slot* slot = nullptr;
  if (sd_bus_add_match_async(bus_.raw(), &slot, rule.c_str(), &handle<Member>, &handle<&BusWatch::onIgnored>, this) >=
      0)
    slots.emplace_back(slot);
}

template <void (BusWatch::*Member)(sd_bus_message*)>
void BusWatch::call(const char* destination, const char* path, const char* interface, const char* method,
                    std::initializer_list<const char*> arguments, BusSlots& slots) {
  sd_bus_message* raw = nullptr;
  if (sd_bus_message_new_method_call(bus_.raw(), &raw, destination, path, interface, method) < 0) return;
  const BusMessage request(raw);
  sd_bus_message_set_auto_start(raw, 0);  // asking networkd must not start it
  for (const char* argument : arguments) sd_bus_message_append(raw, "s", argument);
  sd_bus_slot* slot = nullptr;
  if (sd_bus_call_async(bus_.raw(), &slot, raw, &handle<Member>, this, kCallTimeout) >= 0) slots.emplace_back(slot);
}

BusWatch::BusWatch(EventLoop& loop, Sink sink, StateSink keepalivedSays)
    : loop_(loop),
      sink_(std::move(sink)),
      keepalivedSays_(std::move(keepalivedSays)),
      bus_(
          loop, EventLoop::kNormal, [this] { onConnected(); }, [this] { onDisconnected(); }) {}
BusWatch::~BusWatch() = default;

void BusWatch::onConnected() {
  saidLost_ = false;
  subscribe();
  sink_(core::BusConnected{});
}

void BusWatch::onDisconnected() {
  vrrpSlots_.clear();
  if (!std::exchange(saidLost_, true)) sink_(core::BusLost{});
}

void BusWatch::subscribe() {
  const std::string manager = std::string("type='signal',sender='") + kSystemd + "',path='" + kSystemdPath +
                              "',interface='" + kManager + "',member=";
  // sd-bus looks at no argument behind one that is not a string, and a job's begin with its number. So the bus itself
  // is told what to send, arg2 being the unit (arg1 is an object path), and what comes is sorted here.
  for (const char* unit : {kNetworkdUnit, kKeepalivedUnit})
    for (const char* signal : {"JobNew", "JobRemoved"}) {
      const std::string rule = manager + "'" + signal + "',arg2='" + unit + "'";
      call<&BusWatch::onIgnored>(kDriver, kDriverPath, kDriver, "AddMatch", {rule.c_str()}, bus_.slots());
    }
  sd_bus_slot* slot = nullptr;
  if (sd_bus_add_filter(bus_.raw(), &slot, &handle<&BusWatch::onAny>, this) >= 0) bus_.slots().emplace_back(slot);
  match<&BusWatch::onReloading>(manager + "'Reloading'", bus_.slots());
  const std::string changed = std::string("',interface='") + kProperties + "',member='PropertiesChanged',arg0='";
  for (const char* path : {kNetworkdUnitPath, kKeepalivedUnitPath})
    match<&BusWatch::onUnitProperties>(
        std::string("type='signal',sender='") + kSystemd + "',path='" + path + changed + kUnitInterface + "'",
        bus_.slots());
  match<&BusWatch::onLinkProperties>(std::string("type='signal',sender='") + kNetworkd + "',path_namespace='" +
                                         kLinkPrefix + changed + kLinkInterface + "'",
                                     bus_.slots());
  const std::string owner = std::string("type='signal',sender='") + kDriver + "',path='" + kDriverPath +
                            "',interface='" + kDriver + "',member='NameOwnerChanged',arg0='";
  match<&BusWatch::onNetworkdOwner>(owner + kNetworkd + "'", bus_.slots());
  match<&BusWatch::onSystemdOwner>(owner + kSystemd + "'", bus_.slots());

  // systemd sends nothing to nobody: somebody must have subscribed, and anew after each of its re-executions.
  call<&BusWatch::onIgnored>(kSystemd, kSystemdPath, kManager, "Subscribe", {}, bus_.slots());
  call<&BusWatch::onNetworkdPresence>(kDriver, kDriverPath, kDriver, "NameHasOwner", {kNetworkd}, bus_.slots());
  call<&BusWatch::onKeepalivedState>(kSystemd, kKeepalivedUnitPath, kProperties, "GetAll", {kUnitInterface},
                                     bus_.slots());
  call<&BusWatch::onNetworkdState>(kSystemd, kNetworkdUnitPath, kProperties, "GetAll", {kUnitInterface}, bus_.slots());
  subscribeToVrrp();
}

void BusWatch::hearKeepalived(std::string name) {
  if (name == vrrpName_) return;
  vrrpName_ = std::move(name);
  if (bus_.up()) subscribeToVrrp();
}

void BusWatch::subscribeToVrrp() {
  vrrpSlots_.clear();  // what is still to be said of a former name
  vrrpIsRoots_ = false;
  if (vrrpName_.empty()) return;
  const std::string quoted = "'" + vrrpName_ + "'";
  match<&BusWatch::onVrrpOwner>(std::string("type='signal',sender='") + kDriver + "',path='" + kDriverPath +
                                    "',interface='" + kDriver + "',member='NameOwnerChanged',arg0=" + quoted,
                                vrrpSlots_);
  match<&BusWatch::onVrrpStatus>(
      "type='signal',sender=" + quoted + ",interface='" + kVrrpInstance + "',member='VrrpStatusChange'", vrrpSlots_);
  askForVrrpUser();
}

/// keepalived's own policy lets only root have the name; another's may be laxer.
void BusWatch::askForVrrpUser() {
  call<&BusWatch::onVrrpOwnersUser>(kDriver, kDriverPath, kDriver, "GetConnectionUnixUser", {vrrpName_.c_str()},
                                    vrrpSlots_);
}

void BusWatch::onSystemdOwner(sd_bus_message* message) {
  const char *name = nullptr, *before = nullptr, *after = nullptr;
  if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || *after == '\0') return;
  call<&BusWatch::onIgnored>(kSystemd, kSystemdPath, kManager, "Subscribe", {}, bus_.slots());
}

void BusWatch::onReloading(sd_bus_message* message) {
  int active = 0;
  if (sd_bus_message_read(message, "b", &active) < 0 || active != 0) return;
  call<&BusWatch::onIgnored>(kSystemd, kSystemdPath, kManager, "Subscribe", {}, bus_.slots());
}

void BusWatch::onNetworkdOwner(sd_bus_message* message) {
  const char *name = nullptr, *before = nullptr, *after = nullptr;
  if (sd_bus_message_read(message, "sss", &name, &before, &after) >= 0) sink_(core::NetworkdName{*after != '\0'});
}

/// All that passes our rules at the bus comes by here first.
void BusWatch::onAny(sd_bus_message* message) {
  if (sd_bus_message_is_signal(message, kManager, "JobNew") > 0) onJobNew(message);
  if (sd_bus_message_is_signal(message, kManager, "JobRemoved") > 0) onJobRemoved(message);
}

void BusWatch::onJobNew(sd_bus_message* message) {
  if (const auto unit = watchedUnit(unitOfJob(message))) sink_(core::JobQueued{*unit});
}

void BusWatch::onJobRemoved(sd_bus_message* message) {
  std::uint32_t id = 0;
  const char *job = nullptr, *name = nullptr, *result = nullptr;
  if (sd_bus_message_read(message, "uoss", &id, &job, &name, &result) < 0) return;
  const auto unit = watchedUnit(name);
  if (!unit) return;
  const bool ours = !ownJob_.empty() && ownJob_ == job;
  const std::string why =
      std::strcmp(result, "done") == 0 ? "" : "systemd's job ended with \"" + std::string(result) + '"';
  sink_(core::JobFinished{*unit});
  if (!ours) return;
  ownJob_.clear();
  sink_(core::RestartDone{why});
}

void BusWatch::orderKeepalived(UnitJob job) {
  if (!bus_.up()) return sink_(core::RestartDone{"the system bus is away"});
  // "replace", as systemctl does; a job that somebody else has queued is seen by the core, which then waits.
  call<&BusWatch::onJobAccepted>(kSystemd, kSystemdPath, kManager, methodOf(job), {kKeepalivedUnit, "replace"},
                                 bus_.slots());
}

void BusWatch::onJobAccepted(sd_bus_message* message) {
  if (sd_bus_message_is_method_error(message, nullptr) != 0) {
    const sd_bus_error* error = sd_bus_message_get_error(message);
    return sink_(core::RestartDone{error != nullptr && error->message != nullptr ? error->message : "systemd refuses"});
  }
  const char* job = nullptr;
  if (sd_bus_message_read(message, "o", &job) >= 0) ownJob_ = job;
}

void BusWatch::onUnitProperties(sd_bus_message* message) {
  const char* interface = nullptr;
  if (sd_bus_message_read(message, "s", &interface) < 0) return;
  const bool networkd = std::strcmp(sd_bus_message_get_path(message), kNetworkdUnitPath) == 0;
  readUnit(message, networkd ? core::Unit::Networkd : core::Unit::Keepalived);
}

void BusWatch::onKeepalivedState(sd_bus_message* message) {
  if (sd_bus_message_is_method_error(message, nullptr) == 0) readUnit(message, core::Unit::Keepalived);
}

void BusWatch::onNetworkdState(sd_bus_message* message) {
  if (sd_bus_message_is_method_error(message, nullptr) == 0) readUnit(message, core::Unit::Networkd);
}

void BusWatch::readUnit(sd_bus_message* message, core::Unit unit) {
  std::optional<core::ActiveState> state;
  bool job = false;
  eachProperty(message, [&](const char* name) {
    if (std::strcmp(name, "ActiveState") == 0) {
      const char* word = nullptr;
      if (sd_bus_message_read(message, "v", "s", &word) < 0) return false;
      state = activeState(word);
      return true;
    }
    if (std::strcmp(name, "Job") == 0) {
      std::uint32_t id = 0;
      const char* path = nullptr;
      if (sd_bus_message_read(message, "v", "(uo)", &id, &path) < 0) return false;
      job = id != 0;
      return true;
    }
    return false;
  });
  if (state) sink_(core::UnitChanged{unit, *state, job});
}

void BusWatch::onLinkProperties(sd_bus_message* message) {
  Handle<char, std::free> number;
  char* decoded = nullptr;
  if (sd_bus_path_decode(sd_bus_message_get_path(message), kLinkPrefix, &decoded) <= 0) return;
  number.reset(decoded);
  const char* interface = nullptr;
  if (sd_bus_message_read(message, "s", &interface) < 0) return;
  eachProperty(message, [&](const char* name) {
    const char* word = nullptr;
    if (std::strcmp(name, "AdministrativeState") != 0 || sd_bus_message_read(message, "v", "s", &word) < 0)
      return false;
    sink_(core::LinkSetupChanged{static_cast<int>(std::strtol(number.get(), nullptr, 10)), linkSetup(word)});
    return true;
  });
}

void BusWatch::onNetworkdPresence(sd_bus_message* message) {
  int present = 0;
  if (sd_bus_message_is_method_error(message, nullptr) != 0 || sd_bus_message_read(message, "b", &present) < 0) return;
  // Its absence at this moment opens no window: it may never have been there.
  if (present != 0) sink_(core::NetworkdName{true});
}

/// The bus keeps the order: an answer about this owner comes after the news of him.
void BusWatch::onVrrpOwner(sd_bus_message* message) {
  const char *name = nullptr, *before = nullptr, *after = nullptr;
  if (sd_bus_message_read(message, "sss", &name, &before, &after) < 0 || name != vrrpName_) return;
  vrrpIsRoots_ = false;
  if (*after != '\0') askForVrrpUser();
}

void BusWatch::onVrrpOwnersUser(sd_bus_message* message) {
  std::uint32_t user = 0;
  vrrpIsRoots_ = sd_bus_message_is_method_error(message, nullptr) == 0 &&
                 sd_bus_message_read(message, "u", &user) >= 0 && user == 0;
}

void BusWatch::onVrrpStatus(sd_bus_message* message) {
  std::uint32_t state = 0;
  if (!vrrpIsRoots_ || sd_bus_message_read(message, "u", &state) < 0) return;
  keepalivedSays_(sd_bus_message_get_path(message), state);
}

}  // namespace guardian::systemd
