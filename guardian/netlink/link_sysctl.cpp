#include "netlink/link_sysctl.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "guardian/util/handle.hpp"

namespace guardian::netlink {
namespace {

bool isSet(const std::string& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  char first = '0';
  return file && ::read(file.get(), &first, 1) == 1 && first != '0';
}

}  // namespace

void readSysctls(core::LinkRecord& link) {
  const std::string v4 = "/proc/sys/net/ipv4/conf/";
  // The kernel takes the OR of both (IN_DEV_ORCONF).
  link.promoteSecondaries = isSet(v4 + "all/promote_secondaries") || isSet(v4 + link.name + "/promote_secondaries");
  link.forwardingV6 = isSet("/proc/sys/net/ipv6/conf/" + link.name + "/forwarding");
}

}  // namespace guardian::netlink
