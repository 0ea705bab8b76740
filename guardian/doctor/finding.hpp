// What the doctor has to say: one finding a theme and cause, with what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "doctor/host.hpp"

namespace guardian::doctor {

enum class Severity : std::uint8_t { Ok, Note, Warning, Bad };

const char* word(Severity severity);

/// A file that would cure it. Ours alone: its first line says so, and --undo removes no other.
struct Fix {
  std::string path;
  std::string text;
  std::string effect;  ///< when it comes into force
};

struct Finding {
  std::string id;  ///< "networkd.restart"; stable, for scripts
  Severity severity = Severity::Ok;
  std::vector<std::string> about;  ///< interfaces or instances; empty: the host
  std::string statement;           ///< one line
  std::string reason;              ///< one sentence; empty for what is in order
  std::string remedy;              ///< the exact lines; what is not a command or a file is a comment
  std::vector<Fix> fixes;
};

enum class Verdict : std::uint8_t { Fine = 0, Degraded = 1, Critical = 2, Unknown = 3 };  ///< also the exit status

struct Report {
  Verdict verdict = Verdict::Unknown;
  std::string summary;            ///< whether this host needs a guardian
  std::vector<Finding> findings;  ///< the worst first
  std::vector<Unseen> unseen;
};

/// All judgement of the doctor. Pure.
Report judge(const Host& host);

}  // namespace guardian::doctor
