// What is known of a host before anything is judged: plain data that the gatherer fills in. What could not be seen is
// empty, and stands in `unseen` if somebody could do something about that.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "guardian/core/model.hpp"
#include "status/document.hpp"

namespace guardian::doctor {

struct Unseen {
  std::string what;
  std::string why;
};

struct Prefix {
  core::IpAddress address;
  std::uint8_t length = 0;
};

/// What the .network file that applies, with its drop-ins, says of keeping addresses. Booleans are "yes" and "no".
struct NetworkFile {
  std::string path;
  std::string keepConfiguration;
  bool critical = false;  ///< CriticalConnection=
  std::string ignoreCarrierLoss;
  bool dhcp = false;
  bool unmanaged = false;
  bool netplan = false;  ///< it was made by netplan, which would write it anew
  bool certain = true;   ///< false: by its [Match] as far as that can be judged from here
  std::vector<Prefix> addresses;

  std::string name() const { return path.substr(path.rfind('/') + 1); }
};

/// An interface that virtual addresses stand on.
struct Link {
  std::string name;
  std::optional<NetworkFile> network;  ///< empty: networkd has none for it, and leaves it alone
  std::vector<Prefix> addresses;       ///< of the host itself
  std::optional<bool> promoteSecondaries;
  bool networkManager = false;  ///< NetworkManager runs it
};

struct Networkd {
  int version = 0;                             ///< of systemd; 0: unknown
  bool enabled = false;                        ///< it runs, or will when the host starts
  std::optional<bool> knowsKeepConfiguration;  ///< by the words in its program: distributions port things back
  bool keepsRoutes = false;                    ///< ManageForeignRoutes=no
  bool waitsOnline = false;                    ///< its wait-online is part of network-online.target
};

/// keepalived as installed, configured and started.
struct Keepalived {
  bool installed = false;
  std::optional<core::Version> version;
  std::string configFile;
  std::optional<core::Configuration> configuration;  ///< empty: it cannot be read
  std::vector<core::Instance> reported;              ///< instead of it: names and places alone, by the guardian's word
  bool hasUnit = false;
  bool privateTmp = false;
  bool afterNetworkOnline = false;
};

struct Upgrades {
  bool unattended = false;  ///< installed, and not switched off
  std::string nextRun;      ///< "Sun 2026-11-22 06:24 UTC"; empty: unknown
  bool needrestart = false;
  bool needrestartSparesNetwork = false;  ///< neither networkd nor keepalived is restarted by it
};

struct Guardian {
  bool hasUnit = false;
  bool enabled = false;
  bool seesAllProcesses = false;  ///< its unit leaves it CAP_SYS_PTRACE
  std::optional<status::Document> document;
  bool alive = false;
  core::Duration uptime{};
};

/// Another node's advert, and where it came in.
struct Heard {
  std::string interface;
  core::Advert advert;
};

/// What was heard in some seconds, where no guardian has listened all along.
struct Wire {
  bool listened = false;
  std::vector<Heard> adverts;  ///< the last one of each sender
};

struct Host {
  Keepalived keepalived;
  Networkd networkd;
  std::vector<Link> links;  ///< in the order in which the configuration names them
  Upgrades upgrades;
  Guardian guardian;
  Wire wire;
  std::vector<Unseen> unseen;
};

}  // namespace guardian::doctor
