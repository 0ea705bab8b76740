// Requests, as far as they are about routes and rules.
#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

#include "netlink/requests.hpp"
#include "netlink/route_codec.hpp"

namespace guardian::netlink {
namespace {

constexpr int kStrictCheck = 12;  // NETLINK_GET_STRICT_CHK, newer than the oldest headers
constexpr int kInterrupted = -1;  ///< as transact() has it
constexpr int kAttempts = 5;

std::uint8_t number(core::Family family) { return family == core::Family::IPv4 ? AF_INET : AF_INET6; }

template <class Header> Message dumpOf(int type, const Header& header) {
  Message message(nlmsg_alloc_simple(type, NLM_F_REQUEST | NLM_F_DUMP));
  if (!message || nlmsg_append(message.get(), const_cast<Header*>(&header), sizeof header, NLMSG_ALIGNTO) < 0)
    throw std::bad_alloc();
  return message;
}

}  // namespace

core::RouteAddDone Requests::add(const core::RouteForm& form) {
  const int error = transact(buildAdd(form), {});
  return {form, error == EEXIST ? 0 : error, error == EEXIST};
}

core::RouteRemoveDone Requests::remove(const core::RouteForm& form) {
  const int error = transact(buildRemove(form), {});
  // A rule that is not there is ENOENT, a route ESRCH; its interface may be gone too.
  const bool absent = error == ESRCH || error == ENOENT || error == ENODEV;
  return {form, absent ? 0 : error};
}

Result<core::RoutesListed> Requests::routes(const core::RouteInterest& interest) {
  int error = 0;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    core::RoutesListed listed;
    error = listRoutes(interest, listed.routes);
    if (error == 0) return listed;
    if (error != kInterrupted) break;
  }
  return Error{error == kInterrupted ? EBUSY : error, "listing routes and rules"};
}

/// Then a dump request means what its header and attributes say, instead of everything.
bool Requests::setStrict(bool strict) {
  const int value = strict ? 1 : 0;
  return ::setsockopt(nl_socket_get_fd(socket_.get()), SOL_NETLINK, kStrictCheck, &value, sizeof value) == 0;
}

int Requests::listRoutes(const core::RouteInterest& interest, std::vector<core::RouteRecord>& out) {
  const auto take = [&](const nlmsghdr* message) {
    if (auto record = parseRoute(message, interest)) out.push_back(std::move(*record));
  };
  int error = 0;
  const auto dumpRoutes = [&](core::Family family, std::uint32_t table, std::uint8_t protocol) {
    rtmsg header{};
    header.rtm_family = number(family);
    header.rtm_protocol = protocol;
    Message message = dumpOf(RTM_GETROUTE, header);
    if (table != 0 && nla_put_u32(message.get(), RTA_TABLE, table) < 0) throw std::bad_alloc();
    error = transact(std::move(message), take);
    if (error == ENOENT) error = 0;  // no such table (any more)
  };
  if (choosesRoutes_) {
    setStrict(true);
    for (auto table = interest.tables.begin(); table != interest.tables.end() && error == 0; ++table)
      for (auto protocol = interest.protocols.begin(); protocol != interest.protocols.end() && error == 0; ++protocol)
        dumpRoutes(table->first, table->second, *protocol);
    setStrict(false);
  } else if (!interest.tables.empty()) {
    dumpRoutes(core::Family::IPv4, 0, 0);
    if (error == 0) dumpRoutes(core::Family::IPv6, 0, 0);
  }
  for (const core::Family family : {core::Family::IPv4, core::Family::IPv6}) {
    if (!interest.rules || error != 0) break;
    fib_rule_hdr header{};
    header.family = number(family);
    error = transact(dumpOf(RTM_GETRULE, header), take);
  }
  return error;
}

}  // namespace guardian::netlink
