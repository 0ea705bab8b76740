// The runtime state file on disk, and the same as figures where Prometheus' node exporter looks: always whole,
// readable by anybody, written only when there is something new to say.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "guardian/util/result.hpp"
#include "status/document.hpp"

namespace guardian::status {

constexpr const char* kStatusFile = "/run/vip-guardian/status.json";

class WholeFile {
 public:
  explicit WholeFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }
  /// Over the old one by a rename: who reads it sees one or the other.
  Result<Done> write(const std::string& text);

 private:
  std::string path_;
  std::size_t written_ = 0;  ///< hash of what stands there: the text may be of megabytes
};

class StatusFile {
 public:
  explicit StatusFile(std::string path = kStatusFile) : file_(std::move(path)) {}

  /// From the next write() on also the figures, to this file; empty: no longer. One that is left is removed, or its
  /// figures would be believed for ever.
  void metricsTo(const std::string& path);

  /// What a former life left; nothing if it is of an earlier boot, or not our own.
  std::optional<core::Overview> inherit() const;
  /// A document without its guardian's process is the last word of a daemon that stops.
  Result<Done> write(const Document& document);
  /// That of what was written last.
  const WallClock& clock() const { return clock_; }

 private:
  WholeFile file_;
  std::optional<WholeFile> metrics_;
  WallClock clock_ = WallClock::now();
};

/// What stands there; nullopt: nothing that makes sense.
std::optional<Document> readStatus(const std::string& path, const WallClock& clock = WallClock::now());
/// Whether the daemon that wrote it still runs.
bool isAlive(const Document& document);

}  // namespace guardian::status
