// The runtime state file on disk: always whole, readable by anybody, written only when it says something new.
#pragma once

#include <string>

#include "guardian/util/result.hpp"
#include "status/document.hpp"

namespace guardian::status {

constexpr const char* kStatusFile = "/run/vip-guardian/status.json";

class StatusFile {
 public:
  explicit StatusFile(std::string path = kStatusFile);

  /// What a former life left; nothing if it is of an earlier boot, or not our own.
  std::optional<core::Overview> inherit() const;
  /// Over the old one by a rename: who reads it sees one or the other.
  Result<Done> write(const Document& document);

 private:
  std::string path_;
  std::size_t written_ = 0;  ///< hash of what stands there: the text may be of megabytes
  WallClock clock_ = WallClock::now();
};

/// What stands there; nullopt: nothing that makes sense.
std::optional<Document> readStatus(const std::string& path, const WallClock& clock = WallClock::now());
/// Whether the daemon that wrote it still runs.
bool isAlive(const Document& document);

}  // namespace guardian::status
