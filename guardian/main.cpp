// Options and subcommands, then run; nothing else.
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>
#include <optional>
#include <string>

#include "app/daemon.hpp"
#include "cli/check.hpp"
#include "cli/doctor.hpp"
#include "cli/drill.hpp"
#include "cli/events.hpp"
#include "cli/handover.hpp"
#include "cli/inspect.hpp"
#include "cli/metrics.hpp"
#include "cli/notify.hpp"
#include "cli/pause.hpp"
#include "cli/replay.hpp"
#include "cli/status.hpp"
#include "cli/usage.hpp"
#include "config/settings.hpp"

namespace {

using namespace guardian;

/// `--config FILE` or `--config=FILE` and nothing else; nullopt after a complaint.
struct ConfigOption {
  std::string file = config::kDefaultPath;
  bool given = false;
};

std::optional<ConfigOption> readOptions(int argc, char** argv) {
  ConfigOption option;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
      option.file = argv[++i];
    } else if (std::strncmp(argv[i], "--config=", 9) == 0) {
      option.file = argv[i] + 9;
    } else {
      std::fprintf(stderr, "vip-guardian %s: unexpected \"%s\"; see vip-guardian --help\n", argv[0], argv[i]);
      return std::nullopt;
    }
    option.given = true;
  }
  return option;
}

int run(int argc, char** argv) {
  const auto option = readOptions(argc, argv);
  if (!option) return cli::kUsage;
  // What an answer about ten thousand addresses took is given back: left alone, the threshold grows with the largest
  // block.
  ::mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  return app::Daemon([&option] { return config::readSettings(option->file, !option->given); }).run();
}

int configCheck(int argc, char** argv) {
  if (argc < 2 || std::strcmp(argv[1], "check") != 0) {
    std::fputs("vip-guardian config: \"check\" must follow; see vip-guardian --help\n", stderr);
    return cli::kUsage;
  }
  --argc;
  ++argv;
  const auto option = readOptions(argc, argv);
  if (!option) return cli::kUsage;
  static_cast<void>(config::readSettings(option->file, !option->given));
  std::printf("%s: no objection\n", option->file.c_str());
  return 0;
}

/// The other commands have more to say of themselves.
bool asksForHelp(const std::string& command, int argc, char** argv) {
  for (const char* brief : {"run", "config", "pause", "resume", "verify"})
    if (command == brief)
      return std::any_of(argv + 2, argv + argc, [](const char* word) { return std::strcmp(word, "--help") == 0; });
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string command = argc > 1 ? argv[1] : "";
    if (asksForHelp(command, argc, argv) && cli::helpOf(command)) return 0;
    if (command == "run") return run(argc - 1, argv + 1);
    if (command == "pause") return cli::pause(argc - 1, argv + 1);
    if (command == "resume") return cli::resume(argc - 1, argv + 1);
    if (command == "notify") return cli::notify(argc - 1, argv + 1);
    if (command == "config") return configCheck(argc - 1, argv + 1);
    if (command == "status") return cli::status(argc - 1, argv + 1);
    if (command == "verify") return cli::verify(argc - 1, argv + 1);
    if (command == "check") return cli::check(argc - 1, argv + 1);
    if (command == "events") return cli::events(argc - 1, argv + 1);
    if (command == "explain") return cli::explain(argc - 1, argv + 1);
    if (command == "doctor") return cli::doctor(argc - 1, argv + 1);
    if (command == "drill") return cli::drill(argc - 1, argv + 1);
    if (command == "metrics") return cli::metrics(argc - 1, argv + 1);
    if (command == "handover") return cli::handover(argc - 1, argv + 1);
    if (command == "replay") return cli::replay(argc - 1, argv + 1);
    if (command == "inspect") return cli::inspect(argc - 1, argv + 1);
    if (command == "--help" || command == "-h" || command == "help") return cli::help();
    if (command == "--version") return cli::version();
    return cli::wrongUsage(command);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "vip-guardian: %s\n", error.what());
    return 1;
  }
}
