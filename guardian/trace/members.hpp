// The members of each thing that a trace may hold, with their names: the one place for both directions.
//
// A member that is added to one of these structs makes its structured binding here fail to compile, which is meant as
// a reminder: name it, and hand it on. A new alternative of core::Event gets its function here and nothing else. Where
// a member is absent in the text, it has the value that stands third, or else the empty one: so a trace of an older
// version can still be read.
#pragma once

#include <type_traits>

#include "guardian/core/event.hpp"

namespace guardian::trace {

/// What a visitor sees of a T: one that writes may not change it.
template <class Io, class T> using Of = std::conditional_t<Io::kWrites, const T, T>;
/// Keeps the type of an argument from being deduced by it.
template <class T> struct Itself { using Type = T; };

// ---- the kernel ----

template <class Io> void members(Io& io, Of<Io, core::AddressRecord>& of) {
  auto& [key, peer, broadcast, label, scope, flags, preferred, valid, protocol, metric, created] = of;
  io("key", key)("peer", peer)("broadcast", broadcast)("label", label)("scope", scope)("flags", flags);
  io("preferred", preferred, core::kForever)("valid", valid, core::kForever);
  io("protocol", protocol)("metric", metric)("created", created);
}
template <class Io> void members(Io& io, Of<Io, core::Origin>& of) {
  auto& [portId] = of;
  io("portId", portId);
}
template <class Io> void members(Io& io, Of<Io, core::LinkRecord>& of) {
  auto& [ifindex, name, up, carrier, mac, hasMac, promoteSecondaries, forwardingV6] = of;
  io("ifindex", ifindex)("name", name)("up", up)("carrier", carrier)("mac", mac)("hasMac", hasMac);
  io("promoteSecondaries", promoteSecondaries)("forwardingV6", forwardingV6);
}
template <class Io> void members(Io& io, Of<Io, core::AddressAppeared>& of) {
  auto& [record, origin] = of;
  io("record", record)("origin", origin);
}
template <class Io> void members(Io& io, Of<Io, core::AddressVanished>& of) {
  auto& [record, origin] = of;
  io("record", record)("origin", origin);
}
template <class Io> void members(Io& io, Of<Io, core::LinkChanged>& of) {
  auto& [link] = of;
  io("link", link);
}
template <class Io> void members(Io& io, Of<Io, core::LinkVanished>& of) {
  auto& [ifindex] = of;
  io("ifindex", ifindex);
}
template <class Io> void members(Io& io, Of<Io, core::Snapshot>& of) {
  auto& [links, addresses] = of;
  io("links", links)("addresses", addresses);
}
template <class Io> void members(Io& io, Of<Io, core::SocketIdentified>& of) {
  auto& [portId, process, unit] = of;
  io("portId", portId)("process", process)("unit", unit);
}
template <class Io> void members(Io& io, Of<Io, core::NetworkdSocketFound>& of) {
  auto& [portId] = of;
  io("portId", portId);
}

// ---- routes and rules ----

template <class Io> void members(Io& io, Of<Io, core::RouteForm>& of) {
  auto& [kind, bytes] = of;
  io("kind", kind)("bytes", bytes);
}
template <class Io> void members(Io& io, Of<Io, core::RouteRecord>& of) {
  auto& [form, family, table, to, from, priority, tos, protocol, type, gateway, preferredSource, ifindexes, multipath,
         inInterface, outInterface, mark] = of;
  io("form", form)("family", family)("table", table)("to", to)("from", from)("priority", priority)("tos", tos);
  io("protocol", protocol)("type", type, core::kUnicast)("gateway", gateway)("preferredSource", preferredSource);
  io("ifindexes", ifindexes)("multipath", multipath)("inInterface", inInterface)("outInterface", outInterface);
  io("mark", mark);
}
template <class Io> void members(Io& io, Of<Io, core::VirtualRoute>& of) {
  auto& [kind, text, family, table, to, from, priority, tos, protocol, type, gateway, preferredSource, outInterface,
         multipath, inInterface, mark, noTrack, understood] = of;
  io("kind", kind)("text", text)("family", family)("table", table, core::kMainTable)("to", to)("from", from);
  io("priority", priority)("tos", tos)("protocol", protocol)("type", type, core::kUnicast)("gateway", gateway);
  io("preferredSource", preferredSource)("outInterface", outInterface)("multipath", multipath);
  io("inInterface", inInterface)("mark", mark)("noTrack", noTrack)("understood", understood, true);
}
template <class Io> void members(Io& io, Of<Io, core::RouteAppeared>& of) {
  auto& [record, origin] = of;
  io("record", record)("origin", origin);
}
template <class Io> void members(Io& io, Of<Io, core::RouteVanished>& of) {
  auto& [record, origin] = of;
  io("record", record)("origin", origin);
}
template <class Io> void members(Io& io, Of<Io, core::RoutesListed>& of) {
  auto& [routes] = of;
  io("routes", routes);
}

// ---- what our own orders brought ----

template <class Io> void members(Io& io, Of<Io, core::AddDone>& of) {
  auto& [key, error, existed] = of;
  io("key", key)("error", error)("existed", existed);
}
template <class Io> void members(Io& io, Of<Io, core::RemoveDone>& of) {
  auto& [key, error, existed] = of;
  io("key", key)("error", error)("existed", existed, true);
}
template <class Io> void members(Io& io, Of<Io, core::RouteAddDone>& of) {
  auto& [form, error, existed] = of;
  io("form", form)("error", error)("existed", existed);
}
template <class Io> void members(Io& io, Of<Io, core::RouteRemoveDone>& of) {
  auto& [form, error] = of;
  io("form", form)("error", error);
}
template <class Io> void members(Io& io, Of<Io, core::RestartDone>& of) {
  auto& [why] = of;
  io("why", why);
}

// ---- keepalived ----

template <class Io> void members(Io& io, Of<Io, core::Vip>& of) {
  auto& [address, prefixLength, interface, label, scope, broadcast, peer, flags, deprecated, noTrack, excluded,
         preferredLifetime] = of;
  io("address", address)("prefixLength", prefixLength, std::uint8_t{32})("interface", interface)("label", label);
  io("scope", scope)("broadcast", broadcast)("peer", peer)("flags", flags)("deprecated", deprecated);
  io("noTrack", noTrack)("excluded", excluded)("preferredLifetime", preferredLifetime);
}
template <class Io> void members(Io& io, Of<Io, core::Authentication>& of) {
  auto& [kind, password] = of;
  io("kind", kind)("password", password);
}
template <class Io> void members(Io& io, Of<Io, core::AnnounceSettings>& of) {
  const core::AnnounceSettings usual;
  auto& [repeat, delay, refresh, refreshRepeat, arpInterval, naInterval] = of;
  io("repeat", repeat, usual.repeat)("delay", delay, usual.delay)("refresh", refresh, usual.refresh);
  io("refreshRepeat", refreshRepeat, usual.refreshRepeat)("arpInterval", arpInterval)("naInterval", naInterval);
}
template <class Io> void members(Io& io, Of<Io, core::Instance>& of) {
  const core::Instance usual;
  auto& [name, vrid, family, interface, vmac, priority, advertInterval, nopreempt, startsAsMaster, ipvlan, unicast,
         vips, announce, virtualRoutes, virtualRules, routes, vrrpVersion, authentication, unicastPeers, syncGroup,
         understood] = of;
  io("name", name)("vrid", vrid)("family", family)("interface", interface)("vmac", vmac);
  io("priority", priority, usual.priority)("advertInterval", advertInterval, usual.advertInterval);
  io("nopreempt", nopreempt)("startsAsMaster", startsAsMaster)("ipvlan", ipvlan)("unicast", unicast)("vips", vips);
  io("announce", announce)("virtualRoutes", virtualRoutes)("virtualRules", virtualRules)("routes", routes);
  io("authentication", authentication)("vrrpVersion", vrrpVersion, usual.vrrpVersion)("unicastPeers", unicastPeers)(
      "syncGroup", syncGroup);
  io("understood", understood, true);
}
template <class Io> void members(Io& io, Of<Io, core::Problem>& of) {
  auto& [severity, file, line, text] = of;
  io("severity", severity)("file", file)("line", line)("text", text);
}
template <class Io> void members(Io& io, Of<Io, core::SyncGroup>& of) {
  auto& [name, groupMembers] = of;
  io("name", name)("members", groupMembers);
}
template <class Io> void members(Io& io, Of<Io, core::GlobalSettings>& of) {
  auto& [netNamespace, instanceName, usePidDirectory, dataUseInstance, dbus, dbusServiceName, notifyFifo,
         vrrpNotifyFifo, defaultInterface] = of;
  io("netNamespace", netNamespace)("instanceName", instanceName)("usePidDirectory", usePidDirectory);
  io("dataUseInstance", dataUseInstance)("dbus", dbus)("dbusServiceName", dbusServiceName)("notifyFifo", notifyFifo);
  io("vrrpNotifyFifo", vrrpNotifyFifo)("defaultInterface", defaultInterface);
}
template <class Io> void members(Io& io, Of<Io, core::Configuration>& of) {
  auto& [accepted, globals, instances, syncGroups, staticAddresses, staticRoutes, problems] = of;
  io("accepted", accepted, true)("globals", globals)("instances", instances)("syncGroups", syncGroups);
  io("staticAddresses", staticAddresses)("staticRoutes", staticRoutes);
  io("problems", problems);
}
template <class Io> void members(Io& io, Of<Io, core::InstanceClaim>& of) {
  auto& [instance, role, lastTransition] = of;
  io("instance", instance)("role", role)("lastTransition", lastTransition);
}
template <class Io> void members(Io& io, Of<Io, core::Answer>& of) {
  auto& [instances, problems, filesUnchanged] = of;
  io("instances", instances)("problems", problems)("filesUnchanged", filesUnchanged);
}
template <class Io> void members(Io& io, Of<Io, core::ProcessId>& of) {
  auto& [pid, start] = of;
  io("pid", pid)("start", start);
}
template <class Io> void members(Io& io, Of<Io, core::KeepalivedStarted>& of) {
  auto& [process, version, configuration] = of;
  io("process", process)("version", version)("configuration", configuration);
}
template <class Io> void members(Io& io, Of<Io, core::ConfigurationRead>& of) {
  auto& [configuration] = of;
  io("configuration", configuration);
}
template <class Io> void members(Io& io, Of<Io, core::ConfigurationEdited>& of) {
  auto& [configuration] = of;
  io("configuration", configuration);
}
template <class Io> void members(Io& io, Of<Io, core::Answered>& of) {
  auto& [request, answer] = of;
  io("request", request)("answer", answer);
}
template <class Io> void members(Io& io, Of<Io, core::AskFailed>& of) {
  auto& [request, why] = of;
  io("request", request)("why", why);
}
template <class Io> void members(Io& io, Of<Io, core::RoleHinted>& of) {
  auto& [role, source, instance, interface, vrid, family] = of;
  io("role", role)("source", source)("instance", instance)("interface", interface)("vrid", vrid)("family", family);
}

// ---- the wire ----

template <class Io> void members(Io& io, Of<Io, core::Advert>& of) {
  const core::Advert usual;
  auto& [ifindex, vrid, family, priority, source, version, hops, interval, authentication, addresses] = of;
  io("ifindex", ifindex)("vrid", vrid)("family", family)("priority", priority)("source", source);
  io("version", version, usual.version)("hops", hops, usual.hops)("interval", interval, usual.interval);
  io("authentication", authentication)("addresses", addresses);
}
template <class Io> void members(Io& io, Of<Io, core::ForeignAdvert>& of) {
  auto& [advert] = of;
  io("advert", advert);
}
template <class Io> void members(Io& io, Of<Io, core::OwnAdvert>& of) {
  auto& [advert] = of;
  io("advert", advert);
}
template <class Io> void members(Io& io, Of<Io, core::Claim>& of) {
  auto& [ifindex, address, mac] = of;
  io("ifindex", ifindex)("address", address)("mac", mac);
}
template <class Io> void members(Io& io, Of<Io, core::ForeignClaim>& of) {
  auto& [claim] = of;
  io("claim", claim);
}
template <class Io> void members(Io& io, Of<Io, core::AdvertsUnwatchable>& of) {
  auto& [ifindex] = of;
  io("ifindex", ifindex);
}

// ---- systemd ----

template <class Io> void members(Io& io, Of<Io, core::UnitChanged>& of) {
  auto& [unit, state, jobPending] = of;
  io("unit", unit)("state", state)("jobPending", jobPending);
}
template <class Io> void members(Io& io, Of<Io, core::JobQueued>& of) {
  auto& [unit] = of;
  io("unit", unit);
}
template <class Io> void members(Io& io, Of<Io, core::JobFinished>& of) {
  auto& [unit] = of;
  io("unit", unit);
}
template <class Io> void members(Io& io, Of<Io, core::NetworkdName>& of) {
  auto& [present] = of;
  io("present", present);
}
template <class Io> void members(Io& io, Of<Io, core::LinkSetupChanged>& of) {
  auto& [ifindex, state] = of;
  io("ifindex", ifindex)("state", state);
}
template <class Io> void members(Io& io, Of<Io, core::InstigatorFound>& of) {
  auto& [name] = of;
  io("name", name);
}

// ---- ourselves ----

template <class Io> void members(Io& io, Of<Io, core::InstanceId>& of) {
  auto& [vrid, family, name] = of;
  io("vrid", vrid)("family", family)("name", name);
}
template <class Io> void members(Io& io, Of<Io, core::EpochMark>& of) {
  auto& [instance, interfaces, transition] = of;
  io("instance", instance)("interfaces", interfaces)("transition", transition);
}
template <class Io> void members(Io& io, Of<Io, core::LedgerEntry>& of) {
  auto& [confirmed, created] = of;
  io("confirmed", confirmed)("created", created);
}
template <class Io> void members(Io& io, Of<Io, core::Ledger>& of) {
  auto& [process, addresses, routes, epochs, bases, restarts] = of;
  io("process", process)("addresses", addresses)("routes", routes)("epochs", epochs)("bases", bases);
  io("restarts", restarts);
}
template <class Io> void members(Io& io, Of<Io, core::Remembered>& of) {
  auto& [ledger] = of;
  io("ledger", ledger);
}
template <class Io> void members(Io& io, Of<Io, core::RestartSettings>& of) {
  const core::RestartSettings usual;
  auto& [whenNeeded, withoutPeer, peerWithin, patience, jitter, leastInterval, mostPerHour] = of;
  io("whenNeeded", whenNeeded)("withoutPeer", withoutPeer)("peerWithin", peerWithin, usual.peerWithin);
  io("patience", patience, usual.patience)("jitter", jitter, usual.jitter);
  io("leastInterval", leastInterval, usual.leastInterval)("mostPerHour", mostPerHour, usual.mostPerHour);
}
template <class Io> void members(Io& io, Of<Io, core::StaleSettings>& of) {
  const core::StaleSettings usual;
  auto& [remove, patience] = of;
  io("remove", remove)("patience", patience, usual.patience);
}
template <class Io> void members(Io& io, Of<Io, core::Settings>& of) {
  auto& [policy, policies, restart, stale, fight, peerProbe, keepalivedWatches, askFirst, luck] = of;
  io("policy", policy)("policies", policies)("restart", restart)("stale", stale);
  io("fight", fight)("peerProbe", peerProbe);
  io("keepalivedWatches", keepalivedWatches)("askFirst", askFirst)("luck", luck);
}
template <class Io> void members(Io& io, Of<Io, core::SettingsChanged>& of) {
  auto& [settings] = of;
  io("settings", settings);
}
template <class Io> void members(Io& io, Of<Io, core::Pause>& of) {
  auto& [until, reason] = of;
  io("until", until)("reason", reason);
}
template <class Io> void members(Io& io, Of<Io, core::PauseChanged>& of) {
  auto& [pause] = of;
  io("pause", pause);
}

}  // namespace guardian::trace
