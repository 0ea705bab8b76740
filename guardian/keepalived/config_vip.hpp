// One line of a list of addresses: `ADDRESS[/LENGTH] {option}`, as the versions of keepalived read it. Pure.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "guardian/core/model.hpp"
#include "keepalived/config_builder.hpp"
#include "keepalived/config_grammar.hpp"
#include "keepalived/config_words.hpp"
#include "keepalived/scope_names.hpp"

namespace guardian::keepalived {

class VipLine {
 public:
  VipLine(const Words& words, const Grammar& grammar, const ScopeNames& scopes, bool isStatic);

  /// False: keepalived drops the address. Throws Refused where it hangs.
  bool read();

  core::Vip vip;  ///< interface: as `dev` says, else empty
  bool usesVmac = false;
  std::vector<std::string> devices;  ///< every one named, also when the address is dropped after all
  bool possible = true;              ///< false: the kernel never takes it, but for keepalived it is there
  bool certain = true;               ///< false: what keepalived makes of it depends on stray memory
  std::vector<std::pair<core::Problem::Severity, std::string>> findings;

 private:
  enum class HostBits { None, Ones, Zeros };

  bool readAddress();
  void readPrefixLength(const std::string& text);
  bool readOption();
  bool readDevice();
  bool readScope();
  bool readClassicBroadcast();
  bool readBroadcast();
  bool takeBroadcast(const std::string& word);
  void finishBroadcast();
  bool readLabel();
  bool readFlag(const std::string& option);
  bool readLaterOption(const std::string& option, bool& good);
  bool readPeer();
  bool readPreferredLifetime();
  void finishIpv6();
  const std::string* argument();
  bool drop(const std::string& text);
  void say(core::Problem::Severity severity, const std::string& text);

  const Words& words_;
  const Grammar& grammar_;
  const ScopeNames& scopes_;
  bool isStatic_;
  std::size_t at_ = 0;
  std::size_t rounds_ = 0;
  bool wantsDad_ = false;
  bool hasBroadcast_ = false;
  HostBits hostBits_ = HostBits::None;
};

}  // namespace guardian::keepalived
