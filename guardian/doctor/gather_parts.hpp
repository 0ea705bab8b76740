// The parts of the gathering, each in a file of its own.
#pragma once

#include <string>
#include <vector>

#include "doctor/gather.hpp"
#include "doctor/tree.hpp"

namespace guardian::doctor {

Keepalived gatherKeepalived(Tree& tree, const Guardian& guardian);
Guardian gatherGuardian(Tree& tree);
Networkd gatherNetworkd(Tree& tree);
std::optional<NetworkFile> gatherNetworkFile(Tree& tree, const std::string& interface);
Upgrades gatherUpgrades(Tree& tree);
/// Whether NetworkManager runs this interface.
bool isNetworkManagers(Tree& tree, const std::string& interface);

/// Listens for other nodes' adverts where these instances are, on this host.
Wire gatherWire(Tree& tree, const std::vector<core::Instance>& instances, const OnListening& onListening);

/// The version of an installed Debian package, without its epoch; nullopt: it is not installed.
std::optional<std::string> packageVersion(Tree& tree, const std::string& package);

/// "no" for every word that systemd takes for it, likewise "yes"; others as they are.
std::string settled(const std::string& value);

}  // namespace guardian::doctor
