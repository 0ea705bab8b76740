"""What the client hears on the wire: ARP frames and IPv6 neighbour advertisements, as JSON lines with times.

    frames.py INTERFACE FILE
"""

import json
import os
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import netlink  # noqa: E402  (a neighbour in this folder)

ETH_P_ALL, ETH_P_ARP, ETH_P_IPV6 = 0x0003, 0x0806, 0x86DD
ICMPV6, NEIGHBOUR_ADVERTISEMENT = 58, 136
MARK = b"\x02vg"  # begins the hardware address to which the answers to probe.py's questions go


def mac(raw):
    return ":".join(f"{byte:02x}" for byte in raw)


def arp(frame):
    if len(frame) < 42:
        return None
    if frame[32:35] == MARK:  # asked for by us
        return None
    operation = struct.unpack_from("!H", frame, 20)[0]
    return {
        "kind": "arp", "operation": {1: "request", 2: "reply"}.get(operation, operation),
        "from": mac(frame[6:12]), "to": mac(frame[0:6]), "sender_mac": mac(frame[22:28]),
        "sender": socket.inet_ntoa(frame[28:32]), "target": socket.inet_ntoa(frame[38:42]),
    }


def neighbour_advertisement(frame):
    # No extension header ever stands before a neighbour advertisement that a receiver would accept unseen.
    if len(frame) < 78 or frame[20] != ICMPV6 or frame[54] != NEIGHBOUR_ADVERTISEMENT:
        return None
    bits = frame[58]
    return {
        "kind": "na", "from": mac(frame[6:12]), "to": mac(frame[0:6]),
        "source": socket.inet_ntop(socket.AF_INET6, frame[22:38]),
        "sender": socket.inet_ntop(socket.AF_INET6, frame[62:78]),
        "solicited": bool(bits & 0x40), "override": bool(bits & 0x20),
    }


def interesting(frame):
    kind = struct.unpack_from("!H", frame, 12)[0] if len(frame) >= 14 else 0
    if kind == ETH_P_ARP:
        return arp(frame)
    if kind == ETH_P_IPV6:
        return neighbour_advertisement(frame)
    return None


# Let the kernel throw away the pings (see ping.py): only ARP, and IPv6 with ICMPv6 type 136, come up to here.
FILTER = [
    (0x28, 0, 0, 12), (0x15, 5, 0, ETH_P_ARP), (0x15, 0, 5, ETH_P_IPV6),
    (0x30, 0, 0, 20), (0x15, 0, 3, ICMPV6), (0x30, 0, 0, 54), (0x15, 0, 1, NEIGHBOUR_ADVERTISEMENT),
    (0x06, 0, 0, 0x40000), (0x06, 0, 0, 0),
]


def attach_filter(tap):
    import ctypes
    code = b"".join(struct.pack("=HBBI", *line) for line in FILTER)
    buffer = ctypes.create_string_buffer(code)
    tap.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HxxxxxxP", len(FILTER), ctypes.addressof(buffer)))


def watch(interface, path):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    attach_filter(tap)
    tap.bind((interface, ETH_P_ALL))
    netlink.end_with_parent()
    netlink.hurry()
    with open(path, "a", buffering=1, encoding="utf-8") as out:
        out.write(json.dumps({"at": time.monotonic(), "kind": "watching"}) + "\n")
        while True:
            frame, sender = tap.recvfrom(2048)
            now = time.monotonic()
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            found = interesting(frame)
            if found:
                out.write(json.dumps({"at": now, **found}) + "\n")


if __name__ == "__main__":
    watch(sys.argv[1], sys.argv[2])
