#include "cli/check.hpp"

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/arguments.hpp"
#include "cli/usage.hpp"
#include "config/durations.hpp"
#include "guardian/util/handle.hpp"
#include "probe/probe.hpp"
#include "status/condition.hpp"
#include "status/status_file.hpp"

namespace guardian::cli {
namespace {

using status::Check;
using status::Condition;

constexpr std::chrono::milliseconds kLookAgain{10};

constexpr const char* kUsageText =
    "Usage: vip-guardian check [INSTANCE] [--monitor] [--remote] [--tcp PORT | --http PORT/PATH]\n"
    "                          [--grace SPAN] [--timeout SPAN] [--file FILE]\n";

struct Options {
  std::string instance;  ///< empty: all
  bool monitor = false;
  bool remote = false;
  std::uint16_t port = 0;
  std::optional<std::string> path;  ///< asked for by HTTP
  core::Duration grace = std::chrono::seconds(5);
  core::Duration timeout = std::chrono::seconds(1);
  std::string file = status::kStatusFile;
  bool help = false;
  std::string complaint;
};

std::optional<std::uint16_t> portOf(const std::string& text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  const int port = std::stoi(text);
  if (port < 1 || port > 65535) return std::nullopt;
  return static_cast<std::uint16_t>(port);
}

/// `--tcp 80`, `--http 80/health`
bool readService(const std::string& name, const std::string& value, Options& options) {
  const std::size_t slash = name == "--http" ? value.find('/') : std::string::npos;
  const auto port = portOf(value.substr(0, slash));
  const bool printable = std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c < 127; });
  if (!port || !printable) return false;
  options.port = *port;
  if (name == "--http") options.path = slash == std::string::npos ? "/" : value.substr(slash);
  return true;
}

bool readValue(const std::string& name, const std::string& value, Options& options) {
  if (name == "--file") {
    options.file = value;
    return true;
  }
  if (name == "--tcp" || name == "--http") return readService(name, value, options);
  const auto span = config::parseDuration(value);
  if (!span || *span <= core::Duration::zero()) return false;
  (name == "--grace" ? options.grace : options.timeout) = *span;
  return true;
}

Options readOptions(int argc, char** argv) {
  Options options;
  Arguments arguments(argc, argv);
  while (arguments.next()) {
    if (arguments.is("--monitor")) {
      options.monitor = true;
    } else if (arguments.is("--remote")) {
      options.remote = true;
    } else if (arguments.is("--help")) {
      options.help = true;
    } else if (const auto value = arguments.valueOf({"--file", "--tcp", "--http", "--grace", "--timeout"})) {
      if (!readValue(arguments.option(), *value, options)) options.complaint = arguments.refused(*value);
    } else if (arguments.isPlain() && options.instance.empty()) {
      options.instance = arguments.text();
    } else {
      options.complaint = arguments.unexpected();
    }
  }
  return options;
}

/// "192.0.2.100/24 eth0"
std::string placeOf(const core::IpAddress& address, int length, const std::string& interface) {
  std::string place = toString(address);
  place += "/" + std::to_string(length);
  return place += " " + interface;
}

/// The places of all addresses, as the kernel has them now.
std::set<std::string> addressesHere() {
  std::set<std::string> found;
  ifaddrs* raw = nullptr;
  if (::getifaddrs(&raw) != 0) return found;
  const Handle<ifaddrs, ::freeifaddrs> list(raw);
  for (const ifaddrs* one = raw; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_netmask == nullptr) continue;
    const bool v6 = one->ifa_addr->sa_family == AF_INET6;
    if (!v6 && one->ifa_addr->sa_family != AF_INET) continue;
    core::IpAddress address, mask;
    address.family = mask.family = v6 ? core::Family::IPv6 : core::Family::IPv4;
    const std::size_t offset = v6 ? offsetof(sockaddr_in6, sin6_addr) : offsetof(sockaddr_in, sin_addr);
    std::memcpy(address.bytes.data(), reinterpret_cast<const char*>(one->ifa_addr) + offset, address.size());
    std::memcpy(mask.bytes.data(), reinterpret_cast<const char*>(one->ifa_netmask) + offset, mask.size());
    int length = 0;
    for (const std::uint8_t byte : mask.bytes)
      for (unsigned bits = byte; bits != 0; bits &= bits - 1) ++length;
    // What is called a name here is IPv4's label, which begins with the name.
    const std::string name = std::string(one->ifa_name).substr(0, std::string(one->ifa_name).find(':'));
    found.insert(placeOf(address, length, name));
  }
  return found;
}

struct Look {
  std::optional<status::Document> document;
  std::vector<Check> checks;  ///< by instance
};

const char* const kNotRunning = "vip-guardian is not running";

Look lookAt(const Options& options) {
  Look look;
  look.document = status::readStatus(options.file);
  if (!look.document || !status::isAlive(*look.document)) {
    look.document.reset();
    return look;
  }
  const std::set<std::string> here = addressesHere();
  const status::Sight sight{[&](const core::VipOverview& vip) {
                              return here.count(placeOf(vip.address, vip.prefixLength, vip.interface)) != 0;
                            },
                            std::chrono::steady_clock::now(), options.grace};
  auto& instances = look.document->overview.instances;
  if (!options.instance.empty())
    instances.erase(std::remove_if(instances.begin(), instances.end(),
                                   [&](const auto& instance) { return instance.name != options.instance; }),
                    instances.end());
  for (const auto& instance : instances)
    look.checks.push_back(status::conditionOf(instance, look.document->overview, sight));
  return look;
}

/// Who would answer for this instance: the address itself, or where it is not and nobody wants to know of the network,
/// the service that would come to have it.
probe::Target targetOf(const core::InstanceOverview& instance, bool ofTheService) {
  const core::VipOverview& vip = instance.vips.front();
  if (!ofTheService) return {vip.address, static_cast<int>(::if_nametoindex(vip.interface.c_str()))};
  return {*core::parseAddress(vip.address.family == core::Family::IPv4 ? "127.0.0.1" : "::1"), 0};
}

/// Asks what is to be asked of an instance that is as it should be.
void probe(const core::InstanceOverview& instance, const Options& options, probe::Deadline deadline, Check& check) {
  const bool elsewhere = check.condition == Condition::Elsewhere;
  if (instance.vips.empty() || (check.condition != Condition::Fine && !elsewhere)) return;
  const bool service = options.port != 0;
  if (!service && !(elsewhere && options.remote)) return;
  const probe::Target target = targetOf(instance, elsewhere && !options.remote);
  const probe::Said said = options.path ? probe::http(target, options.port, *options.path, deadline)
                           : service    ? probe::tcp(target, options.port, deadline)
                                        : probe::ping(target, deadline);
  if (said.answer == probe::Answer::Yes) return;
  const std::string whom = toString(target.address) + (service ? " port " + std::to_string(options.port) : "");
  check.text +=
      "; " + whom + (said.answer == probe::Answer::No ? " does not answer: " : " cannot be asked: ") + said.text;
  if (said.answer == probe::Answer::No) check.condition = Condition::Unserved;
}

int statusOf(const Check& check, const core::InstanceOverview& instance, const Options& options) {
  if (options.monitor) return status::monitorStatus(check.condition);
  // A backup must stay able to take over, all the more when nobody answers at the master.
  if (!status::isMaster(instance) && options.remote) return 0;
  return status::scriptStatus(check.condition);
}

int report(const std::string& name, const Check& check) {
  return std::printf("%s: %s: %s\n", name.c_str(), status::word(check.condition), check.text.c_str());
}

}  // namespace

int check(int argc, char** argv) {
  const Options options = readOptions(argc, argv);
  if (!options.complaint.empty()) {
    std::fprintf(stderr, "vip-guardian check: %s\n%s", options.complaint.c_str(), kUsageText);
    return kUsage;
  }
  if (options.help) return std::fputs(kUsageText, stdout) < 0 ? 1 : 0;
  const probe::Deadline deadline = std::chrono::steady_clock::now() + options.timeout;
  Look look = lookAt(options);
  const auto wanting = [&look] {
    return std::any_of(look.checks.begin(), look.checks.end(),
                       [](const Check& one) { return one.condition == Condition::Unnoticed; });
  };
  while (wanting() && std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, static_cast<int>(kLookAgain.count()));
    look = lookAt(options);
  }
  if (!look.document || look.checks.empty()) {
    const std::string what = !look.document             ? kNotRunning
                             : options.instance.empty() ? "keepalived has not named any instance yet"
                                                        : "keepalived has not named this instance";
    report(options.instance.empty() ? "vip-guardian" : options.instance, {Condition::Unknown, what});
    return options.monitor ? status::monitorStatus(Condition::Unknown) : 0;
  }
  int worst = 0;
  const auto rank = [](int exit) { return exit == 2 ? 4 : exit; };  // lost is worse than unknown
  for (std::size_t i = 0; i < look.checks.size(); ++i) {
    const core::InstanceOverview& instance = look.document->overview.instances[i];
    probe(instance, options, deadline, look.checks[i]);
    report(instance.name, look.checks[i]);
    const int exit = statusOf(look.checks[i], instance, options);
    if (rank(exit) > rank(worst)) worst = exit;
  }
  return worst;
}

}  // namespace guardian::cli
