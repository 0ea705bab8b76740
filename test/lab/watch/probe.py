"""Asks for IPv4 addresses by ARP every 10 ms and tells when two machines answered. Ends on SIGTERM; then writes JSON.

    probe.py FILE ADDRESS...

The questions are those of a duplicate check (sender 0.0.0.0), so that nobody's neighbour table changes by them. Each one
has a number, in the hardware address to which the answer goes: only answers to the same question are compared.
"""

import json
import os
import select
import signal
import socket
import struct
import sys
import time

sys.path.insert(0, os.path.dirname(__file__))
import netlink  # noqa: E402  (neighbours in this folder)
from frames import ETH_P_ARP, MARK, mac  # noqa: E402

INTERVAL = 0.010


def question(own, number, target):
    asked_for = MARK + struct.pack("!I", number)[1:]
    return b"\xff" * 6 + own + struct.pack("!HHHBBH", ETH_P_ARP, 1, 0x0800, 6, 4, 1) + \
        asked_for + bytes(4) + bytes(6) + socket.inet_aton(target)


def main(path, targets):
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    netlink.end_with_parent()
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ARP))
    tap.bind(("eth0", ETH_P_ARP))
    tap.setblocking(False)
    # Answers go to a hardware address that is nobody's: hear them all the same.
    tap.setsockopt(263, 1, struct.pack("=iHH8s", socket.if_nametoindex("eth0"), 1, 0, b""))  # PACKET_MR_PROMISC
    own = tap.getsockname()[4]
    netlink.hurry()
    asked, answers, number, due = [], {}, 0, time.monotonic()
    while not stop:
        if time.monotonic() >= due:
            for target in targets:
                asked.append((time.monotonic(), target))
                tap.send(question(own, number, target))
                number += 1
            due = max(due + INTERVAL, time.monotonic())
        if not select.select([tap], [], [], max(0.0005, due - time.monotonic()))[0]:
            continue
        frame = tap.recv(2048)
        if len(frame) >= 42 and frame[20:22] == b"\0\2" and frame[32:35] == MARK:
            answers.setdefault(int.from_bytes(frame[35:38], "big"), set()).add(mac(frame[22:28]))
    doubled = [{"at": asked[number][0], "address": asked[number][1], "macs": sorted(macs)}
               for number, macs in sorted(answers.items()) if len(macs) > 1 and number < len(asked)]
    with open(path + ".half", "w", encoding="utf-8") as out:
        json.dump({"asked": len(asked), "answered": len(answers), "interval_ms": INTERVAL * 1000, "doubled": doubled}, out)
    os.rename(path + ".half", path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
