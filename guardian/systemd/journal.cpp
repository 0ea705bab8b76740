#include "systemd/journal.hpp"

// Every entry would name this file, and the folder it was built in.
#define SD_JOURNAL_SUPPRESS_LOCATION

#include <sys/uio.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace guardian::systemd {

Journal::Journal() : plain_(::isatty(STDERR_FILENO) == 1) {}

void Journal::write(Level level, std::string_view messageId, const std::string& text, const Fields& fields) const {
  if (plain_) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  std::vector<std::string> entries{"MESSAGE=" + text, "PRIORITY=" + std::to_string(static_cast<int>(level)),
                                   "SYSLOG_IDENTIFIER=vip-guardian"};
  if (!messageId.empty()) entries.push_back("MESSAGE_ID=" + std::string(messageId));
  for (const auto& [name, value] : fields) entries.push_back(std::string(name) + "=" + value);
  std::vector<iovec> parts;
  parts.reserve(entries.size());
  for (std::string& entry : entries) parts.push_back({&entry[0], entry.size()});
  // A full or missing journal must not keep anybody from repairing; there is nowhere to complain to.
  if (sd_journal_sendv(parts.data(), static_cast<int>(parts.size())) < 0) std::fprintf(stderr, "%s\n", text.c_str());
}

std::vector<std::string> incidentMessages() {
  using namespace message_id;
  std::vector<std::string> ids;
  for (const std::string_view id : {incidentOpened, incidentClosed, incidentWithdrawn, incidentGivenUp,
                                    incidentObserved, routesOpened, routesClosed, routesWithdrawn, routesObserved})
    ids.emplace_back(id);
  return ids;
}

/// Lost, it would be missed for ever: systemd ends a service whose start it believes to last.
void notifyReady() {
  int told = 0;
  for (int attempt = 0; attempt < 3 && (attempt == 0 || told < 0); ++attempt) told = sd_notify(0, "READY=1");
  if (told < 0) throw std::system_error(-told, std::generic_category(), "telling systemd that all is ready");
}
void notifyStatus(const std::string& text) { sd_notify(0, ("STATUS=" + text).c_str()); }
void notifyStopping() { sd_notify(0, "STOPPING=1"); }
void notifyReloading() { sd_notify(0, "RELOADING=1"); }

std::uint64_t luckOfThisHost() {
  sd_id128_t id{};
  if (sd_id128_get_machine(&id) < 0) return static_cast<std::uint64_t>(::getpid());
  std::uint64_t luck = 0;
  for (const std::uint8_t byte : id.bytes) luck = luck * 31 + byte;
  return luck;
}

}  // namespace guardian::systemd
