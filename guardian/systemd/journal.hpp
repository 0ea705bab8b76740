// The journal: one constant text a message id, the variables as fields beside it. In a terminal, where nobody
// reads fields, the text goes to standard error instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "systemd/journal_socket.hpp"

namespace guardian::systemd {

enum class Level : int { Alert = 1, Error = 3, Warning = 4, Notice = 5, Info = 6, Debug = 7 };

/// Names are upper case. The same name may occur several times: the journal keeps all values.
using Fields = std::vector<std::pair<std::string_view, std::string>>;

class Journal {
 public:
  /// Fields go to the journal when standard error is connected to it, or not to a terminal.
  Journal();
  /// Never waits. What a full journal does not take is counted, and told when it takes something again.
  void write(Level level, std::string_view messageId, const std::string& text, const Fields& fields = {});

 private:
  bool send(Level level, std::string_view messageId, const std::string& text, const Fields& fields);

  JournalSocket socket_;
  bool plain_ = false;
  std::size_t lost_ = 0;
};

/// Ids of the messages in systemd/vip-guardian.catalog.
namespace message_id {
constexpr std::string_view incidentOpened = "2b8a6867e79e4313bc47ad4871bcb569";
constexpr std::string_view incidentClosed = "595ee9a91f0b44bf99ced1957b9cd896";
constexpr std::string_view incidentWithdrawn = "20885223cf154c8d976f915c113e95e8";
constexpr std::string_view incidentGivenUp = "828373c74bc04285bc2b30aef051256c";
constexpr std::string_view incidentObserved = "733c8df05bba4b8c85389a4938a98ab9";
constexpr std::string_view routesOpened = "7f36646cd5e9423a9a825a3a081aa2f4";
constexpr std::string_view routesClosed = "df7f124175db4f469a8ac87a96a92b33";
constexpr std::string_view routesWithdrawn = "0df95e24091f4188ba4307e4d6a75742";
constexpr std::string_view routesObserved = "5dc77d4c63d045a3b25758c45e2d6089";
constexpr std::string_view guardianStarted = "c67cb50d513c46a4ae83a2837cf6fd00";
constexpr std::string_view guardianStopped = "3ec20f701c2e4473b7b84adcd10ab03b";
constexpr std::string_view keepalivedSeen = "15efc0581aca4aeca1abc6ea6402968f";
constexpr std::string_view keepalivedGone = "3fdd5b1a2a674a10869df33cb3c8a698";
constexpr std::string_view busBack = "5858f3c1c119419eb45daa0039da49ce";
constexpr std::string_view busLost = "87fd0ad329804de5a112f5c4906e7cbf";
constexpr std::string_view notServed = "16f38a9c1042492e85d2c2023639fa49";
constexpr std::string_view eventsLost = "aabed4d777eb4f39b73876f772d56e79";
constexpr std::string_view configurationRefused = "3ff75121cc7746bf9b414f1f79cdad35";
constexpr std::string_view restarting = "4466411ac1b443128b4466a42c6867e2";
constexpr std::string_view restarted = "a58eb44b2e0840fe9db1834c843b01e6";
constexpr std::string_view paused = "3f1d7c5ab2704b2d9f2fcb4be2e6a1d7";
constexpr std::string_view resumed = "c0a6f2d1e5134c1f8f4f3a0d6c2b9e58";
constexpr std::string_view instanceGuarded = "8cf0738b07064b3ba5885ca3b2ba09e3";
constexpr std::string_view instanceLeft = "85aff0562a5346e09b95e1357f3536df";
constexpr std::string_view rankMended = "e2f6cc6001624e1fae5c501668a80531";
constexpr std::string_view settingsRead = "d7d1196f385a4d7695a4db75e7be985d";
constexpr std::string_view traceWritten = "eab506c12f1b44238f88dfad06147e3d";
constexpr std::string_view stale = "9f0c6a3d2be14f7c8d35e1a4b7c26f90";
constexpr std::string_view stranger = "bd8e260503df4ee2931bef110f8f4904";
constexpr std::string_view fight = "7b00f5a66eb2441e93f6f2dd5f751ef1";
constexpr std::string_view addressGivenUp = "c7c526a04c824680bb93e0f4b41727f6";
constexpr std::string_view handedOver = "3b8cb7ee72f44ce085f1ffb585ebdc04";
constexpr std::string_view unserved = "0b041e67e0ed4b0d8032f97ccaef729b";
constexpr std::string_view doubt = "28d9e209686a4a18b0195d0f6fd6d4ac";
constexpr std::string_view failure = "2b1bac1f63be44fd87e0ade37053d642";
}  // namespace message_id

/// Those that tell of an incident.
std::vector<std::string> incidentMessages();

/// sd_notify; nothing where nobody listens.
/// Throws std::system_error.
void notifyReady();
void notifyStatus(const std::string& text);
void notifyStopping();
/// A reload begins; notifyReady() ends it.
void notifyReloading();

/// A number that this host has and hardly any other: of its machine id.
std::uint64_t luckOfThisHost();

}  // namespace guardian::systemd
