// keepalived's own judgement of its configuration: `keepalived --config-test`, from 2.0.4 on. It may take a second:
// it runs beside us, and its end is readable.
#pragma once

#include <optional>
#include <string>

#include "guardian/core/model.hpp"
#include "guardian/util/handle.hpp"
#include "guardian/util/result.hpp"

namespace guardian::keepalived {

class ConfigTest {
 public:
  /// Whether this version has it.
  static bool exists(core::Version version) { return !(version < core::Version{2, 0, 4}); }

  /// Starts it. An error if it cannot be started.
  static Result<ConfigTest> start(const std::string& binary, const std::string& file);
  ConfigTest(ConfigTest&& other) noexcept;
  ConfigTest& operator=(ConfigTest&&) = delete;
  ~ConfigTest();  ///< ends it if it still runs

  /// Readable when it says something, and at its end.
  int fd() const { return output_.get(); }
  /// Reads what there is. nullopt: it still runs. Empty: no objection; else the first of what it says.
  std::optional<std::string> take();

 private:
  ConfigTest(int pid, Fd output) : pid_(pid), output_(std::move(output)) {}

  int pid_;
  Fd output_;
  std::string said_;
};

}  // namespace guardian::keepalived
