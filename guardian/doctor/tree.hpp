// The files of a host, below its root directory: this host's, or those of an image or of a test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doctor/host.hpp"

namespace guardian::doctor {

/// directory/name
std::string below(const std::string& directory, const std::string& name);

class Tree {
 public:
  /// Empty: this host itself.
  explicit Tree(std::string root) : root_(std::move(root)) {}

  bool isThisHost() const { return root_.empty(); }
  std::string path(const std::string& path) const { return root_ + path; }

  /// nullopt: not there, or not for us; the latter is remembered.
  std::optional<std::string> read(const std::string& path);
  /// Without following a link: systemd's own point anywhere.
  bool exists(const std::string& path) const;
  bool isMask(const std::string& path) const;  ///< a link to /dev/null
  /// The names in a directory, sorted; none if it is not there.
  std::vector<std::string> list(const std::string& directory) const;

  void cannotSee(const std::string& what, const std::string& why);
  std::vector<Unseen> takeUnseen() { return std::move(unseen_); }

 private:
  std::string root_;
  std::vector<Unseen> unseen_;
};

}  // namespace guardian::doctor
