// Keywords of global_defs and the lines beside it.
#include <cstdlib>

#include "keepalived/config_builder.hpp"

namespace guardian::keepalived {
namespace {

using Severity = core::Problem::Severity;

/// atof as keepalived uses it: what is no number is 0.
std::chrono::microseconds secondsOf(const std::string& word) {
  const double seconds = std::strtod(word.c_str(), nullptr);
  if (!(seconds > 0) || seconds > 4000) return std::chrono::microseconds(0);
  return std::chrono::microseconds(static_cast<std::int64_t>(seconds * 1000000));
}

constexpr unsigned long kMostSeconds = 1000000;

}  // namespace

void Builder::ignored(const Words&) {}

void Builder::needsParameter(const Words& words) { parser_.need(words, 1); }

void Builder::wordList(const Words& words) { parser_.wordBlock(words); }

void Builder::itemList(const Words& words) {
  parser_.valueBlock(words, [](const Words&) {});
}

void Builder::defaultInterface(const Words& words) {
  if (!words.has(1)) {
    problem(Severity::Warning, "default_interface lacks its name; keepalived ignores the line.");
    return;
  }
  if (!exists(words[1]) && !parser_.grammar().since(2, 1, 0)) {
    problem(Severity::Warning, "Interface '" + words[1] + "' does not exist; keepalived ignores the line.");
    return;
  }
  result_.globals.defaultInterface = words[1];
}

void Builder::globalVersion(const Words& words) {
  const auto version = readUnsigned(parser_.grammar(), parser_.need(words, 1), 2, 3, true);
  if (version) {
    globalVersion_ = static_cast<int>(*version);
  } else {
    problem(Severity::Warning, "vrrp_version must be 2 or 3; keepalived ignores the line.");
  }
}

void Builder::globalStrict(const Words&) { globalStrict_ = true; }

void Builder::globalGarpDelay(const Words& words) {
  const auto seconds = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (seconds) announce_.delay = std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

void Builder::globalGarpRepeat(const Words& words) {
  const auto repeats = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (repeats) announce_.repeat = *repeats < 1 ? 1 : static_cast<int>(*repeats);
}

void Builder::globalGarpRefresh(const Words& words) {
  const auto seconds = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (seconds) announce_.refresh = std::chrono::seconds(static_cast<std::int64_t>(*seconds));
}

void Builder::globalGarpRefreshRepeat(const Words& words) {
  const auto repeats = readUnsigned(parser_.grammar(), parser_.need(words, 1), 0, kMostSeconds, true);
  if (repeats) announce_.refreshRepeat = *repeats < 1 ? 1 : static_cast<int>(*repeats);
}

void Builder::globalGarpInterval(const Words& words) { globalIntervals_.first = secondsOf(parser_.need(words, 1)); }

void Builder::globalGnaInterval(const Words& words) { globalIntervals_.second = secondsOf(parser_.need(words, 1)); }

void Builder::notifyFifo(const Words& words) {
  if (words.has(1) && result_.globals.notifyFifo.empty()) result_.globals.notifyFifo = words[1];
}

void Builder::vrrpNotifyFifo(const Words& words) {
  if (words.has(1) && result_.globals.vrrpNotifyFifo.empty()) result_.globals.vrrpNotifyFifo = words[1];
}

void Builder::enableDbus(const Words&) { result_.globals.dbus = true; }

void Builder::dbusServiceName(const Words& words) {
  if (words.has(1)) result_.globals.dbusServiceName = words[1];
}

void Builder::netNamespace(const Words& words) {
  if (!words.has(1) || !result_.globals.netNamespace.empty()) return;
  result_.globals.netNamespace = words[1];
  result_.globals.usePidDirectory = true;
}

void Builder::instanceName(const Words& words) {
  if (!words.has(1) || !result_.globals.instanceName.empty()) return;
  result_.globals.instanceName = words[1];
  result_.globals.usePidDirectory = true;
}

void Builder::usePidDirectory(const Words&) { result_.globals.usePidDirectory = true; }

void Builder::vrrpIsConfigured(const Words&) { vrrpConfigured_ = true; }

void Builder::dataUseInstance(const Words&) { result_.globals.dataUseInstance = true; }

void Builder::dynamicInterfaces(const Words&) { dynamicInterfaces_ = true; }

void Builder::vmacPrefix(const Words& words) {
  if (!hasVmacPrefix_) vmacPrefix_ = parser_.need(words, 1);
  hasVmacPrefix_ = true;
}

void Builder::vmacAddressPrefix(const Words& words) {
  if (vmacAddressPrefix_.empty()) vmacAddressPrefix_ = parser_.need(words, 1);
}

void Builder::randomSeed(const Words& words) { parser_.need(words, 1); }

}  // namespace guardian::keepalived
