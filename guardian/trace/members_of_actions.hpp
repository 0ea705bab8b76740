// As members.hpp, of what the core ordered and said. Only written, never read back: a replay makes it anew.
#pragma once

#include "guardian/core/action.hpp"
#include "trace/members.hpp"

namespace guardian::trace {

template <class Io> void members(Io& io, const core::LedgerNote& of) {
  auto& [kind, key, epoch, process, created, at] = of;
  using Kind = core::LedgerNote::Kind;
  io("kind", kind);
  // The others mean nothing for this kind.
  if (kind == Kind::Process) io("process", process);
  if (kind == Kind::EpochOpened || kind == Kind::EpochClosed) io("epoch", epoch);
  if (key.ifindex != 0) io("key", key);
  io("created", created)("at", at);
}
template <class Io> void members(Io& io, const core::Remember& of) {
  auto& [note] = of;
  io("note", note);
}
template <class Io> void members(Io& io, const core::AddAddress& of) {
  auto& [record] = of;
  io("record", record);
}
template <class Io> void members(Io& io, const core::RemoveAddress& of) {
  auto& [key] = of;
  io("key", key);
}
template <class Io> void members(Io& io, const core::RouteInterest& of) {
  auto& [protocols, tables, rules] = of;
  io("protocols", protocols)("tables", tables)("rules", rules);
}
template <class Io> void members(Io& io, const core::WatchRoutes& of) {
  auto& [interest] = of;
  io("interest", interest);
}
template <class Io> void members(Io& io, const core::ListRoutes& of) {
  auto& [needed] = of;
  io("needed", needed);
}
template <class Io> void members(Io& io, const core::RouteNote& of) {
  auto& [kind, form] = of;
  io("kind", kind)("form", form);
}
template <class Io> void members(Io& io, const core::RememberRoute& of) {
  auto& [note] = of;
  io("note", note);
}
template <class Io> void members(Io& io, const core::AddRoute& of) {
  auto& [form] = of;
  io("form", form);
}
template <class Io> void members(Io& io, const core::RemoveRoute& of) {
  auto& [form] = of;
  io("form", form);
}
template <class Io> void members(Io& io, const core::AddLinkRoute& of) {
  auto& [ifindex, subnet] = of;
  io("ifindex", ifindex)("subnet", subnet);
}
template <class Io> void members(Io& io, const core::RemoveLinkRoute& of) {
  auto& [ifindex, subnet] = of;
  io("ifindex", ifindex)("subnet", subnet);
}
template <class Io> void members(Io& io, const core::AskKeepalived& of) {
  auto& [request] = of;
  io("request", request);
}
template <class Io> void members(Io& io, const core::Announce& of) {
  auto& [ifindex, address, mac, router] = of;
  io("ifindex", ifindex)("address", address)("mac", mac)("router", router);
}
template <class Io> void members(Io& io, const core::Probe& of) {
  auto& [ifindex, address, mac, source] = of;
  io("ifindex", ifindex)("address", address)("mac", mac)("source", source);
}
template <class Io> void members(Io& io, const core::WatchClaims& of) {
  auto& [ifindex, addresses] = of;
  io("ifindex", ifindex)("addresses", addresses);
}
template <class Io> void members(Io& io, const core::WatchAdverts& of) {
  auto& [ifindex] = of;
  io("ifindex", ifindex);
}
template <class Io> void members(Io& io, const core::StopKeepalived& of) {
  auto& [interfaces] = of;
  io("interfaces", interfaces);
}
template <class Io> void members(Io& io, const core::StopWatchingAdverts& of) {
  auto& [ifindex] = of;
  io("ifindex", ifindex);
}
template <class Io> void members(Io& io, const core::IdentifySocket& of) {
  auto& [portId] = of;
  io("portId", portId);
}
template <class Io> void members(Io& io, const core::ArmTimer& of) {
  auto& [at] = of;
  io("at", at);
}
template <class Io> void members(Io& io, const core::LossRecord& of) {
  auto& [address, prefixLength, interface, outage, timesLost, lostAt, portId, back, held, reinstated] = of;
  io("address", address)("prefixLength", prefixLength)("interface", interface)("outage", outage);
  io("timesLost", timesLost, 1)("lostAt", lostAt)("portId", portId)("back", back)("held", held);
  io("reinstated", reinstated);
}
template <class Io> void members(Io& io, const core::RouteLossRecord& of) {
  auto& [name, outage, timesLost, back] = of;
  io("name", name)("outage", outage)("timesLost", timesLost, 1)("back", back);
}
template <class Io> void members(Io& io, const core::Timeline& of) {
  auto& [noticed, decided, added, announced, verified] = of;
  io("noticed", noticed)("decided", decided)("added", added)("announced", announced)("verified", verified);
}
template <class Io> void members(Io& io, const core::IncidentReport& of) {
  auto& [id, instance, timeline, losses, routes, remover, removerInferred, trigger, evidence, waiting, outcome] = of;
  io("id", id)("instance", instance)("outcome", outcome)("timeline", timeline)("losses", losses)("routes", routes);
  io("remover", remover)("removerInferred", removerInferred)("trigger", trigger)("evidence", evidence);
  io("waiting", waiting);
}
template <class Io> void members(Io& io, const core::Notice& of) {
  auto& [kind, text, instance] = of;
  io("kind", kind)("text", text)("instance", instance);
}
template <class Io> void members(Io& io, const core::SetStatus& of) {
  auto& [text] = of;
  io("text", text);
}

}  // namespace guardian::trace
