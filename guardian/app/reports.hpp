// What the core reports, as journal entries.
#pragma once

#include "guardian/core/action.hpp"
#include "systemd/journal.hpp"

namespace guardian::app {

void write(const systemd::Journal& journal, const core::IncidentReport& report);
void write(const systemd::Journal& journal, const core::Notice& notice);
/// The configuration is bad, and the one before holds on.
void sayRefused(const systemd::Journal& journal, const std::string& why);
void sayTraceWritten(const systemd::Journal& journal, const std::string& path);
void sayStarted(const systemd::Journal& journal);
void sayStopped(const systemd::Journal& journal);

}  // namespace guardian::app
