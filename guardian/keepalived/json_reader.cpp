#include "keepalived/json_reader.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "guardian/util/json.hpp"
#include "keepalived/dump_vip.hpp"

namespace guardian::keepalived {
namespace {

using nlohmann::json;
using Severity = core::Problem::Severity;

constexpr int kDeepest = 32;  // keepalived nests six deep

core::Role roleOf(std::int64_t state) {
  switch (state) {
    case 1: return core::Role::Backup;
    case 2: return core::Role::Master;
    case 3: return core::Role::Fault;
    default: return core::Role::Other;  // 0 init, 4 goto master, 98 goto fault
  }
}

/// The members of one instance's "data", with what is missing or of another kind noted.
class Members {
 public:
  explicit Members(const json& data) : data_(data) {}

  std::string text(const char* key) {
    const auto found = data_.find(key);
    if (found != data_.end() && found->is_string()) return found->get<std::string>();
    missing_ = missing_.empty() ? key : missing_;
    return {};
  }

  double number(const char* key) {
    const auto found = data_.find(key);
    if (found != data_.end() && found->is_number()) {
      const double value = found->get<double>();
      if (std::isfinite(value) && std::fabs(value) < 1e12) return value;
    }
    missing_ = missing_.empty() ? key : missing_;
    return 0;
  }

  /// Not with llround(): for that alone the whole mathematics library would be mapped, and count as memory of ours.
  template <class Unit> Unit seconds(const char* key) {
    return std::chrono::round<Unit>(std::chrono::duration<double>(number(key)));
  }

  std::int64_t integer(const char* key) { return static_cast<std::int64_t>(number(key)); }

  bool flag(const char* key) {
    const auto found = data_.find(key);
    if (found == data_.end()) return false;
    if (found->is_boolean()) return found->get<bool>();
    return found->is_number() && found->get<double>() != 0;
  }

  /// Later versions leave empty lists out.
  json list(const char* key) {
    const auto found = data_.find(key);
    return found != data_.end() && found->is_array() ? *found : json::array();
  }

  const std::string& firstMissing() const { return missing_; }

 private:
  const json& data_;
  std::string missing_;
};

class JsonDumpReader {
 public:
  core::Answer read(const std::string& text) {
    // The lists of 1.3.9 may hold stray bytes, which no JSON text may.
    std::string cleaned = text;
    std::replace_if(
        cleaned.begin(), cleaned.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }, '?');
    if (!isShallow(cleaned, kDeepest)) {
      say("The JSON text is nested deeper than keepalived would write it.");
      return std::move(answer_);
    }
    try {
      readDocument(json::parse(cleaned));
    } catch (const std::exception&) {
      say("This is not a complete JSON text.");
    }
    return std::move(answer_);
  }

 private:
  void say(const std::string& text) { answer_.problems.push_back({Severity::Error, "", 0, text}); }

  void readDocument(const json& document) {
    // Since 2.2.8, json_version 2 puts the list into an object.
    const bool wrapped = document.is_object() && document.count("vrrp") > 0;
    const json& list = wrapped ? document.at("vrrp") : document;
    if (!list.is_array()) {
      say("There is no list of VRRP instances in this JSON text.");
      return;
    }
    for (const json& element : list) {
      if (element.is_object() && element.count("data") > 0 && element.at("data").is_object()) {
        readInstance(element.at("data"));
      } else {
        say("An element of the list is not a VRRP instance.");
      }
    }
  }

  void readInstance(const json& data) {
    Members members(data);
    core::InstanceClaim claim;
    core::Instance& instance = claim.instance;
    instance.name = members.text("iname");
    instance.vrid = static_cast<std::uint8_t>(members.integer("vrid"));
    instance.interface = members.text("ifp_ifname");
    instance.vmac = members.text("vmac_ifname");
    instance.priority = static_cast<int>(members.integer("base_priority"));
    instance.vrrpVersion = static_cast<int>(members.integer("version"));
    instance.advertInterval = members.seconds<std::chrono::milliseconds>("adver_int");
    instance.nopreempt = members.flag("nopreempt");
    instance.announce.repeat = static_cast<int>(members.integer("garp_rep"));
    instance.announce.refreshRepeat = static_cast<int>(members.integer("garp_refresh_rep"));
    instance.announce.delay = members.seconds<std::chrono::milliseconds>("garp_delay");
    instance.announce.refresh = std::chrono::seconds(members.integer("garp_refresh"));
    instance.virtualRoutes = members.list("vroutes").size();
    instance.virtualRules = members.list("vrules").size();
    claim.role = roleOf(members.integer("state"));
    claim.lastTransition = members.seconds<std::chrono::microseconds>("last_transition");
    if (!members.firstMissing().empty()) {
      instance.understood = false;
      say("Instance '" + instance.name + "': '" + members.firstMissing() + "' is missing.");
    }
    readVips(members.list("vips"), false, instance);
    readVips(members.list("evips"), true, instance);
    for (const core::Vip& vip : instance.vips) {
      if (!vip.excluded) instance.family = vip.address.family;
    }
    // The interface is the one that the addresses stand on: with a VMAC, the VMAC; the base is not told.
    if (!instance.vmac.empty() && instance.interface == instance.vmac) instance.interface.clear();
    answer_.instances.push_back(std::move(claim));
  }

  void readVips(const json& list, bool excluded, core::Instance& instance) {
    for (const json& element : list) {
      const std::string text = element.is_string() ? element.get<std::string>() : std::string();
      std::optional<DumpVip> vip = readDumpVip(text, DumpAge::Since2, ScopeNames());
      if (vip) {
        if (!vip->possible) continue;
        instance.understood = instance.understood && vip->certain;
        vip->vip.excluded = excluded;
        instance.vips.push_back(std::move(vip->vip));
        continue;
      }
      const std::optional<core::IpAddress> bare = core::parseAddress(text);
      if (bare && !excluded) instance.family = bare->family;
      if (instance.understood)
        say("Instance '" + instance.name + "': its addresses are named without length or device.");
      instance.understood = false;
    }
  }

  core::Answer answer_;
};

}  // namespace

core::Answer readJsonDump(const std::string& text) { return JsonDumpReader().read(text); }

}  // namespace guardian::keepalived
