"""What the kernel says about addresses and routes, read without any tool of the node: dumps and a timeline of changes.

Run as a program inside a network namespace it writes one JSON line per change, with the machine's monotonic clock:
    netlink.py FILE
"""

import ctypes
import json
import os
import socket
import struct
import sys
import time

RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 20, 21, 22
RTM_NEWROUTE, RTM_DELROUTE = 24, 25
RTM_NEWLINK = 16
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
GROUPS = 0x1 | 0x10 | 0x40 | 0x100 | 0x400  # links, IPv4 addresses and routes, IPv6 addresses and routes
SO_RCVBUFFORCE = 33
FLOOD_INDEX = 9000  # from here on: what the flood of foreign events happens on; not worth a line, nor the time

IFA_ADDRESS, IFA_LOCAL, IFA_LABEL, IFA_BROADCAST, IFA_CACHEINFO, IFA_FLAGS = 1, 2, 3, 4, 6, 8
IFA_F_SECONDARY, IFA_F_TENTATIVE = 0x01, 0x40
RTA_DST, RTA_OIF, RTA_GATEWAY, RTA_PRIORITY, RTA_PREFSRC, RTA_TABLE = 1, 4, 5, 6, 7, 15


def attributes(data):
    """The type-length-value list that follows a netlink header."""
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        if length < 4:
            break
        found[kind & 0x7FFF] = data[4:length]
        data = data[(length + 3) & ~3:]
    return found


def number(data):
    return struct.unpack("=I", data)[0]


def messages(data):
    """(type, requester's port id, body) of each message in a datagram."""
    while len(data) >= 16:
        length, kind, _flags, _sequence, port = struct.unpack_from("=IHHII", data)
        if length < 16:
            break
        yield kind, port, data[16:length]
        data = data[(length + 3) & ~3:]


def address(body):
    """An address as the kernel has it; every field that a repair has to bring back."""
    family, prefix, flags, scope, index = struct.unpack_from("=BBBBI", body)
    found = attributes(body[8:])
    raw = found.get(IFA_LOCAL) or found[IFA_ADDRESS]
    preferred, valid = struct.unpack_from("=II", found.get(IFA_CACHEINFO, b"\xff" * 8))
    return {
        "address": f"{socket.inet_ntop(family, raw)}/{prefix}",
        "index": index,
        "scope": scope,
        "flags": number(found[IFA_FLAGS]) if IFA_FLAGS in found else flags,
        "label": found[IFA_LABEL].rstrip(b"\0").decode() if IFA_LABEL in found else None,
        "broadcast": socket.inet_ntop(family, found[IFA_BROADCAST]) if IFA_BROADCAST in found else None,
        "preferred": preferred,
        "valid": valid,
    }


def route(body):
    family, prefix, _source, _tos, table, protocol, scope, kind, _flags = struct.unpack_from("=BBBBBBBBI", body)
    found = attributes(body[12:])
    text = {key: socket.inet_ntop(family, found[key]) for key in (RTA_DST, RTA_GATEWAY, RTA_PREFSRC) if key in found}
    return {
        "to": f"{text.get(RTA_DST, 'default')}/{prefix}",
        "via": text.get(RTA_GATEWAY),
        "source": text.get(RTA_PREFSRC),
        "table": number(found[RTA_TABLE]) if RTA_TABLE in found else table,
        "metric": number(found[RTA_PRIORITY]) if RTA_PRIORITY in found else 0,
        "index": number(found[RTA_OIF]) if RTA_OIF in found else 0,
        "protocol": protocol, "scope": scope, "kind": kind,
    }


def event(kind, port, body):
    """One change as a flat record, or None for what does not matter here."""
    if kind in (RTM_NEWADDR, RTM_DELADDR):
        if struct.unpack_from("=I", body, 4)[0] >= FLOOD_INDEX:
            return None
        return {"what": "add" if kind == RTM_NEWADDR else "remove", "port": port, **address(body)}
    if kind in (RTM_NEWROUTE, RTM_DELROUTE):
        # The local table follows the addresses.
        if body[4] == 255:
            return None
        found = route(body)
        if found["table"] != 254 or found["index"] >= FLOOD_INDEX:
            return None
        return {"what": "route-add" if kind == RTM_NEWROUTE else "route-remove", "port": port, **found}
    return None


def hurry():
    """Be first when there is something to see: on two cores an observer that waits its turn measures the queue."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(10))
    except OSError:
        pass


def end_with_parent():
    """An observer must not outlive the one that started it, however that ends."""
    ctypes.CDLL(None).prctl(1, 15)  # PR_SET_PDEATHSIG, SIGTERM


def watch(path):
    listener = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 256 << 20)
    listener.bind((0, GROUPS))
    end_with_parent()
    hurry()
    with open(path, "a", buffering=1, encoding="utf-8") as out:
        out.write(json.dumps({"at": time.monotonic(), "what": "watching"}) + "\n")
        while True:
            data = listener.recv(1 << 16)
            now = time.monotonic()
            for kind, port, body in messages(data):
                found = event(kind, port, body)
                if found:
                    out.write(json.dumps({"at": now, **found}) + "\n")


if __name__ == "__main__":
    watch(sys.argv[1])
