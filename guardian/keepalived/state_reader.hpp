// What keepalived, or a script of the operator's, says about roles beside its dump: the lines of a notify FIFO, a
// state file as notify scripts write them, and its properties on D-Bus. Hints to look, never a proof. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guardian/core/model.hpp"

namespace guardian::keepalived {

/// `INSTANCE "VI_1" MASTER 100`
struct StateLine {
  enum class Subject { Instance, Group };
  Subject subject = Subject::Instance;
  std::string name;
  core::Role role = core::Role::Unknown;
  bool stopped = false;  ///< STOP: about a second after the addresses went. DELETED counts as well
  int priority = 0;
};

/// One line, without its newline. nullopt: not such a line.
std::optional<StateLine> readStateLine(std::string_view line);

/// Cuts what a FIFO delivers into lines, over reads that end anywhere.
class StateLines {
 public:
  /// The lines that `bytes` completes. What is no state line is dropped and counted.
  std::vector<StateLine> take(std::string_view bytes);
  std::size_t dropped() const { return dropped_; }

 private:
  void finish(std::vector<StateLine>& lines);

  std::string rest_;
  bool tooLong_ = false;
  std::size_t dropped_ = 0;
};

/// A state file: its last line that is not blank decides. That is a FIFO line, the arguments that keepalived
/// gives a notify script, or just the word; anything that names no role, or two, is Unknown.
core::Role readStateFile(std::string_view text);

/// The property `State (us)` of org.keepalived.Vrrp1.Instance, and the number of VrrpStatusChange with an empty
/// name. Number and name must agree: a number alone may mean something else in a version to come.
core::Role readDbusState(std::uint32_t number, std::string_view name);

/// What the path of such an object names: .../Instance/eth0_100/51/IPv4
struct DbusInstance {
  std::string interface;  ///< the base interface, with '_' for all that is neither letter nor digit
  std::uint8_t vrid = 0;
  core::Family family = core::Family::IPv4;
};
std::optional<DbusInstance> readDbusPath(std::string_view path);

}  // namespace guardian::keepalived
