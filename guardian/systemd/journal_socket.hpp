// The way to journald, without ever waiting for it: sd_journal_sendv() stands still for as long as a journald that
// stands still has a full queue, and whoever loses an address in the meantime would not get it back.
#pragma once

#include <string>
#include <string_view>

#include "guardian/util/handle.hpp"

namespace guardian::systemd {

/// As the journal's native protocol has a field: a value of several lines comes with its length.
void appendField(std::string& entry, std::string_view name, std::string_view value);

class JournalSocket {
 public:
  /// A failure shows in send(): nobody does without the guardian for want of a journal.
  JournalSocket();

  enum class Sent { Yes, NoRoom, Nobody };
  Sent send(const std::string& entry) const;

 private:
  Fd socket_;
};

}  // namespace guardian::systemd
