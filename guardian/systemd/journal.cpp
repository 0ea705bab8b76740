#include "systemd/journal.hpp"

#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <unistd.h>

#include <cstdio>
#include <system_error>

namespace guardian::systemd {

Journal::Journal() : plain_(::isatty(STDERR_FILENO) == 1) {}

void Journal::write(Level level, std::string_view messageId, const std::string& text, const Fields& fields) {
  if (plain_) {
    std::fprintf(stderr, "%s\n", text.c_str());
    return;
  }
  if (lost_ > 0) {
    const std::string sorry = "The journal had no room; messages lost: " + std::to_string(lost_);
    if (send(Level::Error, message_id::failure, sorry, {})) lost_ = 0;
  }
  if (!send(level, messageId, text, fields)) ++lost_;
}

/// False: there was no room. Then standard error, at whose other end the same journald stands, might have none either.
bool Journal::send(Level level, std::string_view messageId, const std::string& text, const Fields& fields) {
  std::string entry;
  appendField(entry, "MESSAGE", text);
  appendField(entry, "PRIORITY", std::to_string(static_cast<int>(level)));
  appendField(entry, "SYSLOG_IDENTIFIER", "vip-guardian");
  if (!messageId.empty()) appendField(entry, "MESSAGE_ID", messageId);
  for (const auto& [name, value] : fields) appendField(entry, name, value);
  const JournalSocket::Sent sent = socket_.send(entry);
  if (sent == JournalSocket::Sent::Nobody) std::fprintf(stderr, "%s\n", text.c_str());
  return sent != JournalSocket::Sent::NoRoom;
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
