// What the core reports, as journal entries.
#pragma once

#include "guardian/core/action.hpp"
#include "systemd/journal.hpp"

namespace guardian::app {

void write(systemd::Journal& journal, const core::IncidentReport& report);
void write(systemd::Journal& journal, const core::Notice& notice);
/// The configuration is bad, and the one before holds on.
void sayRefused(systemd::Journal& journal, const std::string& why);
void sayTraceWritten(systemd::Journal& journal, const std::string& path);
/// Nobody finds us on the bus.
void sayNotServed(systemd::Journal& journal, const std::string& why);
void sayStarted(systemd::Journal& journal);
void sayStopped(systemd::Journal& journal);

}  // namespace guardian::app
