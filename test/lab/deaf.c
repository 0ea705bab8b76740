/* Makes a keepalived 2.x as deaf as 1.3.9: it can no longer hear that an address was removed.
 *
 * keepalived >= 2.0 answers the loss of an address by giving mastership up; the versions that vip-guardian exists for do
 * not look. Preloaded, this library swallows exactly the subscriptions to address notifications, nothing else, so that
 * the keepalived of a suite that can still be had behaves as 1.3.9 does. The command socket is untouched.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

static int is_address_group(unsigned group) {
  return group == RTNLGRP_IPV4_IFADDR || group == RTNLGRP_IPV6_IFADDR;
}

int setsockopt(int fd, int level, int name, const void *value, socklen_t length) {
  static int (*real)(int, int, int, const void *, socklen_t);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "setsockopt");
  if (level == SOL_NETLINK && name == NETLINK_ADD_MEMBERSHIP && length >= sizeof(unsigned)) {
    unsigned group;
    memcpy(&group, value, sizeof group);
    if (is_address_group(group)) return 0; /* "done", says the liar */
  }
  return real(fd, level, name, value, length);
}

/* The other way to subscribe: a group mask in the address that the socket is bound to. */
int bind(int fd, const struct sockaddr *address, socklen_t length) {
  static int (*real)(int, const struct sockaddr *, socklen_t);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "bind");
  if (address && address->sa_family == AF_NETLINK && length >= sizeof(struct sockaddr_nl)) {
    struct sockaddr_nl masked;
    int protocol = -1;
    socklen_t size = sizeof protocol;
    memcpy(&masked, address, sizeof masked);
    if (getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == NETLINK_ROUTE) {
      masked.nl_groups &= ~(unsigned)(RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR);
      return real(fd, (const struct sockaddr *)&masked, sizeof masked);
    }
  }
  return real(fd, address, length);
}
