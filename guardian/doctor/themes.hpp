// The themes, each in a file of its own: facts in, findings out. And what several of them ask.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "doctor/finding.hpp"

namespace guardian::doctor {

using Findings = std::vector<Finding>;

void lookAtKeepalived(const Host& host, Findings& findings);
void lookAtDump(const Host& host, Findings& findings);
void lookAtElection(const Host& host, Findings& findings);
void lookAtWire(const Host& host, Findings& findings);
void lookAtNetworkd(const Host& host, Findings& findings);
void lookAtAddresses(const Host& host, Findings& findings);
void lookAtInterfaces(const Host& host, Findings& findings);
void lookAtUpgrades(const Host& host, Findings& findings);
void lookAtGuardian(const Host& host, Findings& findings);

/// Whether this keepalived answers the loss of an address itself. An unknown one is taken for one that does not.
bool answersLosses(const Host& host);
/// Whether a loss is repaired as soon as it happens.
bool isGuarded(const Host& host);
/// What the daemon says of an instance, now or at its end; null: nothing.
const core::InstanceOverview* overviewOf(const Host& host, const core::Instance& instance);
/// Of the other node whose adverts are heard.
std::optional<int> peerPriority(const Host& host, const core::Instance& instance);
/// Every instance of the configuration; none if it cannot be read.
const std::vector<core::Instance>& instancesOf(const Host& host);
/// The same, or what is known of where their addresses stand.
const std::vector<core::Instance>& placesOf(const Host& host);
/// The first line of each file that --fix writes.
extern const char* const kOurMark;

/// From what a managed interface's virtual addresses are safe.
struct Protection {
  bool restart = false;      ///< IPv4, and IPv6 that is not deprecated
  bool deprecated = false;   ///< restart, for IPv6 with a preferred lifetime of 0: keepalived's /128
  bool carrierLoss = false;  ///< of carrier
};
Protection protectionOf(const Link& link, const Networkd& networkd);
/// Whether NetworkManager runs any of the interfaces, and networkd does not.
std::vector<std::string> networkManagersOf(const Host& host);
/// Whether networkd can take addresses off any of the interfaces when it restarts.
bool isExposedToRestarts(const Host& host);

/// "eth0", "eth0 and eth1", "eth0, eth1, eth2 and 5 more".
std::string listOf(const std::vector<std::string>& names);
std::string toText(const core::Version& version);

}  // namespace guardian::doctor
