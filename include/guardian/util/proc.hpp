// What /proc says of other processes. Root without CAP_SYS_PTRACE cannot read their exe link or descriptors; this is
// what remains. A process that is gone gives empty answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace guardian {

/// The whole file; empty if it cannot be read to its end.
std::string readWhole(const std::string& path);

/// argv.
std::vector<std::string> commandOf(int pid);

/// The name that `ps` shows; keepalived gives its children names of their own.
std::string commOf(int pid);

/// 0 if it is gone.
int parentOf(int pid);

/// When a process started, in clock ticks since boot: tells a reused process id. 0 if it is gone or a zombie.
std::uint64_t startOf(int pid);
/// The same as a time of this clock, to a hundredth of a second.
std::chrono::steady_clock::time_point startedAt(std::uint64_t start);

/// Innermost service or scope of a /proc/<pid>/cgroup text, of cgroup v1 (name=systemd) or v2; empty: none. Pure.
std::string unitOfCgroup(const std::string& text);

/// The same for a process.
std::string unitOf(int pid);

/// Whether a name ends so and is more than that: ".service".
bool hasSuffix(const std::string& name, const std::string& suffix);

}  // namespace guardian
