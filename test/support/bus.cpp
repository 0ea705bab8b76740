#include "support/bus.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <system_error>

namespace guardian::test {
namespace {

constexpr const char* kSocket = "/run/dbus/system_bus_socket";
constexpr const char* kPath = "/org/keepalived/Vrrp1/Instance/v0/51/IPv4";

constexpr const char* kConfiguration = R"(<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
)";

// Laxer than any system's: whoever asks gets a name, and sends what he likes.
constexpr const char* kLax = R"(
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
  </policy>
</busconfig>
)";

// As dbus brings it along: nobody has a name or calls a method unless a file says so.
constexpr const char* kUsual = R"(
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
  </policy>
  <include>)" SOURCE_DIR R"(/packaging/dbus/org.vip_guardian1.conf</include>
</busconfig>
)";

void check(int result, const std::string& what) {
  if (result < 0) throw std::system_error(-result, std::generic_category(), what);
}

constexpr const char* kManager = "org.freedesktop.systemd1.Manager";
constexpr const char* kJob = "/org/freedesktop/systemd1/job/321";

void tell(sd_bus* bus, const char* unit, const char* result) {
  constexpr const char* path = "/org/freedesktop/systemd1";
  check(sd_bus_emit_signal(bus, path, kManager, "JobNew", "uos", 321U, kJob, unit), "telling of a job");
  check(sd_bus_emit_signal(bus, path, kManager, "JobRemoved", "uoss", 321U, kJob, unit, result), "telling of its end");
}

struct Call {
  std::string method;
  std::string result;
};

/// Of a unit that nobody asks about, too, so that somebody must choose.
int takeCall(sd_bus_message* message, void* data, sd_bus_error*) {
  const Call& call = *static_cast<const Call*>(data);
  if (sd_bus_message_is_method_call(message, kManager, call.method.c_str()) <= 0)
    return sd_bus_reply_method_return(message, nullptr);
  const char* unit = nullptr;
  check(sd_bus_message_read(message, "s", &unit), "reading the unit");
  const std::string name = unit;
  check(sd_bus_reply_method_return(message, "o", kJob), "answering");
  tell(sd_bus_message_get_bus(message), "other.service", "done");
  tell(sd_bus_message_get_bus(message), name.c_str(), call.result.c_str());
  return 1;
}

int tellElapse(sd_bus_message* message, void* date, sd_bus_error* error) {
  const char* interface = nullptr;
  const char* property = nullptr;
  if (sd_bus_message_is_method_call(message, "org.freedesktop.DBus.Properties", "Get") <= 0) return 0;
  check(sd_bus_message_read(message, "ss", &interface, &property), "reading the property");
  if (std::string(interface) != "org.freedesktop.systemd1.Timer" || std::string(property) != "NextElapseUSecRealtime")
    return sd_bus_error_set_const(error, SD_BUS_ERROR_UNKNOWN_PROPERTY, "there is none");
  return sd_bus_reply_method_return(message, "v", "t", *static_cast<std::uint64_t*>(date));
}

Handle<sd_bus, sd_bus_flush_close_unref> connect(const std::string& name) {
  sd_bus* bus = nullptr;
  check(sd_bus_new(&bus), "making a bus");
  Handle<sd_bus, sd_bus_flush_close_unref> owned(bus);
  check(sd_bus_set_address(bus, (std::string("unix:path=") + kSocket).c_str()), "setting the address");
  check(sd_bus_set_bus_client(bus, 1), "being a client");
  check(sd_bus_start(bus), "connecting to the bus");
  if (!name.empty()) check(sd_bus_request_name(bus, name.c_str(), 0), "having a name");
  return owned;
}

}  // namespace

namespace {

/// The socket's file is there from bind() on, but until listen() whoever connects is refused.
bool answers() {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, kSocket, sizeof address.sun_path - 1);
  const Fd client(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return ::connect(client.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Bus::Bus() : Bus(std::string(kConfiguration) + kLax) {}
Bus::Bus(Ours) : Bus(std::string(kConfiguration) + kUsual) {}

Bus::Bus(const std::string& policy) {
  sh("mkdir -p /run/dbus && rm -f /run/dbus/system_bus_socket");
  spill("/run/dbus/test.conf", policy);
  daemon_ = Child([] {
    ::execlp("dbus-daemon", "dbus-daemon", "--nofork", "--nopidfile", "--config-file=/run/dbus/test.conf", nullptr);
    return 127;
  });
  if (!eventually(answers)) throw std::runtime_error("the bus does not start");
}

Speaker::Speaker(const std::string& name) : bus_(connect(name)) {}

void Speaker::send(const char* destination, std::uint32_t state) {
  sd_bus_message* message = nullptr;
  check(sd_bus_message_new_signal(bus_.get(), &message, kPath, "org.keepalived.Vrrp1.Instance", "VrrpStatusChange"),
        "making a signal");
  const Handle<sd_bus_message, sd_bus_message_unref> signal(message);
  check(sd_bus_message_append(message, "u", state), "writing a signal");
  if (destination != nullptr) check(sd_bus_message_set_destination(message, destination), "addressing a signal");
  check(sd_bus_send(bus_.get(), message, nullptr), "sending a signal");
  check(sd_bus_flush(bus_.get()), "sending a signal");
}

void Speaker::order(const char* destination, const char* method) {
  sd_bus_message* message = nullptr;
  check(sd_bus_message_new_method_call(bus_.get(), &message, destination, "/org/vip_guardian1",
                                       "org.vip_guardian1.Manager", method),
        "making an order");
  const Handle<sd_bus_message, sd_bus_message_unref> order(message);
  check(sd_bus_message_set_expect_reply(message, 0), "making an order");
  check(sd_bus_send(bus_.get(), message, nullptr), "ordering");
  check(sd_bus_flush(bus_.get()), "ordering");
}

std::string Speaker::ask(const char* destination, const char* method) {
  sd_bus_error error{};
  sd_bus_call_method(bus_.get(), destination, "/org/vip_guardian1", "org.vip_guardian1.Manager", method, &error,
                     nullptr, nullptr);
  std::string text = error.message != nullptr ? error.message : "";
  sd_bus_error_free(&error);
  return text;
}

Listener::Listener(const std::string& interface) : bus_(connect("")) {
  const std::string rule = "type='signal',sender='org.vip_guardian1',interface='" + interface + "'";
  check(sd_bus_add_match(bus_.get(), nullptr, rule.c_str(), &Listener::take, &heard_), "listening");
}

int Listener::take(sd_bus_message* message, void* heard, sd_bus_error*) {
  const std::string path = sd_bus_message_get_path(message);
  const std::string member = sd_bus_message_get_member(message);
  auto& lines = *static_cast<std::string*>(heard);
  const char* subject = nullptr;
  if (member != "PropertiesChanged") {
    check(sd_bus_message_read(message, "o", &subject), "reading an object");
    lines += path + " " + member + " " + subject + "\n";
    return 0;
  }
  check(sd_bus_message_read(message, "s", &subject), "reading an interface");
  check(sd_bus_message_enter_container(message, 'a', "{sv}"), "reading the changes");
  while (sd_bus_message_enter_container(message, 'e', "sv") > 0) {
    const char* property = nullptr;
    check(sd_bus_message_read(message, "s", &property), "reading a change");
    lines += path + " " + subject + " " + property + "\n";
    check(sd_bus_message_skip(message, "v"), "reading a change");
    check(sd_bus_message_exit_container(message), "reading a change");
  }
  return 0;
}

void Listener::listen() {
  while (sd_bus_process(bus_.get(), nullptr) > 0) continue;
}

bool Listener::hears(const std::string& news) {
  return eventually([&] {
    listen();
    return heard(news + "\n");
  });
}

void Speaker::say(std::uint32_t state) { send(nullptr, state); }

std::vector<std::string> Speaker::names() {
  char** list = nullptr;
  check(sd_bus_list_names(bus_.get(), &list, nullptr), "listing the names");
  std::vector<std::string> found;
  for (char** name = list; *name != nullptr; ++name) {
    found.emplace_back(*name);
    std::free(*name);
  }
  std::free(list);
  return found;
}

void Speaker::sayToEach(std::uint32_t state) {
  for (const std::string& name : names())
    if (name[0] == ':') send(name.c_str(), state);
}

bool Speaker::sees(const std::string& name) {
  const std::vector<std::string> all = names();
  return std::find(all.begin(), all.end(), name) != all.end();
}

namespace {

/// As systemd, with this object, for good.
int serve(const std::string& path, sd_bus_message_handler_t handler, void* data) {
  const auto bus = connect("");
  check(sd_bus_add_object(bus.get(), nullptr, path.c_str(), handler, data), "serving");
  check(sd_bus_request_name(bus.get(), "org.freedesktop.systemd1", 0), "having a name");
  for (;;)
    if (sd_bus_process(bus.get(), nullptr) == 0) sd_bus_wait(bus.get(), UINT64_MAX);
}

void awaitSystemd() {
  Speaker other("");
  if (!eventually([&] { return other.sees("org.freedesktop.systemd1"); }))
    throw std::runtime_error("the manager does not start");
}

}  // namespace

Manager::Manager(const std::string& method, const std::string& result)
    : systemd_(
          [call = Call{method, result}]() mutable { return serve("/org/freedesktop/systemd1", takeCall, &call); }) {
  awaitSystemd();
}

TimerManager::TimerManager(const std::string& timer, std::uint64_t elapses)
    : systemd_([timer, date = elapses]() mutable {
        char* path = nullptr;
        check(sd_bus_path_encode("/org/freedesktop/systemd1/unit", timer.c_str(), &path), "naming the timer");
        const Handle<char, std::free> owned(path);
        return serve(path, tellElapse, &date);
      }) {
  awaitSystemd();
}

}  // namespace guardian::test
