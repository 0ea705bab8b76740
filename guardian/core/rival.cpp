#include "guardian/core/rival.hpp"

#include <algorithm>

#include "guardian/core/wording.hpp"

namespace guardian::core {
namespace {

std::string nameOf(Authentication::Kind kind) {
  switch (kind) {
    case Authentication::Kind::None: return "none";
    case Authentication::Kind::Password: return "PASS";
    case Authentication::Kind::Header: return "AH";
  }
  return "another one";
}

bool has(const std::vector<IpAddress>& list, const IpAddress& address) {
  return std::find(list.begin(), list.end(), address) != list.end();
}

/// The excluded ones are not in adverts.
std::vector<IpAddress> advertised(const Instance& instance) {
  std::vector<IpAddress> list;
  for (const Vip& vip : instance.vips)
    if (!vip.excluded) list.push_back(vip.address);
  return list;
}

/// The first that one list has and the other has not; empty: none.
std::string firstMissing(const std::vector<IpAddress>& from, const std::vector<IpAddress>& in) {
  const auto missing = std::find_if(from.begin(), from.end(), [&](const IpAddress& a) { return !has(in, a); });
  return missing == from.end() ? "" : toString(*missing);
}

/// keepalived counts them, and looks for each of its own.
std::string compareLists(const std::vector<IpAddress>& ours, const std::vector<IpAddress>& theirs) {
  const std::string lacks = firstMissing(ours, theirs);
  const std::string extra = firstMissing(theirs, ours);
  if (ours.size() == theirs.size() && lacks.empty()) return {};
  std::string text = "its list of addresses is another one";
  if (!lacks.empty()) text += ", without " + lacks;
  if (!extra.empty()) text += ", with " + extra;
  if (lacks.empty() && extra.empty())
    text += " (" + std::to_string(theirs.size()) + " instead of " + std::to_string(ours.size()) + ")";
  return text;
}

}  // namespace

std::string whyUnheard(const Instance& ours, const Advert& theirs) {
  if (ours.family == Family::IPv4 && !ours.unicast && theirs.hops != 255) return "it comes from behind a router";
  const bool old = ours.vrrpVersion == 2;
  if (theirs.version != ours.vrrpVersion)
    return "it speaks VRRP version " + std::to_string(theirs.version) + " and not " + std::to_string(ours.vrrpVersion);
  if (old && theirs.authentication.kind != ours.authentication.kind)
    return "its auth_type is " + nameOf(theirs.authentication.kind) + " and not " + nameOf(ours.authentication.kind);
  if (old && ours.family == Family::IPv4 && ours.authentication.kind == Authentication::Kind::Password &&
      theirs.authentication.password != ours.authentication.password)
    return "its password is another one";
  const std::vector<IpAddress> list = advertised(ours);
  if (list.size() != theirs.addresses.size()) return compareLists(list, theirs.addresses);
  if (old && theirs.interval != ours.advertInterval)
    return "it advertises every " + describe(theirs.interval) + " and not every " + describe(ours.advertInterval);
  return compareLists(list, theirs.addresses);
}

}  // namespace guardian::core
