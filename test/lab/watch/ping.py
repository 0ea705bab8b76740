"""A client that pings every 2 ms, and what became of each ping. Ends on SIGTERM; then writes one JSON object.

    ping.py FILE ADDRESS...
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
import netlink  # noqa: E402

INTERVAL = 0.002
PATIENCE = 0.5  # after the last ping, for answers still on their way


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total >> 16) + (total & 0xFFFF)
    return ~(total + (total >> 16)) & 0xFFFF


class Flow:
    """The pings to one address: when each was sent, and when it was answered."""

    def __init__(self, target, identifier):
        self.target, self.identifier = target, identifier
        self.sent, self.answered, self.refused = [], {}, 0
        self.six = ":" in target
        family, protocol = (socket.AF_INET6, 58) if self.six else (socket.AF_INET, 1)
        self.socket = socket.socket(family, socket.SOCK_RAW, protocol)
        self.socket.setblocking(False)
        self.socket.connect((target, 0))

    def send(self):
        # The answer repeats what was sent: 16 bits of sequence number would repeat themselves within two minutes.
        count = len(self.sent)
        payload = struct.pack("!I4x", count)
        head = struct.pack("!BBHHH", 128 if self.six else 8, 0, 0, self.identifier, count & 0xFFFF)
        if not self.six:
            head = head[:2] + struct.pack("!H", checksum(head + payload)) + head[4:]
        self.sent.append(time.monotonic())
        try:
            self.socket.send(head + payload)
        except OSError:  # no route or no neighbour just now: a lost ping, not the end
            self.refused += 1

    def receive(self):
        while True:
            try:
                data = self.socket.recv(2048)
            except (BlockingIOError, InterruptedError):
                return
            except OSError:
                continue
            data = data if self.six else data[(data[0] & 15) * 4:]
            if len(data) >= 12 and data[0] == (129 if self.six else 0) and \
                    struct.unpack_from("!H", data, 4)[0] == self.identifier:
                self.answered.setdefault(struct.unpack_from("!I", data, 8)[0], time.monotonic())

    def result(self):
        lost = [index for index in range(len(self.sent)) if index not in self.answered]
        # The longest time without service: from the last ping that was answered to the next one that was.
        good = [self.sent[index] for index in sorted(self.answered)]
        ends = [self.sent[0], *good, self.sent[-1]] if self.sent else []
        longest = max(((later - earlier, earlier) for earlier, later in zip(ends, ends[1:])), default=(0, 0))
        return {"target": self.target, "sent": len(self.sent), "lost": len(lost),
                "longest_gap_ms": round(longest[0] * 1000, 2), "gap_at": longest[1],
                "first_lost_at": self.sent[lost[0]] if lost else None,
                "sent_at": self.sent, "lost_at": [self.sent[index] for index in lost]}


def main(path, targets):
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(True))
    netlink.end_with_parent()
    flows = [Flow(target, (os.getpid() + offset) & 0xFFFF) for offset, target in enumerate(targets)]
    by_descriptor = {flow.socket.fileno(): flow for flow in flows}
    poller = select.poll()
    for descriptor in by_descriptor:
        poller.register(descriptor, select.POLLIN)
    netlink.hurry()
    due = time.monotonic()
    deadline = None
    while deadline is None or time.monotonic() < deadline:
        now = time.monotonic()
        if stop and deadline is None:
            deadline = now + PATIENCE
        if deadline is None and now >= due:
            for flow in flows:
                flow.send()
            # After a stall go on from now: a burst of late pings would be no measure of anything.
            due = max(due + INTERVAL, now)
        for descriptor, _ in poller.poll(max(0.2, (due - time.monotonic()) * 1000) if deadline is None else 10):
            by_descriptor[descriptor].receive()
    with open(path + ".half", "w", encoding="utf-8") as out:
        json.dump([flow.result() for flow in flows], out)
    os.rename(path + ".half", path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
